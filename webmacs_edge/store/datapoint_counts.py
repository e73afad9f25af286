"""Queries that tell about how many samples the history holds, without reading them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Double, Select, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.times import DAY_MS
from webmacs_edge.store.history_rows import LONGEST_CHUNK_MS
from webmacs_edge.store.history_tables import CHUNKS

COUNTED_MS = 2 * DAY_MS  # longer ranges are estimated from a few chunks of each channel


async def estimate_samples(
    session: AsyncSession, channels: Sequence[int], *, from_ms: int, to_ms: int
) -> int:
    """About how many sealed samples there are in [from_ms, to_ms)."""
    if to_ms - from_ms <= COUNTED_MS:
        return round(await session.scalar(_sum(channels, from_ms, to_ms)) or 0)
    rows = await session.execute(_probe(channels, from_ms, to_ms))
    total = 0.0
    for row in rows:
        known = [size for size in row[1:] if size is not None]
        total += row.chunks * sum(known) / max(len(known), 1)
    return round(total)


def _sum(channels: Sequence[int], from_ms: int, to_ms: int) -> Select[tuple[float]]:
    """The sizes of all chunks; of those at the edges only the part within."""
    t0, t1 = CHUNKS.c.t0, CHUNKS.c.t1
    start = case((t0 < from_ms, from_ms), else_=t0)
    end = case((t1 >= to_ms, to_ms), else_=t1 + 1)
    part = cast(end - start, Double) / (t1 + 1 - t0)
    return (
        select(func.sum(CHUNKS.c.n * part))
        .where(CHUNKS.c.channel.in_(channels), t0 >= from_ms - LONGEST_CHUNK_MS)
        .where(t0 < to_ms, t1 >= from_ms)
    )


def _probe(channels: Sequence[int], from_ms: int, to_ms: int) -> Select[tuple[Any, ...]]:
    """Per channel the number of chunks, from the index alone, and the sizes of a few."""
    t0 = CHUNKS.c.t0
    counts = (
        select(CHUNKS.c.channel, func.count().label("chunks"))
        .where(CHUNKS.c.channel.in_(channels), t0 >= from_ms, t0 < to_ms)
        .group_by(CHUNKS.c.channel)
        .subquery()
    )

    def size_after(at_ms: int) -> ColumnElement[int]:
        near = CHUNKS.alias()
        found = (
            select(near.c.n)
            .where(near.c.channel == counts.c.channel, near.c.t0 >= at_ms, near.c.t0 < to_ms)
            .order_by(near.c.t0)
            .limit(1)
        )
        return found.correlate(counts).scalar_subquery()

    span_ms = to_ms - from_ms
    places = [from_ms + span_ms * part // 8 for part in (0, 1, 3, 5, 7)]
    return select(counts.c.chunks, *(size_after(at_ms) for at_ms in places))
