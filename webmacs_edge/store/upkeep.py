"""Queries that remove what retention no longer keeps, and that measure what is left."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import CTE, Table, bindparam, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.store.history_tables import CHUNKS, ROLLUPS

LONG_AGO = -(2**62)
_ROLLUP_BYTES = 60  # of a row without its envelope


class Stored(NamedTuple):
    """What is known of a chunk, or of a rollup, without reading its data."""

    channel: int
    t0: int
    t1: int
    n: int
    bytes: int


class FileUse(NamedTuple):
    """How much of a database is in use, and how much room it has before it must grow."""

    used_bytes: int
    spare_bytes: int


class Oldest(NamedTuple):
    """Where the history begins; None: there is nothing sealed yet."""

    chunk_ms: int | None
    rollup_ms: int | None


async def oldest_stored(session: AsyncSession) -> Oldest:
    """The first stamp of all chunks and of all rollups, by a look at the index per channel."""
    hop = _channel_hop()
    firsts = [
        select(func.min(table.c.t0)).where(table.c.channel == hop.c.channel).scalar_subquery()
        for table in (CHUNKS, ROLLUPS)
    ]
    found = await session.execute(select(*(func.min(first) for first in firsts)))
    row = found.one()
    return Oldest(row[0], row[1])


async def stored_channels(session: AsyncSession) -> list[int]:
    """The key of every channel that has a rollup, found by hopping over the index."""
    hop = _channel_hop()
    rows = await session.scalars(select(hop.c.channel).where(hop.c.channel.is_not(None)))
    return list(rows)


def _channel_hop() -> CTE:
    first = select(func.min(ROLLUPS.c.channel).label("channel")).cte("hop", recursive=True)
    following = select(func.min(ROLLUPS.c.channel)).where(ROLLUPS.c.channel > first.c.channel)
    return first.union_all(
        select(following.correlate(first).scalar_subquery()).where(first.c.channel.is_not(None))
    )


async def chunks_within(
    session: AsyncSession, channels: Sequence[int], *, from_ms: int, to_ms: int, limit: int
) -> list[Stored]:
    """Some chunks of these channels that lie within [from_ms, to_ms), in no order."""
    return await _within(session, CHUNKS, channels, from_ms, to_ms, limit)


async def rollups_within(
    session: AsyncSession, channels: Sequence[int], *, from_ms: int, to_ms: int, limit: int
) -> list[Stored]:
    """Some rollups of these channels that lie within [from_ms, to_ms), in no order."""
    return await _within(session, ROLLUPS, channels, from_ms, to_ms, limit)


async def _within(  # noqa: PLR0917 one query of two tables
    session: AsyncSession,
    table: Table,
    channels: Sequence[int],
    from_ms: int,
    to_ms: int,
    limit: int,
) -> list[Stored]:
    column = table.c.data if table is CHUNKS else table.c.env
    size = func.coalesce(func.length(column), 0) + (0 if table is CHUNKS else _ROLLUP_BYTES)
    rows = await session.execute(
        select(table.c.channel, table.c.t0, table.c.t1, table.c.n, size)
        .where(table.c.channel.in_(channels))
        .where(table.c.t0 >= from_ms, table.c.t0 < to_ms, table.c.t1 < to_ms)
        .limit(limit)
    )
    return [Stored(*row) for row in rows]


async def delete_chunks(session: AsyncSession, doomed: Sequence[Stored]) -> None:
    """Remove these chunks; their rollups stay."""
    await _delete(session, CHUNKS, doomed)


async def delete_rollups(session: AsyncSession, doomed: Sequence[Stored]) -> None:
    """Remove these rollups."""
    await _delete(session, ROLLUPS, doomed)


async def _delete(session: AsyncSession, table: Table, doomed: Sequence[Stored]) -> None:
    one = delete(table).where(
        table.c.channel == bindparam("its_channel"), table.c.t0 == bindparam("its_t0")
    )
    connection = await session.connection()
    await connection.execute(
        one, [{"its_channel": channel, "its_t0": t0} for channel, t0, *_ in doomed]
    )


async def oldest_chunk_t0(
    session: AsyncSession, channels: Sequence[int], *, from_ms: int, to_ms: int
) -> int | None:
    """The t0 of the oldest chunk within [from_ms, to_ms)."""
    oldest = (
        select(func.min(CHUNKS.c.t0).label("t0"))
        .where(CHUNKS.c.channel.in_(channels))
        .where(CHUNKS.c.t0 >= from_ms, CHUNKS.c.t0 < to_ms, CHUNKS.c.t1 < to_ms)
        .group_by(CHUNKS.c.channel)
        .subquery()
    )
    t0: int | None = await session.scalar(select(func.min(oldest.c.t0)))
    return t0


async def measure_use(session: AsyncSession) -> FileUse:
    """What the history takes; the file of SQLite keeps its size, and uses freed room again."""
    if session.get_bind().dialect.name != "sqlite":
        sizes = (func.sum(func.length(CHUNKS.c.data)), func.sum(func.length(ROLLUPS.c.env)))
        taken = [await session.scalar(select(size)) or 0 for size in sizes]
        return FileUse(sum(taken), 0)
    pages = await session.scalar(text("PRAGMA page_count")) or 0
    spare = await session.scalar(text("PRAGMA freelist_count")) or 0
    size = await session.scalar(text("PRAGMA page_size")) or 0
    return FileUse((pages - spare) * size, spare * size)
