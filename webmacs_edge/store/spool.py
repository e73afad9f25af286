"""Queries of the spool: the box's own history, on its way to an archive on PostgreSQL.

Everything is recorded into the spool. What is sealed goes to the archive and leaves the spool, but
for the last chunk of each channel, which a start needs while the archive is silent.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import StoreError
from webmacs_edge.store.history_tables import CHUNKS, JOURNAL, KEPT, ORIGIN, ROLLUPS

Row = dict[str, Any]
Key = tuple[int, int]  # channel and t0 of a chunk
JournalKey = tuple[int, int]  # id and t1 of a row of the journal


@dataclass(frozen=True, slots=True)
class Load:
    """Chunks with their rollups, as whole rows."""

    chunks: Sequence[Row]
    rollups: Sequence[Row]

    @property
    def keys(self) -> list[Key]:
        """Channel and t0 of each chunk."""
        return [key_of(row) for row in self.chunks]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A spool at one moment: what the archive lacks, or the oldest part of it."""

    load: Load
    waiting: int  # chunks in all
    journal: Set[JournalKey]
    new_rows: Sequence[Row]  # of the journal; only together with the last of the chunks

    @property
    def is_complete(self) -> bool:
        """Whether the load holds all that waits."""
        return self.waiting == len(self.load.chunks)


async def read_origin(session: AsyncSession) -> str:
    """Which spool this is, or feeds this archive; "" when none has yet."""
    return await session.scalar(select(ORIGIN.c.spool_id)) or ""


async def write_origin(session: AsyncSession, spool_id: str) -> None:
    """Note it."""
    await session.execute(insert(ORIGIN).values(spool_id=spool_id))


async def read_load(session: AsyncSession, *, limit: int) -> Load:
    """The oldest chunks of the spool that the archive lacks."""
    waiting = _waiting(CHUNKS).order_by(CHUNKS.c.t0, CHUNKS.c.channel).limit(limit)
    keys = waiting.with_only_columns(CHUNKS.c.channel, CHUNKS.c.t0).subquery()
    mine = and_(ROLLUPS.c.channel == keys.c.channel, ROLLUPS.c.t0 == keys.c.t0)
    chunks = await rows_of(session, waiting)
    return Load(chunks, await rows_of(session, select(ROLLUPS).join(keys, mine)))


async def count_waiting(session: AsyncSession) -> int:
    """How many chunks of the spool the archive lacks."""
    return await session.scalar(select(func.count()).select_from(_waiting(CHUNKS).subquery())) or 0


async def snapshot(session: AsyncSession, *, known: Set[JournalKey], limit: int) -> Snapshot:
    """The spool at one moment; `known` are the rows of the journal that the archive has."""
    load = await read_load(session, limit=limit)
    waiting = await count_waiting(session)
    keys = await journal_keys(session)
    new = [row_id for row_id, _ in keys - known] if waiting <= limit else []
    found = select(JOURNAL).where(JOURNAL.c.id.in_(new)).order_by(JOURNAL.c.id)
    rows = await rows_of(session, found)
    return Snapshot(load, waiting=waiting, journal=keys, new_rows=rows)


async def forget_carried(session: AsyncSession, chunks: Sequence[Row]) -> None:
    """Drop from the spool what the archive has; of each channel the chunk that ends last stays."""
    carried = [(row["channel"], row["t0"], row["t1"]) for row in chunks]
    mine = KEPT.c.channel.in_({channel for channel, _, _ in carried})
    kept = await session.execute(select(KEPT.c.channel, KEPT.c.t0, KEPT.c.t1).where(mine))
    every = sorted([*carried, *(tuple(row) for row in kept)], key=lambda row: row[2])
    last = {channel: (channel, t0, t1) for channel, t0, t1 in every}
    gone = {(c, t0) for c, t0, _ in every} - {(c, t0) for c, t0, _ in last.values()}
    await session.execute(delete(KEPT).where(mine))
    await insert_rows(
        session, KEPT, ({"channel": c, "t0": t0, "t1": t1} for c, t0, t1 in last.values())
    )
    await drop_chunks(session, gone)


async def drop_chunks(session: AsyncSession, keys: Iterable[Key]) -> None:
    """Take chunks and their rollups out of the spool."""
    doomed = [{"its_channel": channel, "its_t0": t0} for channel, t0 in sorted(keys)]
    if not doomed:
        return
    connection = await session.connection()
    for table in (CHUNKS, ROLLUPS):
        mine = (table.c.channel == bindparam("its_channel"), table.c.t0 == bindparam("its_t0"))
        await connection.execute(delete(table).where(*mine), doomed)


async def replace_chunk(session: AsyncSession, key: Key, *rows: Row) -> None:
    """Put another chunk and its rollup in the place of those with this key."""
    await drop_chunks(session, [key])
    for table, row in zip((CHUNKS, ROLLUPS), rows, strict=True):
        await insert_rows(session, table, [row])


async def journal_keys(session: AsyncSession) -> set[JournalKey]:
    """Id and t1 of every row of the journal."""
    rows = await session.execute(select(JOURNAL.c.id, JOURNAL.c.t1))
    return {(row_id, t1) for row_id, t1 in rows}


async def adopt(session: AsyncSession, load: Load, *, kept: Load, spool_id: str) -> None:
    """Let this spool continue a lost one: `kept` is in the archive, `load` was about to be."""
    await write_origin(session, spool_id)
    mine = keyed(CHUNKS, map(key_of, kept.chunks))
    found = await session.execute(select(CHUNKS.c.channel, CHUNKS.c.t0).where(mine))
    here = {(channel, t0) for channel, t0 in found}
    chunks = [row for row in kept.chunks if key_of(row) not in here]
    rollups = [row for row in kept.rollups if key_of(row) not in here]
    await insert_rows(session, CHUNKS, [*chunks, *load.chunks])
    await insert_rows(session, ROLLUPS, [*rollups, *load.rollups])
    await forget_carried(session, chunks)


def keyed(table: Table, keys: Iterable[Key]) -> ColumnElement[bool]:
    """The rows with these keys."""
    columns = table.c
    return or_(  # SQLite scans with tuples
        false(), *(and_(columns.channel == key, columns.t0 == t0) for key, t0 in sorted(keys))
    )


async def rows_of(session: AsyncSession, query: Select[Any]) -> list[Row]:
    """Whole rows."""
    return [dict(row) for row in (await session.execute(query)).mappings()]


def _waiting(table: Table) -> Select[Any]:
    kept = and_(table.c.channel == KEPT.c.channel, table.c.t0 == KEPT.c.t0)
    return select(table).outerjoin(KEPT, kept).where(KEPT.c.t0.is_(None))


async def insert_rows(session: AsyncSession, table: Table, rows: Iterable[Row]) -> None:
    """Add rows; StoreError when somebody else was first."""
    given = list(rows)
    if not given:
        return
    try:
        await session.execute(insert(table), given)
    except IntegrityError as error:
        raise StoreError(
            "The database holds samples that somebody else wrote for this site. "
            "Give this appliance another WEBMACS_SITE_ID."
        ) from error


def key_of(row: Row) -> Key:
    """Channel and t0 of a chunk or a rollup."""
    return row["channel"], row["t0"]
