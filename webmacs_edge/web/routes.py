"""Every URL of the appliance with the least role that may use it."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.model.words import UserRole
from webmacs_edge.web import assets
from webmacs_edge.web.auth import requires
from webmacs_edge.web.pages import events, experiments, live, log, session, setup, trends
from webmacs_edge.web.streams import live as live_stream
from webmacs_edge.web.streams import trend as trend_stream

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
        web.get("/trends", requires(VIEWER, trends.index)),
        web.get("/trends/data", requires(VIEWER, trends.data)),
        web.get("/trends/export.csv", requires(VIEWER, trends.export_csv)),
        web.get("/streams/trend", requires(VIEWER, trend_stream.stream)),
        web.get("/events", requires(VIEWER, events.index)),
        web.post("/events", requires(OPERATOR, events.add)),
        web.get("/events/values", requires(VIEWER, events.values)),
        web.post("/events/{public_id}", requires(OPERATOR, events.save)),
        web.get("/events/{public_id}/edit", requires(OPERATOR, events.edit)),
        web.post("/events/{public_id}/preview", requires(OPERATOR, events.preview)),
        web.get("/events/{public_id}/remove", requires(OPERATOR, events.confirm_removal)),
        web.post("/events/{public_id}/remove", requires(OPERATOR, events.remove)),
        web.get("/experiments", requires(VIEWER, experiments.index)),
        web.post("/experiments", requires(OPERATOR, experiments.start)),
        web.get("/experiments/{public_id}", requires(VIEWER, experiments.detail)),
        web.get("/experiments/{public_id}/export.csv", requires(VIEWER, experiments.export_csv)),
        web.post("/experiments/{public_id}/rename", requires(OPERATOR, experiments.rename)),
        web.get("/experiments/{public_id}/stop", requires(OPERATOR, experiments.confirm_stop)),
        web.post("/experiments/{public_id}/stop", requires(OPERATOR, experiments.stop)),
        web.get(
            "/experiments/{public_id}/delete", requires(OPERATOR, experiments.confirm_deletion)
        ),
        web.post("/experiments/{public_id}/delete", requires(OPERATOR, experiments.delete)),
        web.get("/log", requires(VIEWER, log.index)),
        web.post("/log/read", requires(OPERATOR, log.mark_read)),
        web.get("/setup", requires(ANYBODY, setup.index)),
        web.post("/setup", requires(ANYBODY, setup.create)),
        web.get("/sign-in", requires(ANYBODY, session.index)),
        web.post("/sign-in", requires(ANYBODY, session.create)),
        web.post("/sign-out", requires(ANYBODY, session.end)),
        web.get("/static/{path:.+}", requires(ANYBODY, assets.serve)),
    ]
