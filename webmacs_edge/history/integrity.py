"""Reads chunks and rollups again and compares them with their checksums."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from webmacs_edge.history.chunks import ChunkError, Samples, decode_chunk
from webmacs_edge.history.days import is_damaged
from webmacs_edge.history.envelope import decode_envelope, encode_envelope
from webmacs_edge.history.journal import decode_groups
from webmacs_edge.history.sealing import rollup_of
from webmacs_edge.model.errors import StoreDamagedError
from webmacs_edge.store.database import Database
from webmacs_edge.store.datapoints import read_journal
from webmacs_edge.store.days import Day, days_after
from webmacs_edge.store.history_rows import Chunk, Rollup
from webmacs_edge.store.inspection import (
    Key,
    chunks_by_key,
    file_faults,
    next_keys,
    replace_rollups,
    rollups_by_key,
)

BEGINNING = Key(-1, 0)
BITE = 50  # chunks that are read at a time
DAYS_AT_ONCE = 2000


@dataclass(slots=True)
class Findings:
    """What was looked at and what is wrong."""

    chunks: int = 0
    samples: int = 0
    journal_rows: int = 0
    damaged: list[Key] = field(default_factory=list)  # chunks
    unreadable: int = 0  # of these, in pages that are no longer in order
    damaged_rows: int = 0  # of the journal
    wrong_rollups: int = 0
    file_faults: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether everything is as it was written."""
        return not (self.damaged or self.damaged_rows or self.wrong_rollups or self.file_faults)


async def check_everything(
    database: Database, *, on_progress: Callable[[Findings], None] = lambda _: None
) -> Findings:
    """Read the whole history; damage is collected, not raised."""
    findings = Findings()
    try:
        findings.file_faults = await file_faults(database)
        await _check_journal(database, findings)
        await _check_days(database, findings)
        position: Key | None = BEGINNING
        while position is not None:
            position = await check_bite(database, position, findings)
            on_progress(findings)
    except StoreDamagedError as error:
        findings.file_faults.append(str(error))
    return findings


async def check_bite(
    database: Database,
    after: Key,
    findings: Findings,
    *,
    limit: int = BITE,
    repairs: bool = False,
) -> Key | None:
    """Check the chunks that follow; returns the last of them, None at the end.

    With `repairs`, rollups that contradict their chunk are made anew.
    """
    async with database.read() as session:
        keys = await next_keys(session, after, limit=limit)
    if not keys:
        return None
    chunks, unreadable = await _read_chunks(database, keys)
    async with database.read() as session:
        stored = await rollups_by_key(session, keys[0], keys[-1])
    wrong = await asyncio.to_thread(_compare, chunks, stored, findings)
    findings.damaged += unreadable
    findings.unreadable += len(unreadable)
    findings.wrong_rollups += len(wrong)
    if repairs and wrong:
        await database.write(lambda session: replace_rollups(session, wrong))
    return keys[-1]


async def _read_chunks(database: Database, keys: Sequence[Key]) -> tuple[list[Chunk], list[Key]]:
    """The chunks, and those in pages that cannot be read."""
    try:
        async with database.read() as session:
            return await chunks_by_key(session, keys[0], keys[-1]), []
    except StoreDamagedError:
        if len(keys) == 1:
            return [], list(keys)
    middle = len(keys) // 2
    first, lost = await _read_chunks(database, keys[:middle])
    second, lost_too = await _read_chunks(database, keys[middle:])
    return first + second, lost + lost_too


def _compare(chunks: Sequence[Chunk], stored: Sequence[Rollup], findings: Findings) -> list[Rollup]:
    """What the rollups should be that are not."""
    rollups = {rollup.t0: rollup for rollup in stored}
    wrong: list[Rollup] = []
    for chunk in chunks:
        findings.chunks += 1
        try:
            samples, _ = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
        except ChunkError:
            findings.damaged.append(Key(chunk.channel, chunk.t0))
            continue
        findings.samples += chunk.n
        right = rollup_of(samples, channel=chunk.channel, t0=chunk.t0)
        found = rollups.get(chunk.t0)
        if found is None or not _agrees(found, right):
            wrong.append(_with_envelope(right, samples, decimals=chunk.data[0]))
    return wrong


def _with_envelope(rollup: Rollup, samples: Samples, *, decimals: int) -> Rollup:
    env = encode_envelope(samples, channel=rollup.channel, t0=rollup.t0, decimals=decimals)
    return rollup._replace(env=env)


def _agrees(found: Rollup, right: Rollup) -> bool:
    if found.env is not None:
        try:
            decode_envelope(found.env, channel=found.channel, t0=found.t0)
        except ChunkError:
            return False
    same_sum = math.isclose(found.vsum, right.vsum, rel_tol=1e-9, abs_tol=1e-9)
    return same_sum and found._replace(vsum=right.vsum, env=None) == right


async def _check_journal(database: Database, findings: Findings) -> None:
    after_id = 0
    while True:
        async with database.read() as session:
            rows = await read_journal(session, after_id=after_id)
        if not rows:
            return
        after_id = rows[-1].id
        for row in rows:
            findings.journal_rows += 1
            try:
                await asyncio.to_thread(decode_groups, row.data)
            except ChunkError:
                findings.damaged_rows += 1


async def _check_days(database: Database, findings: Findings) -> None:
    after = (-1, 0)
    while True:
        async with database.read() as session:
            days = await days_after(session, after, limit=DAYS_AT_ONCE)
        findings.wrong_rollups += await asyncio.to_thread(_count_damaged, days)
        if len(days) < DAYS_AT_ONCE:
            return
        after = days[-1][:2]


def _count_damaged(days: Sequence[Day]) -> int:
    return sum(map(is_damaged, days))
