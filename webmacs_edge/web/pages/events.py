"""Pages about events (channels)."""

import hashlib
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.channels import group_named, group_words
from webmacs_edge.model.errors import ConflictError, InvalidError, NotFoundError
from webmacs_edge.model.text import Text, text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import EventType
from webmacs_edge.store.events import create_event, get_event, remove_event, update_event
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.web.channel_rows import (
    Signal,
    channel_groups,
    channel_now,
    signal_of,
    unused_by_module,
)
from webmacs_edge.web.check_rows import STATES as CHECK_STATES
from webmacs_edge.web.check_rows import check_row, check_states
from webmacs_edge.web.forms import read_form, read_posted
from webmacs_edge.web.keys import DATABASE, STATION, USER
from webmacs_edge.web.pages.channel_groups import module_of
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.events import EventForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Event

_ADDED = text("Channel “{name}” was added by {user}.")
_CHANGED = text("Channel “{name}” was changed by {user}.")
_REMOVED = text("Channel “{name}” was removed by {user}; its values stay.")
_MOST_POLLED = 200  # channels; longer tables stand still
_STALE = text(
    "Somebody else has changed this channel since you opened it. "
    "Load the page again to see their changes, then make yours."
)


async def index(request: web.Request) -> web.Response:
    """All channels by module, and the I/O points that no channel uses."""
    count = len(request.app[STATION].events)
    return render(
        request,
        "events/index.html",
        groups=channel_groups(request.app),
        checks=await check_states(request.app),
        unused=unused_by_module(request.app),
        check_words=CHECK_STATES,
        count=count,
        has_raw=bool(request.app[STATION].raw_devices()),
        is_live=0 < count <= _MOST_POLLED,
    )


async def values(request: web.Request) -> web.Response:
    """What every channel reads now, each to be put in its place in the table."""
    response = render(request, "events/_values.html", groups=channel_groups(request.app))
    response.headers["HX-Trigger"] = "webmacs:alive"
    return response


async def add(request: web.Request) -> web.Response:
    """Make a channel on the I/O point in the form, as proposed, and go on to its settings."""
    posted = await read_posted(request)
    proposal = request.app[STATION].proposal(str(posted.get("point_id", "")))
    if proposal is None:
        raise NotFoundError(
            text("There is no such I/O point in the configuration. Load the page again.")
        )
    user, at_ms = request[USER], now_ms()
    columns = {name: getattr(proposal, name) for name in proposal.__slots__}

    async def work(session: "AsyncSession") -> "Event":
        event = await create_event(session, at_ms=at_ms, user_public_id=user.public_id, **columns)
        await _note(session, request, _ADDED, name=event.name)
        return event

    event = await write(request, work)
    await request.app[STATION].reload()
    raise web.HTTPSeeOther(f"/events/{event.public_id}/edit")


async def edit(request: web.Request) -> web.Response:
    """The settings of one channel."""
    event = await _event(request)
    if event.formula:
        raise web.HTTPSeeOther(f"/derived/{event.public_id}")
    return await _form(request, event)


async def save(request: web.Request) -> web.Response:
    """Store the settings, or show them again with what is wrong."""
    event = await _event(request)
    typed, form, errors = await read_form(request, EventForm)
    if form is None:
        return await _form(request, event, status=422, typed=typed, errors=errors)
    values = form.columns()
    if "group_name" in typed:
        named = group_named(form.group_name or "")
        values["group_name"] = named or module_of(request.app, event.public_id)

    async def work(session: "AsyncSession") -> None:
        stored = await get_event(session, event.public_id)
        if form.seen and form.seen != fingerprint(stored):
            raise ConflictError(_STALE)
        await update_event(session, event.public_id, values=values)
        await _note(session, request, _CHANGED, name=form.name)

    try:
        await write(request, work)
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await _form(request, event, status=409, typed=typed, errors=errors)
    except InvalidError as error:
        errors = {error.field: str(error)}
        return await _form(request, event, status=422, typed=typed, errors=errors)
    await request.app[STATION].reload()
    raise web.HTTPSeeOther(f"/events#event-{event.public_id}")


async def preview(request: web.Request) -> web.Response:
    """What the channel would read now with the scaling in the form."""
    event = await _event(request)
    _typed, form, errors = await read_form(request, EventForm)
    line = form.line() if form else None
    sentence = next(iter(errors.values()), "")
    signal = signal_of(request.app, event, line)
    return render(request, "events/_signal.html", event=event, signal=signal, sentence=sentence)


async def confirm_removal(request: web.Request) -> web.Response:
    """Ask before the channel goes, and say what stays."""
    return render(request, "events/remove.html", event=await _event(request))


async def remove(request: web.Request) -> web.Response:
    """Take the channel out of use; what it recorded stays."""
    event, at_ms = await _event(request), now_ms()

    async def work(session: "AsyncSession") -> None:
        await remove_event(session, event.public_id, at_ms=at_ms)
        await _note(session, request, _REMOVED, name=event.name)

    await write(request, work)
    await request.app[STATION].reload()
    raise web.HTTPSeeOther("/events")


def fingerprint(event: "Event") -> str:
    """Changes whenever one of the settings on the form does."""
    names = sorted(EventForm.model_fields.keys() & set(event.__table__.columns.keys()))
    settings = repr([getattr(event, name) for name in names])
    return hashlib.sha256(settings.encode()).hexdigest()[:16]


async def _event(request: web.Request) -> "Event":
    async with request.app[DATABASE].read() as session:
        return await get_event(session, request.match_info["public_id"])


async def _note(session: "AsyncSession", request: web.Request, did: Text, *, name: str) -> None:
    user = request[USER]
    await add_log_entry(
        session,
        text(did, name=name, user=user.username),
        at_ms=now_ms(),
        user_public_id=user.public_id,
    )


async def _form(
    request: web.Request,
    event: "Event",
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    signal: Signal = signal_of(request.app, event)
    return render(
        request,
        "events/edit.html",
        status=status,
        event=event,
        signal=signal,
        now=channel_now(request.app, event),
        seen=(typed or {}).get("seen") or fingerprint(event),
        typed=typed or {},
        errors=errors or {},
        types=list(EventType),
        groups=sorted({group_words(it.group_name) for it in request.app[STATION].events} - {""}),
        check=await check_row(request.app, event),
    )
