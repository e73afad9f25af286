"""Dashboards and their widgets for programs."""

from aiohttp import web

from webmacs_edge.model.dashboards import check_may_open
from webmacs_edge.model.errors import NotAllowedError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.dashboard_widgets import add_widget, remove_widget, update_widget
from webmacs_edge.store.dashboards import (
    create_dashboard,
    delete_dashboard,
    get_dashboard,
    list_dashboards,
    update_dashboard,
)
from webmacs_edge.web.api.answers import answer, answer_page, done
from webmacs_edge.web.boards import BOARDS
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.dashboards import (
    DashboardIn,
    DashboardOut,
    DashboardPatch,
    DashboardQuery,
    WidgetIn,
    WidgetOut,
    WidgetPatch,
)
from webmacs_edge.web.schemas.lists import PageOut, StatusOut
from webmacs_edge.web.writing import write


@operation(query=DashboardQuery, returns=PageOut[DashboardOut])
async def index(request: web.Request) -> web.Response:
    """List one's own dashboards and those for all, newest first."""
    asked, user = read_query(request, DashboardQuery), request[USER]
    if asked.all and user.role is not UserRole.admin:
        raise NotAllowedError(
            text("Only administrators may list the private dashboards of others.")
        )
    async with request.app[DATABASE].read() as session:
        page = await list_dashboards(
            session,
            visible_to=None if asked.all else user.public_id,
            page=asked.page,
            page_size=asked.page_size,
        )
    return answer_page(page, DashboardOut)


@operation(body=DashboardIn, returns=DashboardOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Create an empty dashboard."""
    given, owner, at_ms = read_body(request, DashboardIn), request[USER].public_id, now_ms()
    dashboard = await write(
        request,
        lambda session: create_dashboard(
            session, at_ms=at_ms, user_public_id=owner, **given.model_dump()
        ),
    )
    return answer(DashboardOut.model_validate(dashboard), status=201)


@operation(returns=DashboardOut)
async def show(request: web.Request) -> web.Response:
    """One dashboard with its widgets."""
    user = request[USER]
    async with request.app[DATABASE].read() as session:
        dashboard = await get_dashboard(session, request.match_info["public_id"])
    check_may_open(
        user.public_id,
        user.role,
        owner=dashboard.user_public_id,
        is_global=dashboard.is_global,
    )
    return answer(DashboardOut.model_validate(dashboard))


@operation(body=DashboardPatch, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Rename a dashboard, or let all see it."""
    values = read_body(request, DashboardPatch).model_dump(exclude_unset=True)
    public_id, user = request.match_info["public_id"], request[USER]
    dashboard = await write(
        request,
        lambda session: update_dashboard(session, public_id, user, values=values, at_ms=now_ms()),
    )
    request.app[BOARDS].forget(public_id)
    return done(f"The dashboard “{dashboard.name}” was changed.")


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Remove a dashboard and its widgets."""
    public_id, user = request.match_info["public_id"], request[USER]
    dashboard = await write(request, lambda session: delete_dashboard(session, public_id, user))
    request.app[BOARDS].forget(public_id)
    return done(f"The dashboard “{dashboard.name}” was removed.")


@operation(body=WidgetIn, returns=WidgetOut, status=201)
async def create_widget(request: web.Request) -> web.Response:
    """Put a widget onto a dashboard."""
    values = read_body(request, WidgetIn).model_dump()
    public_id, user = request.match_info["public_id"], request[USER]
    widget = await write(
        request, lambda session: add_widget(session, public_id, user, at_ms=now_ms(), **values)
    )
    request.app[BOARDS].forget(public_id)
    return answer(WidgetOut.model_validate(widget), status=201)


@operation(body=WidgetPatch, returns=StatusOut)
async def change_widget(request: web.Request) -> web.Response:
    """Change any part of a widget but its kind."""
    values = read_body(request, WidgetPatch).model_dump(exclude_unset=True)
    place, user = _place(request), request[USER]
    widget = await write(
        request,
        lambda session: update_widget(session, place, user, values=values, at_ms=now_ms()),
    )
    request.app[BOARDS].forget(place[0])
    return done(f"The widget “{widget.title}” was changed.")


@operation(returns=StatusOut)
async def delete_widget(request: web.Request) -> web.Response:
    """Take a widget off its dashboard."""
    place, user = _place(request), request[USER]
    widget = await write(
        request, lambda session: remove_widget(session, place, user, at_ms=now_ms())
    )
    request.app[BOARDS].forget(place[0])
    return done(f"The widget “{widget.title}” was removed.")


def _place(request: web.Request) -> tuple[str, str]:
    return request.match_info["public_id"], request.match_info["widget_id"]
