"""One experiment: what is said of it, figures, what happened, a report, others beside it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.experiments import OUTCOME_WORDS, Outcome
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.experiments import (
    describe_experiment,
    get_experiment,
    list_experiments,
    protect_experiment,
)
from webmacs_edge.store.phases import delete_phase
from webmacs_edge.store.users import name_users
from webmacs_edge.web.forms import read_form, read_posted
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.pages.experiments import note
from webmacs_edge.web.render import render
from webmacs_edge.web.run_figures import Figure, plot_of, read_figures, span_now
from webmacs_edge.web.run_happenings import read_story
from webmacs_edge.web.schemas.experiments import ExperimentForm, StopForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Experiment

MOST_COMPARED = 4
_PROTECTED = text("Experiment “{name}” is protected from thinning by {user}.")
_UNPROTECTED = text("Experiment “{name}” is no longer protected by {user}.")
_OFFERED = 100


async def detail(request: web.Request) -> web.Response:
    """One experiment: its times, figures, what happened in it, and ways to its values."""
    return await _detail(request)


async def figures(request: web.Request) -> web.Response:
    """The key figures alone: of a running experiment they are asked for again and again."""
    experiment = await _experiment(request)
    return render(request, "experiments/_figures.html", **await _figures(request, experiment))


async def report(request: web.Request) -> web.Response:
    """All of it on one page, to be printed."""
    return await _show(request, "experiments/report.html")


async def describe(request: web.Request) -> web.Response:
    """Change what is said about it, or show the form again with what is wrong."""
    public_id = request.match_info["public_id"]
    typed, form, errors = await read_form(request, ExperimentForm)
    if form is None:
        return await _detail(request, status=422, typed=typed, errors=errors)
    values = form.model_dump()
    try:
        await write(request, lambda session: describe_experiment(session, public_id, **values))
    except ConflictError as error:
        return await _detail(request, status=409, typed=typed, errors={error.field: error.args[0]})
    raise web.HTTPSeeOther(f"/experiments/{public_id}")


async def judge(request: web.Request) -> web.Response:
    """Say how it ended."""
    public_id = request.match_info["public_id"]
    typed, form, errors = await read_form(request, StopForm)
    if form is None:
        return await _detail(request, status=422, typed=typed, errors=errors)
    values = form.model_dump(mode="json")
    await write(request, lambda session: describe_experiment(session, public_id, **values))
    raise web.HTTPSeeOther(f"/experiments/{public_id}")


async def protect(request: web.Request) -> web.Response:
    """Let retention keep what was measured in it, or no longer keep it."""
    public_id, at_ms = request.match_info["public_id"], now_ms()
    posted = await read_posted(request)
    protected = posted.get("protected") == "true"

    async def work(session: "AsyncSession") -> None:
        experiment = await get_experiment(session, public_id)
        if experiment.protected is protected:
            return
        await protect_experiment(session, public_id, protected=protected)
        did = _PROTECTED if protected else _UNPROTECTED
        await note(session, request, did, name=experiment.name, at_ms=at_ms)

    await write(request, work)
    raise web.HTTPSeeOther(request.path.removesuffix("/protect"))


async def remove_phase(request: web.Request) -> web.Response:
    """Take a phase away that was begun by mistake."""
    public_id, phase = request.match_info["public_id"], request.match_info["phase"]
    await write(request, lambda session: delete_phase(session, public_id, phase))
    raise web.HTTPSeeOther(f"/experiments/{public_id}#story")


async def compare(request: web.Request) -> web.Response:
    """Experiments side by side: their figures, and their plots laid over one another from 0."""
    wanted = [request.match_info["public_id"], *request.query.getall("with", [])]
    chosen = list(dict.fromkeys(word[:100] for word in wanted if word))[:MOST_COMPARED]
    async with request.app[DATABASE].read() as session:
        experiments = [await get_experiment(session, public_id) for public_id in chosen]
        others = await list_experiments(session, page=1, page_size=_OFFERED)
    spans = [span_now(experiment) for experiment in experiments]
    found = [await read_figures(request.app, span) for span in spans]
    return render(
        request,
        "experiments/compare.html",
        experiment=experiments[0],
        experiments=experiments,
        others=[it for it in others.rows if it.public_id not in chosen],
        is_full=len(chosen) >= MOST_COMPARED,
        lengths=[to_ms - from_ms for from_ms, to_ms in spans],
        rows=_side_by_side(found, spans),
    )


def _side_by_side(
    found: Sequence[Sequence[Figure]], spans: Sequence[tuple[int, int]]
) -> list[dict[str, Any]]:
    """A row per channel: the figure of each experiment, None where it has none, and its plot."""
    length_ms = max(to_ms - from_ms for from_ms, to_ms in spans)
    events = {figure.event.id: figure.event for figures in found for figure in figures}
    rows = []
    for key, event in events.items():
        its = [next((it for it in figures if it.event.id == key), None) for figures in found]
        known = [it for it in its if it is not None]
        bounds = min(it.low for it in known), max(it.high for it in known)
        plots = [
            plot_of(it, from_ms=span[0], to_ms=span[1], length_ms=length_ms, bounds=bounds)
            if it
            else None
            for it, span in zip(its, spans, strict=True)
        ]
        rows.append({"event": event, "figures": its, "bounds": bounds, "plots": plots})
    return rows


async def _figures(request: web.Request, experiment: "Experiment") -> dict[str, Any]:
    span = span_now(experiment)
    from_ms, to_ms = span
    found = await read_figures(request.app, span)
    plots = [
        plot_of(
            it, from_ms=from_ms, to_ms=to_ms, length_ms=to_ms - from_ms, bounds=(it.low, it.high)
        )
        for it in found
    ]
    return {
        "experiment": experiment,
        "span": span,
        "figures": list(zip(found, plots, strict=True)),
    }


async def _show(request: web.Request, template: str, **more: Any) -> web.Response:
    async with request.app[DATABASE].read() as session:
        experiment = await get_experiment(session, request.match_info["public_id"])
        names = await name_users(session, [experiment.user_public_id])
        story = await read_story(session, experiment, span_now(experiment))
    return render(
        request,
        template,
        names=names,
        story=story,
        outcomes=OUTCOME_WORDS,
        outcome=OUTCOME_WORDS[Outcome(experiment.outcome)],
        **await _figures(request, experiment),
        **more,
    )


async def _detail(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    return await _show(
        request, "experiments/detail.html", status=status, typed=typed or {}, errors=errors or {}
    )


async def _experiment(request: web.Request) -> "Experiment":
    async with request.app[DATABASE].read() as session:
        return await get_experiment(session, request.match_info["public_id"])
