"""The dashboard of an address, for whoever may see it."""

from aiohttp import web

from webmacs_edge.model.dashboards import check_may_open, may_change
from webmacs_edge.web.boards import BOARDS, Board
from webmacs_edge.web.keys import USER


async def opened(request: web.Request) -> Board:
    """The dashboard that was asked for; NotAllowedError when it is somebody else's and private."""
    board, user = (
        await request.app[BOARDS].load(request.app, request.match_info["public_id"]),
        request[USER],
    )
    check_may_open(user.public_id, user.role, owner=board.owner, is_global=board.is_global)
    return board


def may_edit(request: web.Request, board: Board) -> bool:
    """Whether who asks may change it."""
    user = request[USER]
    return may_change(user.public_id, user.role, owner=board.owner)
