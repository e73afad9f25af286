"""Queries on the table `dashboard_widgets`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.dashboards import check_place
from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.grids import Place
from webmacs_edge.model.text import text
from webmacs_edge.store.dashboards import get_own_dashboard, mark_changed
from webmacs_edge.store.events import get_event
from webmacs_edge.store.tables import Dashboard, DashboardWidget, Event, User

MAX_WIDGETS = 100  # of one dashboard
_KEPT = (
    "public_id", "widget_type", "title", "event_public_id", "x", "y", "w", "h", "config_json",
)  # fmt: skip

Row = dict[str, Any]  # the columns of one widget


def rows_of(dashboard: Dashboard) -> list[Row]:
    """What its widgets are, to put them back later or somewhere else."""
    return [{name: getattr(widget, name) for name in _KEPT} for widget in dashboard.widgets]


async def add_widget(
    session: AsyncSession,
    dashboard_public_id: str,
    user: User,
    *,
    at_ms: int,
    seen_ms: int | None = None,
    **values: Any,
) -> DashboardWidget:
    """Put a widget onto a dashboard; `values` are its columns."""
    dashboard = await get_own_dashboard(session, dashboard_public_id, user, seen_ms=seen_ms)
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
    mark_changed(dashboard, at_ms)
    await session.flush()
    return widget


async def add_widgets(session: AsyncSession, dashboard: Dashboard, rows: Iterable[Row]) -> None:
    """Fill a dashboard that is being made; channels that are not here are left out."""
    known = set(await session.scalars(select(Event.public_id)))
    for row in rows:
        channel = row.get("event_public_id")
        kept = {**row, "event_public_id": channel if channel in known else None}
        kept["public_id"] = str(uuid4())
        session.add(DashboardWidget(dashboard_id=dashboard.id, **kept))
    await session.flush()


async def update_widget(
    session: AsyncSession,
    place: tuple[str, str],
    user: User,
    *,
    values: Mapping[str, Any],
    at_ms: int,
    seen_ms: int | None = None,
) -> DashboardWidget:
    """Change columns of a widget; `place` is the dashboard's public id and its own.

    A widget of a channel that was removed since may keep it.
    """
    dashboard = await get_own_dashboard(session, place[0], user, seen_ms=seen_ms)
    widget = find_widget(dashboard, place[1])
    channel = values.get("event_public_id", widget.event_public_id)
    if channel is not None and channel != widget.event_public_id:
        await get_event(session, channel)
    for name, value in values.items():
        setattr(widget, name, value)
    check_place(widget.x, widget.w)
    mark_changed(dashboard, at_ms)
    await session.flush()
    return widget


async def remove_widget(
    session: AsyncSession,
    place: tuple[str, str],
    user: User,
    *,
    at_ms: int,
    seen_ms: int | None = None,
) -> DashboardWidget:
    """Take a widget off its dashboard; returns it as it was."""
    dashboard = await get_own_dashboard(session, place[0], user, seen_ms=seen_ms)
    widget = find_widget(dashboard, place[1])
    await session.delete(widget)
    mark_changed(dashboard, at_ms)
    await session.flush()
    return widget


async def move_widgets(
    session: AsyncSession,
    public_id: str,
    user: User,
    *,
    places: Mapping[str, Place],
    at_ms: int,
) -> None:
    """Put widgets where `places` says; those that it does not name stay."""
    dashboard = await get_own_dashboard(session, public_id, user)
    for widget in dashboard.widgets:
        place = places.get(widget.public_id)
        if place is not None:
            widget.x, widget.y, widget.w, widget.h = place.x, place.y, place.w, place.h
    mark_changed(dashboard, at_ms)
    await session.flush()


async def replace_widgets(
    session: AsyncSession,
    public_id: str,
    user: User,
    *,
    rows: Sequence[Row],
    at_ms: int,
    seen_ms: int,
) -> Dashboard:
    """Make the widgets of a dashboard those of `rows`, under the same public ids."""
    dashboard = await get_own_dashboard(session, public_id, user, seen_ms=seen_ms)
    known, wanted = (
        {it.public_id: it for it in dashboard.widgets},
        {row["public_id"] for row in rows},
    )
    for name, widget in known.items():
        if name not in wanted:
            await session.delete(widget)
    for row in rows:
        kept = known.get(row["public_id"])
        if kept is None:
            session.add(DashboardWidget(dashboard_id=dashboard.id, **row))
            continue
        for name, value in row.items():
            if getattr(kept, name) != value:
                setattr(kept, name, value)
    mark_changed(dashboard, at_ms)
    await session.flush()
    return dashboard


def find_widget(dashboard: Dashboard, public_id: str) -> DashboardWidget:
    """The widget with this public id; NotFoundError when it is not on this dashboard."""
    found = next((one for one in dashboard.widgets if one.public_id == public_id), None)
    if found is None:
        raise NotFoundError(
            text("There is no widget {public_id} on this dashboard.", public_id=public_id)
        )
    return found
