"""Every URL of the appliance with the least role that may use it."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.model.words import UserRole
from webmacs_edge.web import assets
from webmacs_edge.web.auth import requires
from webmacs_edge.web.pages import live, log, session, setup
from webmacs_edge.web.streams import live as live_stream

VIEWER, OPERATOR, ADMIN = UserRole.viewer, UserRole.operator, UserRole.admin
ANYBODY = None


def routes() -> Sequence[web.RouteDef]:
    """Pages first, then the JSON API, then streams."""
    return [*page_routes()]


def page_routes() -> Sequence[web.RouteDef]:
    """What people look at, and the streams that keep it up to date."""
    return [
        web.get("/", requires(VIEWER, live.index)),
        web.get("/streams/live", requires(VIEWER, live_stream.stream)),
        web.get("/log", requires(VIEWER, log.index)),
        web.post("/log/read", requires(OPERATOR, log.mark_read)),
        web.get("/setup", requires(ANYBODY, setup.index)),
        web.post("/setup", requires(ANYBODY, setup.create)),
        web.get("/sign-in", requires(ANYBODY, session.index)),
        web.post("/sign-in", requires(ANYBODY, session.create)),
        web.post("/sign-out", requires(ANYBODY, session.end)),
        web.get("/static/{path:.+}", requires(ANYBODY, assets.serve)),
    ]
