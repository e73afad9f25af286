"""Queries on the tables `dashboards` and `dashboard_widgets`."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from webmacs_edge.model.dashboards import check_may_change, check_place
from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.store.events import get_event
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import Dashboard, DashboardWidget, User

MAX_DASHBOARDS = 1000
MAX_WIDGETS = 100  # of one dashboard


async def list_dashboards(
    session: AsyncSession, *, visible_to: str | None, page: int, page_size: int
) -> Page[Dashboard]:
    """One page with the widgets, newest first: those of this user and those for all.

    None: everybody's.
    """
    query = select(Dashboard).options(selectinload(Dashboard.widgets))
    if visible_to is not None:
        query = query.where(or_(Dashboard.is_global, Dashboard.user_public_id == visible_to))
    ordered = query.order_by(Dashboard.created_on_ms.desc(), Dashboard.id.desc())
    return await read_page(session, ordered, page=page, page_size=page_size)


async def get_dashboard(session: AsyncSession, public_id: str) -> Dashboard:
    """The dashboard with this public id, and its widgets."""
    query = select(Dashboard).where(Dashboard.public_id == public_id)
    dashboard = await session.scalar(query.options(selectinload(Dashboard.widgets)))
    if dashboard is None:
        raise NotFoundError(text("There is no dashboard {public_id}.", public_id=public_id))
    return dashboard


async def get_own_dashboard(session: AsyncSession, public_id: str, user: User) -> Dashboard:
    """The dashboard, for somebody who wants to change it; NotAllowedError unless they may."""
    dashboard = await get_dashboard(session, public_id)
    check_may_change(user.public_id, user.role, owner=dashboard.user_public_id)
    return dashboard


async def create_dashboard(
    session: AsyncSession, *, name: str, is_global: bool, at_ms: int, user_public_id: str | None
) -> Dashboard:
    """Store an empty dashboard under a fresh public id."""
    if (await session.scalar(select(func.count(Dashboard.id))) or 0) >= MAX_DASHBOARDS:
        raise ConflictError(
            text(
                "There are {max_dashboards} dashboards already. Remove one that nobody needs.",
                max_dashboards=MAX_DASHBOARDS,
            )
        )
    dashboard = Dashboard(
        public_id=str(uuid4()),
        name=name,
        is_global=is_global,
        created_on_ms=at_ms,
        user_public_id=user_public_id,
        widgets=[],
    )
    session.add(dashboard)
    await session.flush()
    return dashboard


async def update_dashboard(
    session: AsyncSession, public_id: str, user: User, *, values: Mapping[str, Any]
) -> Dashboard:
    """Change its name, or whether all may see it."""
    dashboard = await get_own_dashboard(session, public_id, user)
    for name, value in values.items():
        setattr(dashboard, name, value)
    await session.flush()
    return dashboard


async def delete_dashboard(session: AsyncSession, public_id: str, user: User) -> Dashboard:
    """Remove it with its widgets; returns it as it was."""
    dashboard = await get_own_dashboard(session, public_id, user)
    await session.delete(dashboard)
    await session.flush()
    return dashboard


async def add_widget(
    session: AsyncSession, dashboard_public_id: str, user: User, **values: Any
) -> DashboardWidget:
    """Put a widget onto a dashboard; `values` are its columns."""
    dashboard = await get_own_dashboard(session, dashboard_public_id, user)
    if len(dashboard.widgets) >= MAX_WIDGETS:
        raise ConflictError(
            text(
                "This dashboard has {max_widgets} widgets already. Remove some, or make another "
                "one.",
                max_widgets=MAX_WIDGETS,
            )
        )
    if values.get("event_public_id") is not None:
        await get_event(session, values["event_public_id"])
    check_place(values["x"], values["w"])
    widget = DashboardWidget(public_id=str(uuid4()), dashboard_id=dashboard.id, **values)
    session.add(widget)
    await session.flush()
    return widget


async def update_widget(
    session: AsyncSession,
    place: tuple[str, str],
    user: User,
    *,
    values: Mapping[str, Any],
) -> DashboardWidget:
    """Change columns of a widget; `place` is the dashboard's public id and its own.

    A widget of a channel that was removed since may keep it.
    """
    widget = _widget(await get_own_dashboard(session, place[0], user), place[1])
    channel = values.get("event_public_id", widget.event_public_id)
    if channel is not None and channel != widget.event_public_id:
        await get_event(session, channel)
    for name, value in values.items():
        setattr(widget, name, value)
    check_place(widget.x, widget.w)
    await session.flush()
    return widget


async def remove_widget(
    session: AsyncSession, place: tuple[str, str], user: User
) -> DashboardWidget:
    """Take a widget off its dashboard; returns it as it was."""
    widget = _widget(await get_own_dashboard(session, place[0], user), place[1])
    await session.delete(widget)
    await session.flush()
    return widget


def _widget(dashboard: Dashboard, public_id: str) -> DashboardWidget:
    found = next((one for one in dashboard.widgets if one.public_id == public_id), None)
    if found is None:
        raise NotFoundError(
            text("There is no widget {public_id} on this dashboard.", public_id=public_id)
        )
    return found
