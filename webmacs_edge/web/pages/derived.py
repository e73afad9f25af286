"""Pages about derived channels: their formulas, tried on the values of now."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.derived import create_derived, update_derived
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.web.channel_rows import channel_now
from webmacs_edge.web.forms import read_form, read_posted
from webmacs_edge.web.formulas import checked, derived_event, shown, tried
from webmacs_edge.web.keys import STATION, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.derived import DerivedForm, TriedOut
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Event

_ADDED = text("The derived channel “{name}” was added by {user}.")
_CHANGED = text("The derived channel “{name}” was changed by {user}.")
_MOST_OFFERED = 300  # channels to choose from


async def new(request: web.Request) -> web.Response:
    """The form of a new derived channel."""
    return _form(request, None)


async def create(request: web.Request) -> web.Response:
    """Store a new one, or show the form again with what is wrong."""
    return await _store(request, None)


async def edit(request: web.Request) -> web.Response:
    """The settings of one derived channel."""
    return _form(request, derived_event(request.app, request.match_info["public_id"]))


async def save(request: web.Request) -> web.Response:
    """Store its settings, or show them again with what is wrong."""
    return await _store(request, derived_event(request.app, request.match_info["public_id"]))


async def preview(request: web.Request) -> web.Response:
    """What the formula in the form gives with the values of now."""
    posted = await read_posted(request)
    formula, own_id = str(posted.get("formula", "")), request.query.get("channel", "")
    said, wrong = _try(request, formula, own_id)
    unit = str(posted.get("unit", ""))[:40]
    return render(request, "derived/_preview.html", tried=said, wrong=wrong, unit=unit)


async def _store(request: web.Request, event: "Event | None") -> web.Response:
    typed, form, errors = await read_form(request, DerivedForm)
    if form is None:
        return _form(request, event, status=422, typed=typed, errors=errors)
    own_id, owner, at_ms = event.public_id if event else "", request[USER], now_ms()
    try:
        values = form.model_dump() | {"formula": checked(request.app, form.formula, own_id=own_id)}

        async def work(session: "AsyncSession") -> None:
            if event is None:
                await create_derived(session, at_ms=at_ms, user_public_id=owner.public_id, **values)
            else:
                await update_derived(session, own_id, **values)
            await add_log_entry(
                session,
                text(_CHANGED if event else _ADDED, name=form.name, user=owner.username),
                at_ms=at_ms,
                user_public_id=owner.public_id,
            )

        await write(request, work)
    except (ConflictError, InvalidError) as error:
        status = 409 if isinstance(error, ConflictError) else 422
        faults = {error.field: str(error)}
        return _form(request, event, status=status, typed=typed, errors=faults)
    await request.app[STATION].reload()
    raise web.HTTPSeeOther("/events")


def _try(request: web.Request, formula: str, own_id: str) -> tuple[TriedOut | None, str]:
    if not formula.strip():
        return None, ""
    try:
        checked(request.app, formula, own_id=own_id)
        return tried(request.app, formula), ""
    except (InvalidError, ConflictError) as error:
        return None, str(error)


def _form(
    request: web.Request,
    event: "Event | None",
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    app = request.app
    formula = shown(app, event) if event else ""
    said, wrong = _try(
        request, (typed or {}).get("formula", formula), event.public_id if event else ""
    )
    return render(
        request,
        "derived/edit.html",
        status=status,
        event=event,
        formula=formula,
        tried=said,
        wrong=wrong,
        unit=(typed or {}).get("unit", event.unit if event else ""),
        now=channel_now(app, event) if event else None,
        offered=[it for it in app[STATION].events if it is not event][:_MOST_OFFERED],
        typed=typed or {},
        errors=errors or {},
    )
