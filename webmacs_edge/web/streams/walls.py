"""The stream of a wall screen: that of the dashboard it shows, for as long as it may see it."""

from aiohttp import web

from webmacs_edge.model.words import UserRole
from webmacs_edge.web.streams.dashboards import follow_board
from webmacs_edge.web.walls import SCREEN, ScreenStanding, board_of


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow the dashboard until the browser leaves or the screen is revoked."""
    board = await board_of(request)
    standing = ScreenStanding(request.app, request[SCREEN])
    return await follow_board(request, board, role=UserRole.viewer, standing=standing)
