"""Widgets of a dashboard: which kind, and its settings."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.model.dashboards import WidgetType, check_may_change
from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.grids import Place, free_place, moved
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.dashboard_widgets import (
    add_widget,
    find_widget,
    move_widgets,
    update_widget,
)
from webmacs_edge.store.dashboards import get_dashboard
from webmacs_edge.web.board_changes import change_board
from webmacs_edge.web.boards import BOARDS, Board, Placed, board_of
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import USER
from webmacs_edge.web.opened_boards import opened
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.dashboard_forms import WidgetForm
from webmacs_edge.web.widget_form import choices_of, faults_of, form_of, typed_of, values_of
from webmacs_edge.web.widgets import KINDS
from webmacs_edge.web.widgets.kind import Kind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def new(request: web.Request) -> web.Response:
    """Which kind of widget; with `?kind` its form."""
    board, asked = await _own(request), request.query.get("kind", "")
    if asked not in KINDS:
        return render(request, "dashboards/kinds.html", board=board, kinds=KINDS.values())
    kind = KINDS[WidgetType(asked)]
    typed = {"width": str(kind.size[0]), "height": str(kind.size[1])}
    return _form(request, board, kind, typed=typed)


async def create(request: web.Request) -> web.Response:
    """Put a widget into the first gap that holds it."""
    board, kind = await _own(request), _kind(request)
    typed, form, errors = await _read(request, kind)
    if form is None:
        return _form(request, board, kind, status=422, typed=typed, errors=errors)
    user, values = request[USER], values_of(request.app, kind, form)

    async def work(session: "AsyncSession") -> None:
        places = _places(board_of(await get_dashboard(session, board.public_id)))
        place = free_place(list(places.values()), form.width, form.height)
        await move_widgets(session, board.public_id, user, places=places, at_ms=now_ms())
        await add_widget(
            session,
            board.public_id,
            user,
            at_ms=now_ms(),
            **values,
            widget_type=kind.name.value,
            x=place.x,
            y=place.y,
        )

    try:
        await change_board(request, work, seen_ms=None)
    except (ConflictError, NotFoundError) as error:
        errors = {WHOLE_FORM: str(error)}
        return _form(request, board, kind, status=409, typed=typed, errors=errors)
    raise web.HTTPSeeOther(f"/dashboards/{board.public_id}?edit")


async def edit(request: web.Request) -> web.Response:
    """The form of a widget that is there."""
    board = await _own(request)
    placed = _placed(request, board)
    typed = typed_of(placed.widget, width=placed.place.w, height=placed.place.h)
    return _form(request, board, placed.widget.kind, placed=placed, typed=typed)


async def save(request: web.Request) -> web.Response:
    """Change a widget; somebody else's change is not overwritten."""
    board = await _own(request)
    placed = _placed(request, board)
    kind, widget_id = placed.widget.kind, placed.widget.public_id
    typed, form, errors = await _read(request, kind)
    if form is None:
        return _form(request, board, kind, placed=placed, status=422, typed=typed, errors=errors)
    at = Place(placed.place.x, placed.place.y, form.width, form.height).inside()
    places, user = moved(_places(board), widget_id, at), request[USER]

    async def work(session: "AsyncSession") -> None:
        stored = find_widget(await get_dashboard(session, board.public_id), widget_id)
        values: dict[str, Any] = values_of(request.app, kind, form, before=stored.config_json)
        await move_widgets(session, board.public_id, user, places=places, at_ms=now_ms())
        values |= {"x": at.x, "y": at.y}
        key = board.public_id, widget_id
        await update_widget(session, key, user, values=values, at_ms=now_ms())

    try:
        await change_board(request, work, seen_ms=form.seen)
    except (ConflictError, NotFoundError) as error:
        request.app[BOARDS].forget(board.public_id)
        board = await _own(request)
        errors = {WHOLE_FORM: str(error)}
        return _form(request, board, kind, placed=placed, status=409, typed=typed, errors=errors)
    raise web.HTTPSeeOther(f"/dashboards/{board.public_id}?edit")


async def _own(request: web.Request) -> Board:
    board, user = await opened(request), request[USER]
    check_may_change(user.public_id, user.role, owner=board.owner)
    return board


def _kind(request: web.Request) -> Kind:
    asked = request.query.get("kind", "")
    if asked not in KINDS:
        raise NotFoundError(text("There is no such kind of widget."))
    return KINDS[WidgetType(asked)]


async def _read(
    request: web.Request, kind: Kind
) -> tuple[dict[str, str], WidgetForm | None, dict[str, str]]:
    typed, form, errors = await read_form(request, form_of(kind.name))
    if form is not None:
        errors = faults_of(request.app, kind, form)
    return typed, None if errors else form, errors


def _placed(request: web.Request, board: Board) -> Placed:
    asked = request.match_info["widget_id"]
    found = next((it for it in board.widgets if it.widget.public_id == asked), None)
    if found is None:
        raise NotFoundError(
            text("There is no widget {public_id} on this dashboard.", public_id=asked)
        )
    return found


def _places(board: Board) -> dict[str, Place]:
    return {it.widget.public_id: it.place for it in board.widgets}


def _form(
    request: web.Request,
    board: Board,
    kind: Kind,
    *,
    placed: Placed | None = None,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    asking = [it for it in kind.fields if it.control in ("channel", "channels")]
    return render(
        request,
        "dashboards/widget.html",
        status=status,
        board=board,
        kind=kind,
        placed=placed,
        typed=typed or {},
        errors=errors or {},
        channels={it.name: choices_of(request.app, it) for it in asking},
    )
