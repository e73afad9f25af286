"""One dashboard: its widgets as they are now, and their places."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.web.boards import BOARDS, Board
from webmacs_edge.web.keys import USER
from webmacs_edge.web.opened_boards import may_edit, opened
from webmacs_edge.web.render import render

_YEAR_S = 31_536_000


async def show(request: web.Request) -> web.Response:
    """The dashboard; with `?edit` also the hands that arrange it."""
    board = await opened(request)
    may_change = may_edit(request, board)
    boards, at_ms = request.app[BOARDS], now_ms()
    boards.forget_run()
    await boards.see_run(request.app, at_ms=at_ms)
    scene = boards.scene(request.app, request[USER].role, at_ms=at_ms)
    return render(
        request,
        "dashboards/show.html",
        board=board,
        parts=boards.parts(request.app, board, request[USER].role, at_ms=at_ms),
        looks={
            it.widget.public_id: it.widget.kind.look(scene, it.widget)
            for it in board.widgets
            if it.widget.kind.has_controls
        },
        may_change=may_change,
        is_editing=may_change and "edit" in request.query,
    )


async def grid(request: web.Request) -> web.Response:
    """Where each widget stands, as a style sheet: the page allows no styles of its own."""
    css = "".join(_rule(board_widget) for board_widget in _places(await opened(request)))
    response = web.Response(text=css, content_type="text/css")
    response.headers["Cache-Control"] = f"private, max-age={_YEAR_S}, immutable"
    return response


def _places(board: Board) -> list[tuple[str, int, int, int, int]]:
    return [
        (it.widget.public_id, it.place.x, it.place.y, it.place.w, it.place.h)
        for it in board.widgets
    ]


def _rule(named: tuple[str, int, int, int, int]) -> str:
    public_id, x, y, w, h = named
    return (
        f'@media(min-width:641px){{[id="widget-{public_id}"]'
        f"{{grid-area:{y + 1}/{x + 1}/span {h}/span {w}}}}}\n"
    )
