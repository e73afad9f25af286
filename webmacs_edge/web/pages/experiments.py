"""Pages about experiments (runs)."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.experiments import OUTCOME_WORDS, next_name
from webmacs_edge.model.text import Text, text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.experiments import (
    Asked,
    delete_experiment,
    experiment_names,
    experiment_tags,
    get_experiment,
    list_experiments,
    running_experiment,
    start_experiment,
    stop_experiment,
)
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.users import name_users
from webmacs_edge.web.csv_answer import send_experiment
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, RULES, USER
from webmacs_edge.web.paging import page_asked
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.experiments import ExperimentForm, StopForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Experiment

_STARTED = text("Experiment “{name}” was started by {user}.")
_STOPPED = text("Experiment “{name}” was stopped by {user}.")
_DELETED = text("Experiment “{name}” was deleted by {user}; its values stay.")
_PAGE_SIZE = 25


async def index(request: web.Request) -> web.Response:
    """The running experiment or the form for a new one, and all others, newest first."""
    return await _index(request)


async def start(request: web.Request) -> web.Response:
    """Start an experiment, or show the form again with what is wrong."""
    typed, form, errors = await read_form(request, ExperimentForm)
    if form is None:
        return await _index(request, status=422, typed=typed, errors=errors)
    user, at_ms = request[USER], now_ms()

    async def work(session: "AsyncSession") -> "Experiment":
        experiment = await start_experiment(
            session, at_ms=at_ms, user_public_id=user.public_id, **form.model_dump()
        )
        await note(session, request, _STARTED, name=form.name, at_ms=at_ms)
        return experiment

    try:
        await write(request, work)
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await _index(request, status=409, typed=typed, errors=errors)
    request.app[RULES].refresh()
    raise web.HTTPSeeOther("/experiments")


async def confirm_stop(request: web.Request) -> web.Response:
    """Ask before the experiment ends, and how it ended."""
    return await _ask_stop(request)


async def stop(request: web.Request) -> web.Response:
    """End the experiment; a second call changes nothing."""
    public_id, at_ms = request.match_info["public_id"], now_ms()
    typed, form, errors = await read_form(request, StopForm)
    if form is None:
        return await _ask_stop(request, status=422, typed=typed, errors=errors)
    said = form.model_dump(mode="json")

    async def work(session: "AsyncSession") -> None:
        if await stop_experiment(session, public_id, at_ms=at_ms, **said):
            experiment = await get_experiment(session, public_id)
            await note(session, request, _STOPPED, name=experiment.name, at_ms=at_ms)

    await write(request, work)
    request.app[RULES].refresh()
    raise web.HTTPSeeOther(f"/experiments/{public_id}")


async def confirm_deletion(request: web.Request) -> web.Response:
    """Ask before the experiment goes, and say what stays."""
    return render(request, "experiments/delete.html", experiment=await _experiment(request))


async def delete(request: web.Request) -> web.Response:
    """Remove the experiment; what was measured in it stays."""
    public_id, at_ms = request.match_info["public_id"], now_ms()

    async def work(session: "AsyncSession") -> None:
        experiment = await get_experiment(session, public_id)
        await delete_experiment(session, public_id)
        await note(session, request, _DELETED, name=experiment.name, at_ms=at_ms)

    await write(request, work)
    request.app[RULES].refresh()
    raise web.HTTPSeeOther("/experiments")


async def export_csv(request: web.Request) -> web.StreamResponse:
    """Every value stored while it ran, as a file."""
    return await send_experiment(request, await _experiment(request))


async def _index(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    asked = Asked(request.query.get("tag", "")[:100], request.query.get("search", "")[:100].strip())
    async with request.app[DATABASE].read() as session:
        page = await list_experiments(
            session, asked, page=page_asked(request), page_size=_PAGE_SIZE
        )
        current = await running_experiment(session)
        shown = [*page.rows, *filter(None, [current])]
        names = await name_users(session, (it.user_public_id for it in shown))
        tags = await experiment_tags(session)
        like = await _model(session, request)
    return render(
        request,
        "experiments/index.html",
        status=status,
        experiments=page,
        current=current,
        asked=asked,
        tags=tags,
        outcomes=OUTCOME_WORDS,
        like=like,
        names=names,
        typed=typed or {},
        errors=errors or {},
    )


async def _model(session: "AsyncSession", request: web.Request) -> dict[str, str]:
    """What the form begins with: what is said of another experiment (`?like=`), a name beside it.

    An experiment that is gone is no reason to show nothing.
    """
    wanted = request.query.get("like", "")
    if not wanted:
        return {}
    try:
        found = await get_experiment(session, wanted[:100])
    except NotFoundError:
        return {}
    name = next_name(found.name, await experiment_names(session, found.name))
    words = {key: getattr(found, key) for key in ("description", "tags", "operators")}
    return {"name": name, **words}


async def _ask_stop(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    return render(
        request,
        "experiments/stop.html",
        status=status,
        experiment=await _experiment(request),
        outcomes=OUTCOME_WORDS,
        typed=typed or {},
        errors=errors or {},
    )


async def _experiment(request: web.Request) -> "Experiment":
    async with request.app[DATABASE].read() as session:
        return await get_experiment(session, request.match_info["public_id"])


async def note(
    session: "AsyncSession", request: web.Request, did: Text, *, name: str, at_ms: int
) -> None:
    """Tell the operators what the one who asks has done; `did` has places for name and user."""
    user = request[USER]
    words = text(did, name=name, user=user.username)
    await add_log_entry(session, words, at_ms=at_ms, user_public_id=user.public_id)
