"""One dashboard: its widgets as they are now, and their places."""

from aiohttp import web

from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.board_changes import UNDO, undo_key
from webmacs_edge.web.boards import BOARDS, Board, Placed, board_path
from webmacs_edge.web.keys import USER
from webmacs_edge.web.opened_boards import may_edit, opened
from webmacs_edge.web.output_rows import output_row
from webmacs_edge.web.render import render
from webmacs_edge.web.wall_view import wall_page

_YEAR_S = 31_536_000
_DIGITS = 4


async def show(request: web.Request) -> web.Response:
    """The dashboard; with `?edit` also the hands that arrange it, with `?kiosk` for a wall."""
    if "kiosk" in request.query:
        return await _on_a_wall(request, await opened(request))
    return await arrange(request, is_editing="edit" in request.query)


async def arrange(
    request: web.Request, *, status: int = 200, is_editing: bool = True, refusal: str = ""
) -> web.Response:
    """The dashboard, and why what was asked for was not done."""
    board, role = await opened(request), request[USER].role
    may_change = may_edit(request, board)
    boards, at_ms = request.app[BOARDS], now_ms()
    boards.forget_run()
    await boards.see_run(request.app, at_ms=at_ms)
    scene = boards.scene(request.app, role, at_ms=at_ms)
    parts = await boards.parts(request.app, board, role, at_ms=at_ms)
    controlled = (it.widget for it in board.widgets if it.widget.kind.has_controls)
    return render(
        request,
        "dashboards/show.html",
        status=status,
        board=board,
        parts=parts,
        looks={it.public_id: it.kind.look(scene, it) for it in controlled},
        may_change=may_change,
        is_editing=is_editing and may_change,
        refusal=refusal,
        missing=_missing(request),
        said=_commanded(request),
        steps=request.app[UNDO].steps(undo_key(request), board.updated_on_ms),
    )


def _missing(request: web.Request) -> int:
    """How many channels of an imported file are not here."""
    given = request.query.get("missing", "")
    return int(given) if given.isdecimal() and len(given) <= _DIGITS else 0


def _commanded(request: web.Request) -> str:
    """What became of the command that a form of this page sent, where it came back by itself."""
    row = output_row(request.app, request.query.get("commanded", ""))
    if row is None:
        return ""
    if not row.set_point:
        return text("{name}: {state}.", name=row.name, state=row.words)
    return text(
        "{name} was commanded to {set_point}: {state}.",
        name=row.name,
        set_point=f"{row.set_point} {row.unit}".strip(),
        state=row.words,
    )


async def _on_a_wall(request: web.Request, board: Board) -> web.Response:
    at = board_path(board)
    paths = {
        "stream": f"/streams{at}?kiosk",
        "grid": f"{at}/grid.css",
        "values": "/trends/data",
        "pictures": "/pictures",
    }
    return await wall_page(request, board, paths)


async def grid(request: web.Request) -> web.Response:
    """Where each widget stands, as a style sheet: the page allows no styles of its own."""
    return grid_of(await opened(request))


def grid_of(board: Board) -> web.Response:
    """The same of a dashboard that was opened already."""
    rules = "".join(_rule(it) for it in board.widgets)
    rows = max((it.place.y + it.place.h for it in board.widgets), default=1)
    css = f":root{{--rows:{rows}}}\n@media(min-width:641px){{\n{rules}}}\n"
    response = web.Response(text=css, content_type="text/css")
    response.headers["Cache-Control"] = f"private, max-age={_YEAR_S}, immutable"
    return response


def _rule(placed: Placed) -> str:
    at = placed.place
    area = f"{at.y + 1}/{at.x + 1}/span {at.h}/span {at.w}"
    return f'[id="widget-{placed.widget.public_id}"]{{grid-area:{area}}}\n'
