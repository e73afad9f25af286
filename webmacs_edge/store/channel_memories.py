"""Queries on the `channel_memories` table: what formulas remember over a restart."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.store.tables import ChannelMemory, Event


async def read_channel_memories(session: AsyncSession) -> dict[int, tuple[Any, int]]:
    """What the formula of each channel knew, and when (UTC ms)."""
    rows = await session.scalars(select(ChannelMemory))
    return {row.event_id: (json.loads(row.state_json), row.changed_on_ms) for row in rows}


async def put_channel_memories(
    session: AsyncSession, memories: Mapping[int, Any], *, at_ms: int
) -> None:
    """Store what has changed; of a channel that was removed nothing."""
    present = set(await session.scalars(select(Event.id).where(Event.id.in_(memories))))
    for event_id in memories.keys() & present:
        state = json.dumps(memories[event_id])
        row = await session.get(ChannelMemory, event_id)
        if row is None:
            session.add(ChannelMemory(event_id=event_id, state_json=state, changed_on_ms=at_ms))
        else:
            row.state_json, row.changed_on_ms = state, at_ms
