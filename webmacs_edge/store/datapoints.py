"""Queries on the tables of the history."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    CursorResult,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from webmacs_edge.model.errors import StoreDamagedError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import HOUR_MS, MINUTE_MS
from webmacs_edge.store.database import Database
from webmacs_edge.store.history_tables import CHUNKS, JOURNAL, METADATA, ROLLUPS
from webmacs_edge.store.history_upgrade import NEWEST, upgrade_history

# A chunk spans at most an hour; its t0 may lie a few ms before its first sample.
LONGEST_CHUNK_MS = HOUR_MS + MINUTE_MS
CHECKED_WHOLE_BYTES = 256 * 2**20  # reading more than that would delay the start


class Chunk(NamedTuple):
    """A row of `datapoints`."""

    channel: int
    t0: int
    t1: int
    n: int
    data: bytes


class Rollup(NamedTuple):
    """A row of `datapoints_rollup`."""

    channel: int
    t0: int
    t1: int
    n: int
    vmin: float
    vmax: float
    vsum: float
    vlast: float
    worst: int
    env: bytes | None = None  # by minutes; None in old rows and where one minute holds all


class JournalRow(NamedTuple):
    """A row of `datapoints_journal`."""

    id: int
    t1: int
    data: bytes


_KEYS = 100  # named in one query
_CHUNK = tuple(CHUNKS.c[name] for name in Chunk._fields)
_ROLLUP = tuple(ROLLUPS.c[name] for name in Rollup._fields)
_MIXED = and_(ROLLUPS.c.n > 0, ROLLUPS.c.worst >= Quality.BAD.value)
_BRIEF_ROLLUP = (*_ROLLUP[:-1], case((_MIXED, ROLLUPS.c.env)).label("env"))
_JOURNAL = tuple(JOURNAL.c[name] for name in JournalRow._fields)


async def create_history_tables(database: Database) -> None:
    """Create what is missing of the history's tables; a file of an earlier release is changed."""
    if database.file is not None:
        await asyncio.to_thread(upgrade_history, database.file)

    def create_all(session: Session) -> None:
        METADATA.create_all(session.connection())
        for index in CHUNKS.indexes:  # PostgreSQL of an earlier release may lack them
            index.create(session.connection(), checkfirst=True)

    async def create(session: AsyncSession) -> None:
        await session.run_sync(create_all)
        if database.is_sqlite:
            await session.execute(text(f"PRAGMA user_version={NEWEST}"))

    await database.write(create)


async def check_history(database: Database) -> None:
    """StoreDamagedError when SQLite finds a fault; of a big file only the journal is read."""
    if not database.is_sqlite:
        return
    async with database.read() as session:
        pages = await session.scalar(text("PRAGMA page_count")) or 0
        size = await session.scalar(text("PRAGMA page_size")) or 0
        table = "" if pages * size <= CHECKED_WHOLE_BYTES else f"('{JOURNAL.name}')"
        verdict = await session.scalar(text(f"PRAGMA quick_check{table}"))
    if verdict != "ok":
        raise StoreDamagedError(f"The history file is damaged: {verdict}.")


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
    columns = _ROLLUP if with_env else _BRIEF_ROLLUP
    rows = await session.execute(
        select(*columns)
        .where(ROLLUPS.c.channel == channel, ROLLUPS.c.t0 >= oldest_t0)
        .where(ROLLUPS.c.t0 < to_ms, ROLLUPS.c.t1 >= from_ms)
        .order_by(ROLLUPS.c.t0)
        .limit(limit)
    )
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
    session: AsyncSession, channel: int, *, from_ms: int, to_ms: int, limit: int = 5000
) -> list[Rollup]:
    """Rollups that overlap [from_ms, to_ms) and whose chunk is gone, by t0."""
    chunk = select(CHUNKS.c.t0).where(
        CHUNKS.c.channel == ROLLUPS.c.channel, CHUNKS.c.t0 == ROLLUPS.c.t0
    )
    rows = await session.execute(
        select(*_ROLLUP)
        .where(ROLLUPS.c.channel == channel, ROLLUPS.c.t0 >= from_ms - LONGEST_CHUNK_MS)
        .where(ROLLUPS.c.t0 < to_ms, ROLLUPS.c.t1 >= from_ms, ~chunk.exists())
        .order_by(ROLLUPS.c.t0)
        .limit(limit)
    )
    return [Rollup(*row) for row in rows]


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
