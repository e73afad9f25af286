"""Pages about forced values."""

from aiohttp import web

from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.store.events import ever_events, get_event
from webmacs_edge.store.forced_values import list_forced, standing_values
from webmacs_edge.web.channel_rows import channel_now
from webmacs_edge.web.forcing import force, release
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.paging import page_asked
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.forced import ForcedForm

_PAGE_SIZE = 25


async def index(request: web.Request) -> web.Response:
    """What is forced now, and what was."""
    async with request.app[DATABASE].read() as session:
        standing = await standing_values(session)
        past = await list_forced(session, page=page_asked(request), page_size=_PAGE_SIZE)
        names = {event.public_id: event for event in await ever_events(session)}
    return render(request, "forced/index.html", standing=standing, past=past, names=names)


async def show(request: web.Request) -> web.Response:
    """The form that forces one channel, or lets the measured value through."""
    return await _form(request)


async def create(request: web.Request) -> web.Response:
    """Force the channel, or say what is wrong."""
    typed, form, errors = await read_form(request, ForcedForm)
    if form is None:
        return await _form(request, status=422, typed=typed, errors=errors)
    public_id = request.match_info["public_id"]
    try:
        await force(request, public_id, value=form.value, reason=form.reason, minutes=form.minutes)
    except (ConflictError, InvalidError) as error:
        status = 409 if isinstance(error, ConflictError) else 422
        return await _form(request, status=status, typed=typed, errors={error.field: str(error)})
    raise web.HTTPSeeOther("/forced")


async def end(request: web.Request) -> web.Response:
    """Let the measured value through again."""
    await release(request, request.match_info["public_id"])
    raise web.HTTPSeeOther("/forced")


async def _form(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    public_id = request.match_info["public_id"]
    async with request.app[DATABASE].read() as session:
        event = await get_event(session, public_id)
        standing = await standing_values(session)
    mine = next((row for row, it in standing if it.public_id == public_id), None)
    return render(
        request,
        "forced/edit.html",
        status=status,
        event=event,
        forced=mine,
        now=channel_now(request.app, event),
        typed=typed or {},
        errors=errors or {},
    )
