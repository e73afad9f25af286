"""Pages of interlocks: what each looks at, whether it has tripped, and what it did before."""

import json
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import CommandRefusedError, ConflictError, InvalidError
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.interlock_trips import list_trips
from webmacs_edge.store.interlocks import (
    create_interlock,
    delete_interlock,
    get_interlock,
    update_interlock,
)
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.interlock_rows import (
    InterlockRow,
    all_rows,
    interlock_row,
    preview_of,
)
from webmacs_edge.web.keys import CONTROL, DATABASE, STATION, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.interlock_forms import (
    EMPTY_ROW,
    InterlockForm,
    rows_of,
    rows_typed,
)
from webmacs_edge.web.schemas.interlocks import MOST_CONDITIONS
from webmacs_edge.web.writing import actor_of, write

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Interlock

_SHOWN_TRIPS = 50


async def index(request: web.Request) -> web.Response:
    """Every interlock as it stands, and what they did last."""
    async with request.app[DATABASE].read() as session:
        trips = await list_trips(session, limit=_SHOWN_TRIPS)
    rows = await all_rows(request.app)
    return render(request, "interlocks/index.html", rows=rows, trips=trips)


async def show(request: web.Request) -> web.Response:
    """One interlock: its conditions with what they see, its outputs, its history."""
    return await _show(request)


async def new(request: web.Request) -> web.Response:
    """The form of a new interlock."""
    return _form(request, None, rows=[dict(EMPTY_ROW)])


async def create(request: web.Request) -> web.Response:
    """Store a new interlock; from the next cycle on it is judged before every write."""
    return await _save(request, None)


async def edit(request: web.Request) -> web.Response:
    """The form of an interlock."""
    row = await _stored(request)
    return _form(request, row, rows=rows_of(row))


async def save(request: web.Request) -> web.Response:
    """Change an interlock; one that has latched stays so until it is reset."""
    return await _save(request, await _stored(request))


async def preview(request: web.Request) -> web.Response:
    """Whether the interlock in the form would be tripped now."""
    typed, form, errors = await read_form(request, InterlockForm)
    shown = preview_of(request.app, rows_typed(typed), needs_all=bool(form and form.needs_all))
    said = next(iter(errors.values()), "") if form is None else ""
    return render(request, "interlocks/_preview.html", shown=shown, said=said)


async def confirm_removal(request: web.Request) -> web.Response:
    """Ask before an interlock goes."""
    row = await _stored(request)
    return render(request, "interlocks/remove.html", interlock=interlock_row(request.app, row))


async def remove(request: web.Request) -> web.Response:
    """Remove an interlock; what it forced safe stays safe until somebody commands it."""
    public_id = request.match_info["public_id"]
    await write(request, lambda session: delete_interlock(session, public_id))
    await request.app[CONTROL].reload()
    raise web.HTTPSeeOther("/interlocks")


async def reset(request: web.Request) -> web.Response:
    """Release a latched interlock; says why not while its conditions hold."""
    row = await _stored(request)
    try:
        await request.app[CONTROL].reset_interlock(row.public_id, actor=actor_of(request))
    except CommandRefusedError as error:
        return await _show(request, status=409, said=str(error))
    raise web.HTTPSeeOther(f"/interlocks/{row.public_id}")


async def _save(request: web.Request, row: "Interlock | None") -> web.Response:
    typed, form, errors = await read_form(request, InterlockForm)
    rows = rows_typed(typed)
    if form is None:
        return _form(request, row, rows=rows, status=422, typed=typed, errors=errors)
    if form.more:
        rows = [*rows, dict(EMPTY_ROW)][:MOST_CONDITIONS]
        return _form(request, row, rows=rows, typed=typed)
    try:
        public_id = await _store(request, row, form)
    except (InvalidError, ConflictError) as error:
        status = 422 if isinstance(error, InvalidError) else 409
        faults = {error.field or WHOLE_FORM: str(error)}
        return _form(request, row, rows=rows, status=status, typed=typed, errors=faults)
    await request.app[CONTROL].reload()
    raise web.HTTPSeeOther(f"/interlocks/{public_id}")


async def _store(request: web.Request, row: "Interlock | None", form: InterlockForm) -> str:
    values, at_ms, owner = form.values(), now_ms(), request[USER].public_id
    if row is None:
        made = await write(
            request,
            lambda session: create_interlock(session, at_ms=at_ms, user_public_id=owner, **values),
        )
        return made.public_id
    public_id = row.public_id
    await write(request, lambda session: update_interlock(session, public_id, values=values))
    return public_id


async def _stored(request: web.Request) -> "Interlock":
    async with request.app[DATABASE].read() as session:
        return await get_interlock(session, request.match_info["public_id"])


async def _show(request: web.Request, *, status: int = 200, said: str = "") -> web.Response:
    row = await _stored(request)
    async with request.app[DATABASE].read() as session:
        trips = await list_trips(session, row.public_id, limit=_SHOWN_TRIPS)
    shown: InterlockRow = interlock_row(request.app, row)
    return render(
        request, "interlocks/detail.html", status=status, row=shown, trips=trips, said=said
    )


def _form(
    request: web.Request,
    row: "Interlock | None",
    *,
    rows: list[dict[str, str]],
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    chosen = typed.get("outputs", "").split("\n") if typed is not None else _outputs_of(row)
    is_all = typed.get("needs_all") == "true" if typed else bool(row and row.needs_all)
    return render(
        request,
        "interlocks/edit.html",
        status=status,
        interlock=row,
        rows=rows,
        may_grow=len(rows) < MOST_CONDITIONS,
        chosen=set(chosen),
        outputs=request.app[CONTROL].bindings,
        channels=request.app[STATION].events,
        shown=preview_of(request.app, rows, needs_all=is_all),
        said="",
        typed=typed or {},
        errors=errors or {},
    )


def _outputs_of(row: "Interlock | None") -> list[str]:
    return json.loads(row.outputs_json) if row is not None else []
