"""Fills the RAM heads at start from what the store holds."""

import asyncio
import logging
from collections.abc import AsyncIterator

from webmacs_edge.history.chunks import ChunkError, decode_chunk, pick
from webmacs_edge.history.journal import LATE, Group, Mark, decode_groups, decode_marks
from webmacs_edge.history.recorder import Recorder
from webmacs_edge.history.runs import Last
from webmacs_edge.model.quality import Quality
from webmacs_edge.store.database import Database
from webmacs_edge.store.datapoints import read_journal, read_latest_chunks
from webmacs_edge.store.history_rows import Chunk, JournalRow

log = logging.getLogger(__name__)


async def replay(database: Database, recorder: Recorder) -> None:
    """Continue where the last process stopped: nothing journaled is missing, nothing doubled."""
    async with database.read() as session:
        chunks = await read_latest_chunks(session)
    lasts = await asyncio.to_thread(lambda: [_last_sample(chunk) for chunk in chunks])
    for chunk, last in zip(chunks, lasts, strict=True):
        recorder.head(chunk.channel).remember(chunk.t0, chunk.t1, last)
    marks, is_damaged = await _read_marks(database)
    if is_damaged:  # a mark may be among the lost: trust the stamps of the chunks instead
        log.error("A part of the history's journal is damaged; its samples are lost.")
    newest = {chunk.channel: chunk.t1 for chunk in chunks} if is_damaged else {}
    async for row, groups in _read_groups(database):
        recorder.journal_rows += 1
        new = [group for group in groups if not _is_stored(group, newest)]
        _append(recorder, marks, row=row, groups=new)
    recorder.lines.old = set(recorder.heads)


async def _read_marks(database: Database) -> tuple[dict[int, Mark], bool]:
    """Up to where each channel is sealed, and whether a row could not be read."""
    marks: dict[int, Mark] = {}
    is_damaged = False
    async for rows in _pages(database):
        for row in rows:
            try:
                found = decode_marks(row.data)
            except ChunkError:
                is_damaged = True
            else:
                marks.update({mark.stream: mark for mark in found})
    return marks, is_damaged


async def _read_groups(database: Database) -> AsyncIterator[tuple[int, list[Group]]]:
    async for rows in _pages(database):
        for row in rows:
            yield row.id, await asyncio.to_thread(_groups, row)


async def _pages(database: Database) -> AsyncIterator[list[JournalRow]]:
    last_id = 0
    while True:
        async with database.read() as session:
            rows = await read_journal(session, after_id=last_id)
        if not rows:
            return
        yield rows
        last_id = rows[-1].id


def _groups(row: JournalRow) -> list[Group]:
    try:
        return decode_groups(row.data)
    except ChunkError:
        return []


def _is_stored(group: Group, newest: dict[int, int]) -> bool:
    return group.stream in newest and int(group.samples.at_ms[-1]) <= newest[group.stream]


def _append(recorder: Recorder, marks: dict[int, Mark], *, row: int, groups: list[Group]) -> None:
    counts: dict[int, int] = {}
    for group in groups:
        before = counts.get(group.stream, 0)
        counts[group.stream] = count = before + len(group.samples.at_ms)
        mark = marks.get(group.stream, Mark(group.stream, 0, 0))
        if (row, count) <= (mark.row, mark.upto):
            continue
        sealed = max(0, mark.upto - before) if row == mark.row else 0
        rest = group._replace(samples=pick(group.samples, slice(sealed, None)))
        recorder.head(group.stream & ~LATE).replay(rest, row=row, count=count)


def _last_sample(chunk: Chunk) -> Last | None:
    try:
        samples, _ = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
    except ChunkError:
        return None
    at_ms, values, qualities = samples
    return int(at_ms[-1]), float(values[-1]), Quality(int(qualities[-1]))
