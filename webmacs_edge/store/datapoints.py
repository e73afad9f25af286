"""Queries on the chunks and the journal of the history."""

from collections.abc import Sequence

from sqlalchemy import CursorResult, and_, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.store.history_rows import LONGEST_CHUNK_MS, Chunk, JournalRow, Rollup
from webmacs_edge.store.history_tables import CHUNKS, JOURNAL, ROLLUPS

_KEYS = 100  # named in one query
_CHUNK = tuple(CHUNKS.c[name] for name in Chunk._fields)
_JOURNAL = tuple(JOURNAL.c[name] for name in JournalRow._fields)


async def insert_journal(session: AsyncSession, *, t1: int, data: bytes) -> int:
    """Append a block to the journal; returns its id."""
    new_id = insert(JOURNAL).values(t1=t1, data=data).returning(JOURNAL.c.id)
    return int((await session.execute(new_id)).scalar_one())


async def read_journal(
    session: AsyncSession, *, after_id: int = 0, limit: int = 100
) -> list[JournalRow]:
    """The next blocks of the journal, in the order in which they were written."""
    rows = await session.execute(
        select(*_JOURNAL).where(JOURNAL.c.id > after_id).order_by(JOURNAL.c.id).limit(limit)
    )
    return [JournalRow(*row) for row in rows]


async def seal(
    session: AsyncSession,
    *,
    chunks: Sequence[Chunk],
    rollups: Sequence[Rollup],
    mark: bytes,
    keep_from_id: int | None,
) -> int:
    """Store chunks and their rollups, note in the journal that they are sealed, shorten it.

    Journal rows before `keep_from_id` go (None: all). Returns by how many rows it became longer.
    """
    await session.execute(insert(CHUNKS), [chunk._asdict() for chunk in chunks])
    await session.execute(insert(ROLLUPS), [rollup._asdict() for rollup in rollups])
    mark_id = await insert_journal(session, t1=max(chunk.t1 for chunk in chunks), data=mark)
    oldest = mark_id + 1 if keep_from_id is None else keep_from_id
    result = await session.execute(delete(JOURNAL).where(JOURNAL.c.id < oldest))
    assert isinstance(result, CursorResult)  # noqa: S101 narrows the type
    return 1 - result.rowcount


async def add_sealed(
    session: AsyncSession, *, chunks: Sequence[Chunk], rollups: Sequence[Rollup]
) -> None:
    """Store chunks and rollups where there are none under their keys (SQLite)."""
    for table, rows in ((CHUNKS, chunks), (ROLLUPS, rollups)):
        if rows:
            wanted = insert(table).prefix_with("OR IGNORE")
            await session.execute(wanted, [row._asdict() for row in rows])


async def replace_chunk(
    session: AsyncSession, old: Chunk, new: tuple[Chunk, Rollup] | None
) -> bool:
    """Put another chunk and rollup in the place of one (None: nothing); False when it is gone."""
    for table in (CHUNKS, ROLLUPS):
        result = await session.execute(
            delete(table).where(table.c.channel == old.channel, table.c.t0 == old.t0)
        )
        assert isinstance(result, CursorResult)  # noqa: S101 narrows the type
        if table is CHUNKS and not result.rowcount:
            return False
    if new is not None:
        await session.execute(insert(CHUNKS), [new[0]._asdict()])
        await session.execute(insert(ROLLUPS), [new[1]._asdict()])
    return True


async def has_chunk(session: AsyncSession, channel: int, t0: int) -> bool:
    """Whether a chunk with this key is stored, or the summary of one that is gone."""
    for table in (CHUNKS, ROLLUPS):
        found = select(table.c.n).where(table.c.channel == channel, table.c.t0 == t0)
        if await session.scalar(found) is not None:
            return True
    return False


async def read_chunks(
    session: AsyncSession,
    channel: int,
    *,
    from_ms: int,
    to_ms: int,
    after_t0: int | None = None,
    limit: int = 64,
) -> list[Chunk]:
    """Chunks that may hold samples of [from_ms, to_ms), by t0; continue with `after_t0`."""
    oldest_t0 = from_ms - LONGEST_CHUNK_MS
    if after_t0 is not None:
        oldest_t0 = max(oldest_t0, after_t0 + 1)
    rows = await session.execute(
        select(*_CHUNK)
        .where(CHUNKS.c.channel == channel, CHUNKS.c.t0 >= oldest_t0)
        .where(CHUNKS.c.t0 < to_ms, CHUNKS.c.t1 >= from_ms)
        .order_by(CHUNKS.c.t0)
        .limit(limit)
    )
    return [Chunk(*row) for row in rows]


