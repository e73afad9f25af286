"""Hands on a dashboard: widgets moved, resized, removed, closed up; and the last change undone."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiohttp import web
from pydantic import BaseModel

from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.model.grids import Place, closed_up, moved
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.dashboard_widgets import move_widgets, remove_widget
from webmacs_edge.web.board_changes import UNDO, change_board, undo_key, undo_last
from webmacs_edge.web.boards import BOARDS, Board
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import USER
from webmacs_edge.web.opened_boards import opened
from webmacs_edge.web.pages.dashboard import arrange
from webmacs_edge.web.schemas.dashboard_forms import PlaceForm, SeenForm

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def place(request: web.Request) -> web.Response:
    """Put one widget somewhere; those that it would cover go down."""
    _, form, errors = await read_form(request, PlaceForm)
    if form is None:
        return await _refused(request, InvalidError(next(iter(errors.values()))))
    places = places_of(await opened(request))
    if form.widget not in places:
        return await _refused(request, ConflictError(_gone()))
    return await _move(request, moved(places, form.widget, form.place()), seen_ms=form.seen)


async def close_up(request: web.Request) -> web.Response:
    """Take the empty rows away."""
    form = await _pressed(request)
    places = closed_up(places_of(await opened(request)))
    return await _move(request, places, seen_ms=form.seen)


async def remove(request: web.Request) -> web.Response:
    """Take a widget off; undo puts it back."""
    form, user = await _pressed(request), request[USER]
    place_of = request.match_info["public_id"], request.match_info["widget_id"]

    async def work(session: "AsyncSession") -> None:
        await remove_widget(session, place_of, user, at_ms=now_ms())

    try:
        await change_board(request, work, seen_ms=form.seen)
    except ConflictError as error:
        return await _refused(request, error)
    return await _done(request, is_whole=True)


async def undo(request: web.Request) -> web.Response:
    """Take back the last change of whoever asks."""
    form, before = await _pressed(request), await opened(request)
    try:
        await undo_last(request, seen_ms=form.seen)
    except ConflictError as error:
        return await _refused(request, error)
    after = await opened(request)
    return await _done(request, is_whole=_looks(before) != _looks(after))


def places_of(board: Board) -> dict[str, Place]:
    """Where every widget stands."""
    return {it.widget.public_id: it.place for it in board.widgets}


def _looks(board: Board) -> dict[str, object]:
    return {it.widget.public_id: it.widget for it in board.widgets}


async def _move(request: web.Request, places: Mapping[str, Place], *, seen_ms: int) -> web.Response:
    public_id, user = request.match_info["public_id"], request[USER]

    async def work(session: "AsyncSession") -> None:
        await move_widgets(session, public_id, user, places=places, at_ms=now_ms())

    try:
        await change_board(request, work, seen_ms=seen_ms)
    except ConflictError as error:
        return await _refused(request, error)
    return await _done(request)


async def _pressed(request: web.Request) -> SeenForm:
    _, form, errors = await read_form(request, SeenForm)
    if form is None:
        raise InvalidError(next(iter(errors.values())))
    return form


async def _done(request: web.Request, *, is_whole: bool = False) -> web.Response:
    """`is_whole`: more than places has changed, so that the page loads itself again."""
    if not _wants_json(request):
        raise web.HTTPSeeOther(f"/dashboards/{request.match_info['public_id']}?edit")
    board = await opened(request)
    answer = Arranged(
        seen=board.updated_on_ms,
        steps=request.app[UNDO].steps(undo_key(request), board.updated_on_ms),
        whole=is_whole,
        places={key: (it.x, it.y, it.w, it.h) for key, it in places_of(board).items()},
    )
    return web.json_response(text=answer.model_dump_json())


async def _refused(request: web.Request, error: ConflictError | InvalidError) -> web.Response:
    status = 409 if isinstance(error, ConflictError) else 422
    request.app[BOARDS].forget(request.match_info["public_id"])
    if _wants_json(request):
        return web.json_response({"detail": said_of(error)}, status=status)
    return await arrange(request, status=status, refusal=str(error))


def said_of(error: ConflictError | InvalidError) -> str:
    """What went wrong, in the language of who asks."""
    return f"{error.args[0]}"


def _wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _gone() -> str:
    return text("This widget was removed meanwhile. Load the page again.")


class Arranged(BaseModel):
    """How a dashboard stands after a change; what its page needs to go on."""

    seen: int
    steps: int
    whole: bool
    places: dict[str, tuple[int, int, int, int]]
