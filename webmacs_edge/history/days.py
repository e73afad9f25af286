"""Summaries of whole days by quarter-hours: months and years are drawn from them."""

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from webmacs_edge.history.chunks import RAW, ChunkError, decode_chunk
from webmacs_edge.history.envelope import (
    QUARTER_MS,
    QUARTERS,
    Envelope,
    decode_envelopes,
    envelope_of,
    pack_envelope,
)
from webmacs_edge.history.ordering import join
from webmacs_edge.history.spans import NO_SPANS, Spans, spans_of_envelope, spans_of_rollups
from webmacs_edge.history.summaries import lacks_envelope
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import DAY_MS
from webmacs_edge.service import Health
from webmacs_edge.store.database import Database
from webmacs_edge.store.days import (
    Day,
    chunks_of_rollups,
    days_after,
    rollups_of_day,
    stale_days,
    store_days,
)
from webmacs_edge.store.history_rows import Chunk, Rollup

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

FIRST_S = 60.0  # after the start, when other things are done
BEAT_S = 30.0  # what arrived late, a replayed log of days perhaps, is soon drawn as quickly
VERIFY_S = 600.0
VERIFIED = 2000  # days that are checked at a time
BEGINNING = (-1, 0)
BITE = 10  # days of a channel in one transaction
PAUSE_S = 0.05
_NOT_TO_BE_HAD = b""


class DayKeeper:
    """Makes what is missing or out of date; a day is finished when its channel has a later one."""

    name = "days"

    def __init__(self, history: Database) -> None:
        self.health = Health(self.name)
        self._history = history
        self._verified = BEGINNING

    async def run(self) -> None:
        """Look twice a minute, until cancelled."""
        await asyncio.sleep(FIRST_S)
        verify_s = time.monotonic()
        while True:
            try:
                await self.run_once()
                if time.monotonic() >= verify_s:
                    verify_s = time.monotonic() + VERIFY_S
                    await self.verify_some()
            except StoreError as error:
                self.health.bad(error)
            else:
                self.health.good()
            await asyncio.sleep(BEAT_S)

    async def run_once(self, *, pause_s: float = PAUSE_S) -> int:
        """Make all that is due; returns how many days that was."""
        total = 0
        while await self._is_due():
            count = await self._history.write(_make_some)
            total += count
            await asyncio.sleep(pause_s)
        return total

    async def verify_some(self, *, limit: int = VERIFIED) -> int:
        """Check the next summaries, and let those that are damaged be made anew; how many."""
        async with self._history.read() as session:
            days = await days_after(session, self._verified, limit=limit)
        self._verified = days[-1][:2] if len(days) == limit else BEGINNING
        damaged = await asyncio.to_thread(lambda: [day for day in days if is_damaged(day)])
        if damaged:
            stale = [day._replace(data=None) for day in damaged]
            await self._history.write(lambda session: store_days(session, stale))
        return len(damaged)

    async def _is_due(self) -> bool:
        async with self._history.read() as session:
            return bool(await stale_days(session, limit=1))


async def _make_some(session: "AsyncSession") -> int:
    """In one transaction, so that no rollup changes meanwhile."""
    stale = await stale_days(session, limit=BITE, locked=True)
    sources = []
    for day in stale:
        rollups = await rollups_of_day(session, day)
        bare = [row for row in rollups if lacks_envelope(row)]
        sources.append((day, rollups, await chunks_of_rollups(session, bare)))
    made = await asyncio.to_thread(lambda: [_make_day(*source) for source in sources])
    await store_days(session, made)
    return len(made)


def _make_day(day: Day, rollups: Sequence[Rollup], chunks: Sequence[Chunk]) -> Day:
    """With the summary, or without where one of its hours is known only as a whole."""
    try:
        spans = _spans_of(rollups, {chunk.t0: chunk for chunk in chunks})
    except ChunkError:
        return day._replace(data=_NOT_TO_BE_HAD)
    decimals = max((row.env[1] for row in rollups if row.env is not None), default=RAW)
    data = pack_envelope(
        quarters_of(spans), QUARTERS, channel=day.channel, t0=day.day * DAY_MS, decimals=decimals
    )
    return day._replace(data=data)


def _spans_of(rollups: Sequence[Rollup], chunks: dict[int, Chunk]) -> Spans:
    """By minute; ChunkError where that cannot be had."""
    parts: list[Spans] = []
    stored = [(row.channel, row.t0, row.env) for row in rollups if row.env is not None]
    parts += map(spans_of_envelope, decode_envelopes(stored))
    for row in rollups:
        if not lacks_envelope(row):
            continue
        if row.t0 not in chunks:
            raise ChunkError(f"Of channel {row.channel} at {row.t0} there is only a summary.")
        chunk = chunks[row.t0]
        samples, _ = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
        parts.append(spans_of_envelope(envelope_of(samples)))
    short = [row for row in rollups if row.env is None and not lacks_envelope(row)]
    if short:
        parts.append(spans_of_rollups(short))
    return join(parts, NO_SPANS)


def is_damaged(day: Day) -> bool:
    """Whether a bit of the summary has changed."""
    try:
        decode_envelopes([(day.channel, day.day * DAY_MS, day.data or b"")])
    except ChunkError:
        return True
    return False


def quarters_of(spans: Spans) -> Envelope:
    """Sorted spans of a day, no longer than a minute each, by quarter-hours."""
    start = spans.start // QUARTER_MS * QUARTER_MS
    firsts = np.flatnonzero(np.diff(start, prepend=-1))
    lasts = np.append(firsts[1:], len(start)) - 1
    usable, places = spans.n > 0, np.arange(len(start))
    n = np.add.reduceat(spans.n, firsts)
    some, quarter = n > 0, start[firsts]
    first = np.minimum.reduceat(np.where(usable, places, len(start)), firsts)
    ends = np.where(usable, spans.end, -1)
    end = np.where(some, np.maximum.reduceat(ends, firsts), spans.end[lasts])
    low, high = np.minimum.reduceat(spans.low, firsts), np.maximum.reduceat(spans.high, firsts)
    low, high = np.where(some, low, 0.0), np.where(some, high, 0.0)
    with np.errstate(over="ignore"):
        total = np.add.reduceat(spans.total, firsts)
    return Envelope(
        quarter,
        n,
        spans.start[np.where(some, first, firsts)] - quarter,
        np.minimum(end - quarter, QUARTER_MS),
        np.maximum.reduceat(spans.worst, firsts),
        (~usable[firsts]).astype(np.uint8),
        (~usable[lasts]).astype(np.uint8),
        low,
        high,
        np.clip(total / np.maximum(n, 1), low, high),
    )
