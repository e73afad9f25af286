"""Every URL of dashboards and their widgets, with the least role that may use it."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.model.words import UserRole
from webmacs_edge.web.guards import requires
from webmacs_edge.web.pages import arranging, dashboard, dashboard_files, dashboards, widgets
from webmacs_edge.web.streams import dashboards as dashboard_stream

VIEWER, OPERATOR = UserRole.viewer, UserRole.operator


def dashboard_routes() -> Sequence[web.RouteDef]:
    """Pages that people put together from widgets."""
    one = "/dashboards/{public_id}"
    return [
        web.get("/dashboards", requires(VIEWER, dashboards.index)),
        web.post("/dashboards", requires(OPERATOR, dashboards.create)),
        web.get("/dashboards/import", requires(OPERATOR, dashboard_files.ask)),
        web.post("/dashboards/import", requires(OPERATOR, dashboard_files.bring)),
        web.get(one, requires(VIEWER, dashboard.show)),
        web.get(f"{one}/export.json", requires(VIEWER, dashboard_files.export)),
        web.get(f"/streams{one}", requires(VIEWER, dashboard_stream.stream)),
        *_arranging(one),
        web.get(f"{one}/grid.css", requires(VIEWER, dashboard.grid)),
        web.get(f"{one}/properties", requires(OPERATOR, dashboards.edit)),
        web.post(f"{one}/properties", requires(OPERATOR, dashboards.save)),
        web.post(f"{one}/duplicate", requires(OPERATOR, dashboards.duplicate)),
        web.get(f"{one}/delete", requires(OPERATOR, dashboards.confirm_deletion)),
        web.post(f"{one}/delete", requires(OPERATOR, dashboards.delete)),
    ]


def _arranging(one: str) -> Sequence[web.RouteDef]:
    """Widgets put onto a dashboard, set, moved and removed."""
    widget = one + "/widgets/{widget_id}"
    return [
        web.get(f"{one}/widgets/new", requires(OPERATOR, widgets.new)),
        web.post(f"{one}/widgets", requires(OPERATOR, widgets.create)),
        web.get(widget, requires(OPERATOR, widgets.edit)),
        web.post(widget, requires(OPERATOR, widgets.save)),
        web.post(f"{widget}/remove", requires(OPERATOR, arranging.remove)),
        web.post(f"{one}/place", requires(OPERATOR, arranging.place)),
        web.post(f"{one}/close-up", requires(OPERATOR, arranging.close_up)),
        web.post(f"{one}/undo", requires(OPERATOR, arranging.undo)),
    ]
