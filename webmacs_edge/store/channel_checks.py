"""Queries on the `channel_checks` table: only ever added to."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.text import text
from webmacs_edge.store.tables import ChannelCheck

MAX_CHECKS = 200  # of one channel


async def add_check(session: AsyncSession, event_public_id: str, **values: Any) -> ChannelCheck:
    """Store a check; `values` are its columns."""
    count = select(func.count()).where(ChannelCheck.event_public_id == event_public_id)
    if (await session.scalar(count) or 0) >= MAX_CHECKS:
        words = text(
            "This channel has {count} checks already; make a new channel for it.", count=MAX_CHECKS
        )
        raise ConflictError(words)
    check = ChannelCheck(public_id=str(uuid4()), event_public_id=event_public_id, **values)
    session.add(check)
    await session.flush()
    return check


async def latest_checks(session: AsyncSession) -> dict[str, ChannelCheck]:
    """The last check of each channel, by public id of the channel."""
    newest = select(func.max(ChannelCheck.id)).group_by(ChannelCheck.event_public_id)
    rows = await session.scalars(select(ChannelCheck).where(ChannelCheck.id.in_(newest)))
    return {row.event_public_id: row for row in rows}


async def list_checks(session: AsyncSession, event_public_id: str) -> Sequence[ChannelCheck]:
    """All checks of one channel, newest first."""
    query = (
        select(ChannelCheck)
        .where(ChannelCheck.event_public_id == event_public_id)
        .order_by(ChannelCheck.id.desc())
        .limit(MAX_CHECKS)
    )
    return (await session.scalars(query)).all()
