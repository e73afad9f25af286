"""Queries of the archive on PostgreSQL, which a spool feeds."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.store.datapoints import read_latest_chunks
from webmacs_edge.store.history_rows import LONGEST_CHUNK_MS
from webmacs_edge.store.history_tables import CHUNKS, JOURNAL, ROLLUPS
from webmacs_edge.store.spool import (
    JournalKey,
    Key,
    Load,
    Row,
    Snapshot,
    insert_rows,
    key_of,
    keyed,
    rows_of,
)

_OURS = """
    unnest(CAST(:channels AS integer[]), CAST(:starts AS bigint[]), CAST(:ends AS bigint[]))
    AS ours(channel, t0, t1)
"""
_OVERLAPPING = text(
    "SELECT ours.channel, ours.t0, datapoints.t0, datapoints.data "  # noqa: S608 our own text
    f"FROM {_OURS} JOIN datapoints ON datapoints.channel = ours.channel "
    "AND datapoints.t0 > ours.t0 - CAST(:longest AS bigint) "
    "AND datapoints.t0 <= ours.t1 AND datapoints.t1 >= ours.t0"
)
_SUMMED = text(
    f"SELECT ours.channel, ours.t0 FROM {_OURS} "  # noqa: S608 our own text
    "JOIN datapoints_rollup ON datapoints_rollup.channel = ours.channel "
    "AND datapoints_rollup.t0 = ours.t0"
)


async def store_snapshot(
    session: AsyncSession,
    found: Snapshot,
    *,
    known: Set[JournalKey],
    cleared: Set[Key] = frozenset(),
) -> list[Key]:
    """Put it into the archive, where it lacks that; its copy of the journal holds `known`.

    Returns the keys of chunks that were left out because others cover a part of their time, but
    for those that were `cleared`.
    """
    others = await _find_others(session, found.load)
    taken = others.at_key | (others.in_time - cleared)
    skipped = taken | others.same
    for table, rows in ((CHUNKS, found.load.chunks), (ROLLUPS, found.load.rollups)):
        await insert_rows(session, table, [row for row in rows if key_of(row) not in skipped])
    if found.is_complete and not taken:
        old = sorted(row_id for row_id, _ in known - found.journal)
        await session.execute(delete(JOURNAL).where(JOURNAL.c.id.in_(old)))
        await insert_rows(session, JOURNAL, found.new_rows)
    return sorted(taken)


@dataclass(frozen=True, slots=True)
class _Others:
    """Which of our chunks the archive has, and which would meet something else there."""

    same: set[Key]
    at_key: set[Key]
    in_time: set[Key]


async def _find_others(session: AsyncSession, load: Load) -> _Others:
    data = {key_of(row): row["data"] for row in load.chunks}
    rows = await _overlapping(session, load) if data else []
    same = {(c, t0) for c, t0, other_t0, other in rows if t0 == other_t0 and data[c, t0] == other}
    summed = await _summed(session, load) if data else []
    at_key = {(c, t0) for c, t0, other_t0, _ in rows if t0 == other_t0}
    at_key |= {(channel, t0) for channel, t0 in summed}
    in_time = {(channel, t0) for channel, t0, _, _ in rows}
    return _Others(same, at_key - same, in_time - same)


async def _overlapping(session: AsyncSession, load: Load) -> Sequence[Any]:
    """Our channel and t0, with t0 and data of each chunk of the archive that shares its time."""
    given = {**_arrays(load), "longest": LONGEST_CHUNK_MS}
    return (await session.execute(_OVERLAPPING, given)).all()


async def _summed(session: AsyncSession, load: Load) -> Sequence[Any]:
    """Our channel and t0 where the archive has a rollup; it may have outlived its chunk."""
    return (await session.execute(_SUMMED, _arrays(load))).all()


def _arrays(load: Load) -> dict[str, Any]:
    """Keys as arrays: one short statement, however many they are."""
    return {
        "channels": [row["channel"] for row in load.chunks],
        "starts": [row["t0"] for row in load.chunks],
        "ends": [row["t1"] for row in load.chunks],
    }


async def newest_load(session: AsyncSession) -> Load:
    """The chunk of every channel that ends last."""
    keys = [(chunk.channel, chunk.t0) for chunk in await read_latest_chunks(session)]
    tables: list[Sequence[Row]] = []
    for table in (CHUNKS, ROLLUPS):
        tables.append(await rows_of(session, select(table).where(keyed(table, keys))))
    return Load(*tables)
