"""Every URL of pictures and wall screens, with the least role that may use it."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.model.words import UserRole
from webmacs_edge.web.guards import requires
from webmacs_edge.web.pages import picture_parts, pictures, wall, wall_screens
from webmacs_edge.web.streams import walls as wall_stream
from webmacs_edge.web.walls import for_screens

VIEWER, OPERATOR = UserRole.viewer, UserRole.operator
ANYBODY = None


def wall_routes() -> Sequence[web.RouteDef]:
    """Pictures, and screens that show dashboards."""
    return [*_pictures(), *_walls()]


def _pictures() -> Sequence[web.RouteDef]:
    """Pictures for dashboards."""
    one, shown = "/pictures/{public_id}", "/dashboards/{public_id}/widgets/{widget_id}/picture"
    return [
        web.get(shown, requires(OPERATOR, picture_parts.index)),
        web.post(shown, requires(OPERATOR, picture_parts.save)),
        web.post(f"{shown}/choose", requires(OPERATOR, picture_parts.choose)),
        web.get("/pictures", requires(VIEWER, pictures.index)),
        web.post("/pictures", requires(OPERATOR, pictures.create)),
        web.get(one, requires(VIEWER, pictures.show)),
        web.get(f"{one}/file", requires(VIEWER, pictures.send)),
        web.post(f"{one}/rename", requires(OPERATOR, pictures.rename)),
        web.post(f"{one}/replace", requires(OPERATOR, pictures.replace)),
        web.post(f"{one}/delete", requires(OPERATOR, pictures.remove)),
    ]


def _walls() -> Sequence[web.RouteDef]:
    """Wall screens: who sets them up, and what they see by a proof of their own."""
    screen, one = "/wall-screens/{public_id}", "/wall/{public_id}"
    return [
        web.get("/wall-screens", requires(OPERATOR, wall_screens.index)),
        web.post("/wall-screens", requires(OPERATOR, wall_screens.create)),
        web.get(screen, requires(OPERATOR, wall_screens.show)),
        web.post(screen, requires(OPERATOR, wall_screens.save)),
        web.post(f"{screen}/link", requires(OPERATOR, wall_screens.renew)),
        web.post(f"{screen}/revoke", requires(OPERATOR, wall_screens.revoke)),
        web.get("/wall/open", requires(ANYBODY, wall.show_link)),
        web.post("/wall/open", requires(ANYBODY, wall.open_link)),
        web.get("/wall", for_screens(wall.index, is_page=True)),
        web.get(one, for_screens(wall.show, is_page=True)),
        web.get(f"/streams{one}", for_screens(wall_stream.stream)),
        web.get(f"{one}/grid.css", for_screens(wall.grid)),
        web.get(f"{one}/values", for_screens(wall.values)),
        web.get("/wall/pictures/{picture_id}/file", for_screens(wall.picture)),
    ]
