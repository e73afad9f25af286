"""Queries on the table `dashboards`; those on the widgets are in `dashboard_widgets`."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from webmacs_edge.model.dashboards import check_may_change
from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import Dashboard, User

MAX_DASHBOARDS = 1000


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


async def get_own_dashboard(
    session: AsyncSession, public_id: str, user: User, *, seen_ms: int | None = None
) -> Dashboard:
    """The dashboard, for somebody who wants to change it; NotAllowedError unless they may.

    `seen_ms` is the state that they look at: ConflictError when it was changed since.
    """
    dashboard = await get_dashboard(session, public_id)
    check_may_change(user.public_id, user.role, owner=dashboard.user_public_id)
    if seen_ms is not None and seen_ms != dashboard.updated_on_ms:
        raise ConflictError(
            text(
                "Somebody else has changed this dashboard meanwhile. It is shown as it is now: "
                "look at it and change it again."
            )
        )
    return dashboard


def mark_changed(dashboard: Dashboard, at_ms: int) -> None:
    """Note when it was changed; a later change always has a later stamp."""
    dashboard.updated_on_ms = max(at_ms, dashboard.updated_on_ms + 1)


async def create_dashboard(
    session: AsyncSession,
    *,
    name: str,
    is_global: bool,
    at_ms: int,
    user_public_id: str | None,
    description: str = "",
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
        description=description,
        created_on_ms=at_ms,
        updated_on_ms=at_ms,
        user_public_id=user_public_id,
        widgets=[],
    )
    session.add(dashboard)
    await session.flush()
    return dashboard


async def update_dashboard(
    session: AsyncSession,
    public_id: str,
    user: User,
    *,
    values: Mapping[str, Any],
    at_ms: int,
    seen_ms: int | None = None,
) -> Dashboard:
    """Change its name, what it is for, or whether all may see it."""
    dashboard = await get_own_dashboard(session, public_id, user, seen_ms=seen_ms)
    mark_changed(dashboard, at_ms)
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
