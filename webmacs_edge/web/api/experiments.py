"""Experiments for programs."""

import json
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.experiments import (
    Asked,
    delete_experiment,
    describe_experiment,
    get_experiment,
    list_experiments,
    start_experiment,
    stop_experiment,
)
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.phases import begin_phase, delete_phase, list_phases
from webmacs_edge.web.api.answers import answer, answer_page, answer_text, done
from webmacs_edge.web.csv_answer import send_experiment
from webmacs_edge.web.keys import DATABASE, RULES, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.experiments import (
    ExperimentIn,
    ExperimentOut,
    ExperimentPatch,
    ExperimentQuery,
    PhaseIn,
    PhaseOut,
    StopIn,
)
from webmacs_edge.web.schemas.lists import PageOut, StatusOut
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


@operation(query=ExperimentQuery, returns=PageOut[ExperimentOut])
async def index(request: web.Request) -> web.Response:
    """List the experiments, newest first."""
    asked = read_query(request, ExperimentQuery)
    wanted = Asked(asked.tag, asked.search)
    async with request.app[DATABASE].read() as session:
        page = await list_experiments(session, wanted, page=asked.page, page_size=asked.page_size)
    return answer_page(page, ExperimentOut)


@operation(body=ExperimentIn, returns=StatusOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Start an experiment."""
    given = read_body(request, ExperimentIn)
    name, values = given.name, given.model_dump()
    owner, at_ms = request[USER].public_id, now_ms()

    async def work(session: "AsyncSession") -> None:
        await start_experiment(session, at_ms=at_ms, user_public_id=owner, **values)
        words = text("The experiment “{name}” was started.", name=name)
        await add_log_entry(session, words, at_ms=at_ms, user_public_id=owner)

    await write(request, work)
    request.app[RULES].refresh()
    return done(f"The experiment “{name}” was started.", status=201)


@operation(returns=ExperimentOut)
async def show(request: web.Request) -> web.Response:
    """One experiment."""
    async with request.app[DATABASE].read() as session:
        experiment = await get_experiment(session, request.match_info["public_id"])
    return answer(ExperimentOut.model_validate(experiment))


@operation(body=ExperimentPatch, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Give an experiment another name, or change what is said about it."""
    given, public_id = read_body(request, ExperimentPatch), request.match_info["public_id"]
    values = given.model_dump(exclude_unset=True)

    async def work(session: "AsyncSession") -> str:
        return (await describe_experiment(session, public_id, **values)).name

    name = await write(request, work)
    return done(f"The experiment is named “{name}”.")


@operation(body=StopIn, body_required=False, returns=StatusOut)
async def stop(request: web.Request) -> web.Response:
    """Stop an experiment; stopping it again changes nothing. The body may be left out."""
    public_id, owner, at_ms = request.match_info["public_id"], request[USER].public_id, now_ms()
    given = read_body(request, StopIn)

    async def work(session: "AsyncSession") -> str:
        stopped = await stop_experiment(
            session, public_id, at_ms=at_ms, **given.model_dump(mode="json")
        )
        name = (await get_experiment(session, public_id)).name
        if not stopped:
            return f"The experiment “{name}” had been stopped already."
        words = text("The experiment “{name}” was stopped.", name=name)
        await add_log_entry(session, words, at_ms=at_ms, user_public_id=owner)
        return words

    said = await write(request, work)
    request.app[RULES].refresh()
    return done(said)


@operation(returns="text/csv")
async def export_csv(request: web.Request) -> web.StreamResponse:
    """Everything that was measured while an experiment ran, oldest first."""
    async with request.app[DATABASE].read() as session:
        experiment = await get_experiment(session, request.match_info["public_id"])
    return await send_experiment(request, experiment)


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Remove an experiment; what was measured in it stays."""
    public_id = request.match_info["public_id"]
    await write(request, lambda session: delete_experiment(session, public_id))
    request.app[RULES].refresh()
    return done("The experiment was removed; what was measured in it stays.")


@operation(returns=list[PhaseOut])
async def phases(request: web.Request) -> web.Response:
    """The parts of an experiment, in order."""
    public_id = request.match_info["public_id"]
    async with request.app[DATABASE].read() as session:
        await get_experiment(session, public_id)
        found = await list_phases(session, public_id)
    rows = [PhaseOut.model_validate(phase).model_dump(mode="json") for phase in found]
    return answer_text(json.dumps(rows))


@operation(body=PhaseIn, returns=PhaseOut, status=201)
async def begin(request: web.Request) -> web.Response:
    """Begin the next part of the running experiment."""
    name, public_id = read_body(request, PhaseIn).name, request.match_info["public_id"]
    user, at_ms = request[USER], now_ms()
    made = await write(
        request,
        lambda session: begin_phase(session, public_id, name=name, at_ms=at_ms, user=user),
    )
    return answer(PhaseOut.model_validate(made), status=201)


@operation(returns=StatusOut)
async def remove_phase(request: web.Request) -> web.Response:
    """Remove a part; the one before lasts until the next."""
    experiment, public_id = request.match_info["public_id"], request.match_info["phase"]
    await write(request, lambda session: delete_phase(session, experiment, public_id))
    return done("The phase was removed.")
