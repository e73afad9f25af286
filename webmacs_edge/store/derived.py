"""Queries on derived channels: rows of `events` with a formula."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.channels import DERIVED_GROUP
from webmacs_edge.model.words import EventType
from webmacs_edge.store.events import create_event, update_event
from webmacs_edge.store.tables import Event


async def create_derived(session: AsyncSession, *, at_ms: int, **values: Any) -> Event:
    """A new derived channel; `values` are its columns, the formula with public ids."""
    return await create_event(
        session, at_ms=at_ms, type=EventType.sensor, group_name=DERIVED_GROUP, **values
    )


async def update_derived(session: AsyncSession, public_id: str, **values: Any) -> Event:
    """Change a derived channel."""
    return await update_event(session, public_id, values=values)
