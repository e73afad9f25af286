"""Pages about experiments (runs)."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.experiments import (
    delete_experiment,
    get_experiment,
    list_experiments,
    protect_experiment,
    rename_experiment,
    running_experiment,
    start_experiment,
    stop_experiment,
)
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.users import name_users
from webmacs_edge.web.csv_answer import send_experiment
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, RULES, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.experiments import ExperimentForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Experiment

_PAGE_SIZE = 25
_LAST_PAGE = 100_000


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
            session, name=form.name, at_ms=at_ms, user_public_id=user.public_id
        )
        await _note(session, request, f"Experiment “{form.name}” was started", at_ms=at_ms)
        return experiment

    try:
        await write(request, work)
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await _index(request, status=409, typed=typed, errors=errors)
    request.app[RULES].refresh()
    raise web.HTTPSeeOther("/experiments")


async def detail(request: web.Request) -> web.Response:
    """One experiment: its times, who started it, and ways to its values."""
    return await _detail(request)


async def rename(request: web.Request) -> web.Response:
    """Give it another name, or show the form again with what is wrong."""
    public_id = request.match_info["public_id"]
    typed, form, errors = await read_form(request, ExperimentForm)
    if form is None:
        return await _detail(request, status=422, typed=typed, errors=errors)
    name = form.name
    try:
        await write(request, lambda session: rename_experiment(session, public_id, name=name))
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await _detail(request, status=409, typed=typed, errors=errors)
    raise web.HTTPSeeOther(request.path.removesuffix("/rename"))


async def protect(request: web.Request) -> web.Response:
    """Let retention keep what was measured in it, or no longer keep it."""
    public_id, at_ms = request.match_info["public_id"], now_ms()
    posted = await request.post()
    protected = posted.get("protected") == "true"

    async def work(session: "AsyncSession") -> None:
        experiment = await get_experiment(session, public_id)
        if experiment.protected is protected:
            return
        await protect_experiment(session, public_id, protected=protected)
        state = "is protected from thinning" if protected else "is no longer protected"
        await _note(session, request, f"Experiment “{experiment.name}” {state}", at_ms=at_ms)

    await write(request, work)
    raise web.HTTPSeeOther(request.path.removesuffix("/protect"))


async def confirm_stop(request: web.Request) -> web.Response:
    """Ask before the experiment ends."""
    return render(request, "experiments/stop.html", experiment=await _experiment(request))


async def stop(request: web.Request) -> web.Response:
    """End the experiment; a second call changes nothing."""
    public_id, at_ms = request.match_info["public_id"], now_ms()

    async def work(session: "AsyncSession") -> None:
        if await stop_experiment(session, public_id, at_ms=at_ms):
            experiment = await get_experiment(session, public_id)
            text = f"Experiment “{experiment.name}” was stopped"
            await _note(session, request, text, at_ms=at_ms)

    await write(request, work)
    request.app[RULES].refresh()
    raise web.HTTPSeeOther("/experiments")


async def confirm_deletion(request: web.Request) -> web.Response:
    """Ask before the experiment goes, and say what stays."""
    return render(request, "experiments/delete.html", experiment=await _experiment(request))


async def delete(request: web.Request) -> web.Response:
    """Remove the experiment; what was measured in it stays."""
    public_id, at_ms = request.match_info["public_id"], now_ms()

    async def work(session: "AsyncSession") -> None:
        experiment = await get_experiment(session, public_id)
        await delete_experiment(session, public_id)
        text = f"Experiment “{experiment.name}” was deleted; its values stay"
        await _note(session, request, text, at_ms=at_ms)

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
    async with request.app[DATABASE].read() as session:
        page = await list_experiments(session, page=_page(request), page_size=_PAGE_SIZE)
        current = await running_experiment(session)
        shown = [*page.rows, *filter(None, [current])]
        names = await name_users(session, (it.user_public_id for it in shown))
    return render(
        request,
        "experiments/index.html",
        status=status,
        experiments=page,
        current=current,
        names=names,
        typed=typed or {},
        errors=errors or {},
    )


async def _detail(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        experiment = await get_experiment(session, request.match_info["public_id"])
        names = await name_users(session, [experiment.user_public_id])
    return render(
        request,
        "experiments/detail.html",
        status=status,
        experiment=experiment,
        names=names,
        typed=typed or {},
        errors=errors or {},
    )


async def _experiment(request: web.Request) -> "Experiment":
    async with request.app[DATABASE].read() as session:
        return await get_experiment(session, request.match_info["public_id"])


async def _note(session: "AsyncSession", request: web.Request, text: str, *, at_ms: int) -> None:
    user = request[USER]
    await add_log_entry(
        session, f"{text} by {user.username}.", at_ms=at_ms, user_public_id=user.public_id
    )


def _page(request: web.Request) -> int:
    word = request.query.get("page", "")
    return min(_LAST_PAGE, max(1, int(word[:9]))) if word.isascii() and word.isdigit() else 1
