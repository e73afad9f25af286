"""Queries on the summaries of chunks."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.quality import Quality
from webmacs_edge.store.history_rows import LONGEST_CHUNK_MS, Rollup
from webmacs_edge.store.history_tables import CHUNKS, ROLLUPS

_ROLLUP = tuple(ROLLUPS.c[name] for name in Rollup._fields)
_MIXED = and_(ROLLUPS.c.n > 0, ROLLUPS.c.worst >= Quality.BAD.value)
_BRIEF_ROLLUP = (*_ROLLUP[:-1], case((_MIXED, ROLLUPS.c.env)).label("env"))


def _overlapping(*columns: ColumnElement[Any]) -> Select[Any]:
    """Made once: to put the query together takes longer than to answer it."""
    its = ROLLUPS.c
    return (
        select(*columns)
        .where(its.channel == bindparam("channel"), its.t0 >= bindparam("oldest_t0"))
        .where(its.t0 < bindparam("to_ms"), its.t1 >= bindparam("from_ms"))
        .order_by(its.t0)
        .limit(bindparam("limit"))
    )


_FULL_QUERY, _BRIEF_QUERY = _overlapping(*_ROLLUP), _overlapping(*_BRIEF_ROLLUP)


async def read_rollups(
    session: AsyncSession,
    channel: int,
    *,
    from_ms: int,
    to_ms: int,
    after_t0: int | None = None,
    limit: int = 5000,
    with_env: bool = True,
) -> list[Rollup]:
    """Rollups of chunks that overlap [from_ms, to_ms), by t0; continue with `after_t0`.

    Without `with_env` envelopes are given only where good and bad samples are mixed.
    """
    oldest_t0 = from_ms - LONGEST_CHUNK_MS
    if after_t0 is not None:
        oldest_t0 = max(oldest_t0, after_t0 + 1)
    rows = await session.execute(
        _FULL_QUERY if with_env else _BRIEF_QUERY,
        {
            "channel": channel, "oldest_t0": oldest_t0, "to_ms": to_ms, "from_ms": from_ms,
            "limit": limit,
        },
    )  # fmt: skip
    return [Rollup(*row) for row in rows]


async def merge_rollups(
    session: AsyncSession, channel: int, *, from_ms: int, to_ms: int, before_ms: int, columns: int
) -> list[Rollup]:
    """Rollups within [from_ms, before_ms), merged into the columns of [from_ms, to_ms), by time.

    Those without usable samples stay apart from the others.
    """
    its, column = ROLLUPS.c, (ROLLUPS.c.t0 - from_ms) * columns // (to_ms - from_ms)
    first, total = func.min(its.t0), cast(func.sum(its.n), BigInteger)
    numbers = func.min(its.vmin), func.max(its.vmax), func.sum(its.vsum), func.max(its.vlast)
    rows = await session.execute(
        select(its.channel, first, func.max(its.t1), total, *numbers, func.max(its.worst))
        .where(its.channel == channel, its.t0 >= from_ms, its.t0 < before_ms, its.t1 < before_ms)
        .group_by(its.channel, column, its.n > 0)
        .order_by(first)
    )
    return [Rollup(*row) for row in rows]


async def read_lone_rollups(
    session: AsyncSession, channels: Sequence[int], *, from_ms: int, to_ms: int, limit: int = 5000
) -> list[Rollup]:
    """Rollups of channels that overlap [from_ms, to_ms) and whose chunk is gone, by t0."""
    chunk = select(CHUNKS.c.t0).where(
        CHUNKS.c.channel == ROLLUPS.c.channel, CHUNKS.c.t0 == ROLLUPS.c.t0
    )
    rows = await session.execute(
        select(*_ROLLUP)
        .where(ROLLUPS.c.channel.in_(channels), ROLLUPS.c.t0 >= from_ms - LONGEST_CHUNK_MS)
        .where(ROLLUPS.c.t0 < to_ms, ROLLUPS.c.t1 >= from_ms, ~chunk.exists())
        .order_by(ROLLUPS.c.t0)
        .limit(limit)
    )
    return [Rollup(*row) for row in rows]
