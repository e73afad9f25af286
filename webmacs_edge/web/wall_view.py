"""A dashboard as it hangs on a wall: alone, large, without anything to press."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.alarm_rows import alarm_head
from webmacs_edge.web.boards import BOARDS, Board
from webmacs_edge.web.render import render
from webmacs_edge.web.walls import Screen

FRESH_S = 60  # how often a screen without JavaScript loads its page again


async def wall_page(
    request: web.Request, board: Board, paths: Mapping[str, str], *, screen: Screen | None = None
) -> web.Response:
    """The page; `paths` says where it finds its stream, grid, values and pictures."""
    boards, at_ms = request.app[BOARDS], now_ms()
    boards.forget_run()
    await boards.see_run(request.app, at_ms=at_ms)
    role = UserRole.viewer  # a wall has no hands, whoever hung it up
    scene = boards.scene(request.app, role, at_ms=at_ms)
    return render(
        request,
        "wall/show.html",
        board=board,
        parts=await boards.parts(request.app, board, role, at_ms=at_ms),
        looks={
            it.widget.public_id: it.widget.kind.look(scene, it.widget)
            for it in board.widgets
            if it.widget.kind.has_controls
        },
        paths=paths,
        alarms=alarm_head(request.app),
        may_operate=False,
        may_configure=False,
        may_change=False,
        is_editing=False,
        version=__version__,
        fresh_s=FRESH_S,
        **await _turn(request, board, screen),
    )


async def boards_of(app: web.Application, screen: Screen) -> list[tuple[Board, int]]:
    """The dashboards of a screen that are still there, and for how long each is shown."""
    found = []
    for turn in screen.turns:
        try:
            found.append((await app[BOARDS].load(app, turn.board), turn.seconds))
        except NotFoundError:
            continue  # it was removed: the others go on
    return found


async def _turn(request: web.Request, board: Board, screen: Screen | None) -> dict[str, Any]:
    """Which turn this is, and what comes next; no next where there is only one."""
    turns = await boards_of(request.app, screen) if screen else []
    nth = next((i for i, it in enumerate(turns) if it[0].public_id == board.public_id), 0)
    is_alone = len(turns) < 2  # noqa: PLR2004 it takes two to take turns
    following = None if is_alone else turns[(nth + 1) % len(turns)][0]
    return {
        "turn": nth + 1,
        "turns": len(turns),
        "seconds": None if is_alone else turns[nth][1],
        "following": following,
        "stops_on_alarm": screen is not None and screen.stops_on_alarm,
    }
