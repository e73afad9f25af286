"""Queries that look at every row of the history, for whoever checks its checksums."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.store.database import Database
from webmacs_edge.store.history_rows import Chunk, Rollup
from webmacs_edge.store.history_tables import CHUNKS, ROLLUPS

MOST_FAULTS = 20
_CHUNK = tuple(CHUNKS.c[name] for name in Chunk._fields)
_ROLLUP = tuple(ROLLUPS.c[name] for name in Rollup._fields)


class Key(NamedTuple):
    """Which chunk."""

    channel: int
    t0: int


async def count_chunks(session: AsyncSession) -> int:
    """How many chunks there are."""
    return await session.scalar(select(func.count()).select_from(CHUNKS)) or 0


async def next_keys(session: AsyncSession, after: Key, *, limit: int) -> list[Key]:
    """The keys of the chunks that follow, of one channel; read from the index alone."""
    channel: int | None = after.channel
    t0 = after.t0
    while channel is not None:
        mine = (CHUNKS.c.channel == channel, CHUNKS.c.t0 > t0)
        rows = await session.scalars(
            select(CHUNKS.c.t0).where(*mine).order_by(CHUNKS.c.t0).limit(limit)
        )
        keys = [Key(channel, found) for found in rows]
        if keys:
            return keys
        channel = await session.scalar(
            select(func.min(CHUNKS.c.channel)).where(CHUNKS.c.channel > channel)
        )
        t0 = -(2**62)
    return []


async def chunks_by_key(session: AsyncSession, first: Key, last: Key) -> list[Chunk]:
    """The chunks of one channel from one key to another."""
    rows = await session.execute(
        select(*_CHUNK)
        .where(CHUNKS.c.channel == first.channel)
        .where(CHUNKS.c.t0 >= first.t0, CHUNKS.c.t0 <= last.t0)
    )
    return [Chunk(*row) for row in rows]


async def rollups_by_key(session: AsyncSession, first: Key, last: Key) -> list[Rollup]:
    """The rollups of one channel from one key to another."""
    rows = await session.execute(
        select(*_ROLLUP)
        .where(ROLLUPS.c.channel == first.channel)
        .where(ROLLUPS.c.t0 >= first.t0, ROLLUPS.c.t0 <= last.t0)
    )
    return [Rollup(*row) for row in rows]


async def replace_rollups(session: AsyncSession, rollups: Sequence[Rollup]) -> None:
    """Put these rollups in the place of those with their keys."""
    for rollup in rollups:
        mine = (ROLLUPS.c.channel == rollup.channel, ROLLUPS.c.t0 == rollup.t0)
        await session.execute(delete(ROLLUPS).where(*mine))
        await session.execute(insert(ROLLUPS).values(**rollup._asdict()))


async def file_faults(database: Database) -> list[str]:
    """What SQLite finds wrong with the file; nothing is asked of PostgreSQL."""
    if not database.is_sqlite:
        return []
    async with database.read() as session:
        rows = await session.scalars(text(f"PRAGMA integrity_check({MOST_FAULTS})"))
        return [str(row) for row in rows if row != "ok"]