async def read_chunks_of(
    session: AsyncSession,
    channels: Sequence[int],
    *,
    from_ms: int,
    to_ms: int,
    after: tuple[int, int] = (0, 0),
    limit: int,
) -> list[Chunk]:
    """Chunks of several channels that may hold samples of [from_ms, to_ms).

    In order of channel and t0; continue with `after`, the channel and t0 of the last one.
    """
    key = CHUNKS.c.channel
    rows = await session.execute(
        select(*_CHUNK)
        .where(key.in_(channels), or_(key > after[0], CHUNKS.c.t0 > after[1]))
        .where(CHUNKS.c.t0 >= from_ms - LONGEST_CHUNK_MS, CHUNKS.c.t0 < to_ms)
        .where(CHUNKS.c.t1 >= from_ms)
        .order_by(key, CHUNKS.c.t0)
        .limit(limit)
    )
    return [Chunk(*row) for row in rows]


async def read_chunks_before(session: AsyncSession, channel: int, at_ms: int) -> list[Chunk]:
    """The chunks one of which holds the newest sample before `at_ms`, newest first."""
    mine = (CHUNKS.c.channel == channel, CHUNKS.c.t0 < at_ms)
    newest_t0 = select(func.max(CHUNKS.c.t0)).where(*mine).scalar_subquery()
    rows = await session.execute(
        select(*_CHUNK)
        .where(*mine, CHUNKS.c.t0 > newest_t0 - LONGEST_CHUNK_MS)
        .order_by(CHUNKS.c.t0.desc())
    )
    return [Chunk(*row) for row in rows]


async def read_latest_chunks(session: AsyncSession) -> list[Chunk]:
    """The chunk of every channel that ends last, found by hopping over the index."""
    hop = select(func.min(CHUNKS.c.channel).label("channel")).cte("hop", recursive=True)
    following = select(func.min(CHUNKS.c.channel)).where(CHUNKS.c.channel > hop.c.channel)
    hop = hop.union_all(
        select(following.correlate(hop).scalar_subquery()).where(hop.c.channel.is_not(None))
    )
    newest = CHUNKS.alias("newest")
    last_t0 = select(func.max(newest.c.t0)).where(newest.c.channel == hop.c.channel)
    rows = await session.execute(
        select(CHUNKS.c.channel, CHUNKS.c.t0, CHUNKS.c.t1)
        .join(hop, CHUNKS.c.channel == hop.c.channel)
        .where(CHUNKS.c.t0 > last_t0.correlate(hop).scalar_subquery() - LONGEST_CHUNK_MS)
        .order_by(CHUNKS.c.t1)
    )
    last = {channel: t0 for channel, t0, _ in rows}  # a late chunk may begin later and end earlier
    keys = list(last.items())
    chunks: list[Chunk] = []
    for start in range(0, len(keys), _KEYS):
        mine = [
            and_(CHUNKS.c.channel == channel, CHUNKS.c.t0 == t0)  # SQLite scans with tuples
            for channel, t0 in keys[start : start + _KEYS]
        ]
        found = await session.execute(select(*_CHUNK).where(or_(*mine)))
        chunks += [Chunk(*row) for row in found]
    return chunks


async def read_chunks_at(session: AsyncSession, channel: int, starts: Sequence[int]) -> list[Chunk]:
    """The chunks of a channel with these keys, as far as they are there."""
    rows = await session.execute(
        select(*_CHUNK).where(CHUNKS.c.channel == channel, CHUNKS.c.t0.in_(starts))
    )
    return [Chunk(*row) for row in rows]


async def count_samples(
    session: AsyncSession, channels: Sequence[int], *, from_ms: int
) -> list[tuple[int, int, int]]:
    """Hours since 1970 in which chunks end, newest first, with their samples and chunks."""
    hour = (CHUNKS.c.t1 // HOUR_MS).label("hour")
    rows = await session.execute(
        select(hour, func.sum(CHUNKS.c.n), func.count())
        .where(CHUNKS.c.channel.in_(channels), CHUNKS.c.t1 >= from_ms)
        .group_by(hour)
        .order_by(hour.desc())
    )
    return [(int(hour), int(samples), int(chunks)) for hour, samples, chunks in rows]


async def read_chunks_ending(
    session: AsyncSession, channels: Sequence[int], *, from_ms: int, to_ms: int
) -> list[Chunk]:
    """The chunks of several channels that end within [from_ms, to_ms), in no order."""
    rows = await session.execute(
        select(*_CHUNK).where(
            CHUNKS.c.channel.in_(channels), CHUNKS.c.t1 >= from_ms, CHUNKS.c.t1 < to_ms
        )
    )
    return [Chunk(*row) for row in rows]
