"""Notes and phases of the running experiment, from any page."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.annotations import create_annotation
from webmacs_edge.store.experiments import running_experiment
from webmacs_edge.store.phases import begin_phase, list_phases
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.experiments import NoteForm, PhaseForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Experiment


async def index(request: web.Request) -> web.Response:
    """The forms for a note and for the next phase."""
    return await _index(request)


async def add_note(request: web.Request) -> web.Response:
    """Keep a note at this moment, or show the form again with what is wrong."""
    typed, form, errors = await read_form(request, NoteForm)
    if form is None:
        return await _index(request, status=422, typed=typed, errors=errors)
    experiment = await _running(request)
    if experiment is None:
        return await _index(request, status=409, typed=typed)
    user, at_ms = request[USER], now_ms()
    values = {
        "at_ms": at_ms, "text": form.text, "event_public_id": None,
        "experiment_public_id": experiment.public_id,
    }  # fmt: skip
    await write(
        request, lambda session: create_annotation(session, user=user, at_ms=at_ms, values=values)
    )
    raise web.HTTPSeeOther(f"/experiments/{experiment.public_id}#story")


async def add_phase(request: web.Request) -> web.Response:
    """Begin the next phase now, or show the form again with what is wrong."""
    typed, form, errors = await read_form(request, PhaseForm)
    if form is None:
        return await _index(request, status=422, typed=typed, errors=errors)
    experiment = await _running(request)
    if experiment is None:
        return await _index(request, status=409, typed=typed)
    user, at_ms, name, public_id = request[USER], now_ms(), form.phase, experiment.public_id
    try:
        await write(
            request,
            lambda session: begin_phase(session, public_id, name=name, at_ms=at_ms, user=user),
        )
    except ConflictError as error:
        return await _index(request, status=409, typed=typed, errors={error.field: error.args[0]})
    raise web.HTTPSeeOther(f"/experiments/{public_id}#story")


async def _index(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    experiment = await _running(request)
    async with request.app[DATABASE].read() as session:
        phases = [] if experiment is None else await list_phases(session, experiment.public_id)
    return render(
        request,
        "experiments/note.html",
        status=status,
        experiment=experiment,
        phases=phases,
        typed=typed or {},
        errors=errors or {},
    )


async def _running(request: web.Request) -> "Experiment | None":
    async with request.app[DATABASE].read() as session:
        return await running_experiment(session)
