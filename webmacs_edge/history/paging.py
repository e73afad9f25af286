"""Pages of the samples of several channels, newest first, at any depth.

How many samples each hour has is known from an index, so that only the hours of a page are read.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from webmacs_edge.history.packing import Ints
from webmacs_edge.history.reader import Reader
from webmacs_edge.history.stretches import Hour, RamStretch, Row, StoredStretch, newest_rows
from webmacs_edge.history.unsealed import Unsealed
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.store.datapoints import count_samples, read_chunks_ending

MAX_PAGE_SIZE = 1000
SMALL_STORE = 20_000  # up to so many chunks are counted anew each time
RECOUNT_S = 600.0  # older hours of a larger store are counted no more often than this …
RECOUNT_SHARE = 500  # … nor for more than this part of the time …
RECENT_HOURS = 48  # … and these when something was sealed
TRUSTED_S = 5.0  # how long a count holds if nothing was sealed; something may have been deleted
KEPT_COUNTS = 4
KEPT_STAMPS = 1_000_000  # of the hour that was read last
_FOREVER_MS = 2**61
_SEAL_TRIES = 10
_SEAL_WAIT_S = 0.02

Runs = tuple[tuple[int, int], ...]  # channel key and first stamp of each run in RAM
Span = tuple[int, int]  # UTC ms: from the first to before the second

ALWAYS: Span = (0, _FOREVER_MS)


@dataclass(frozen=True, slots=True)
class DatapointPage:
    """Rows, newest first; those of one moment by channel."""

    rows: list[Row]
    total: int  # of all pages
    page: int  # from 1
    page_size: int


class _Count(NamedTuple):
    """Samples by hour, newest first."""

    hours: Ints
    samples: Ints
    chunks: int
    again_s: float  # CLOCK_MONOTONIC when all is to be counted anew …
    recent_s: float  # … and when the recent hours were
    runs: Runs  # what was in RAM then


class Pager:
    """Finds pages; remembers counts of a large store, and the hour that was read last."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._counts: dict[tuple[int, ...], _Count] = {}
        self._read: tuple[tuple[int, ...], int, int, Hour] | None = None

    def forget(self) -> None:
        """Something was removed: count and read anew."""
        self._counts.clear()
        self._read = None

    async def count(self, keys: Sequence[int]) -> int:
        """How many samples these channels have."""
        stored, heads = await self._count(tuple(sorted(set(keys))))
        return int(stored.samples.sum()) + sum(map(len, heads.values()))

    async def page(
        self, keys: Sequence[int], *, page: int, page_size: int, span: Span = ALWAYS
    ) -> DatapointPage:
        """The rows of a page, from 1, of what lies in [span); none after the last one."""
        channels = tuple(sorted(set(keys)))
        page, page_size = max(1, page), min(max(1, page_size), MAX_PAGE_SIZE)
        stored, heads = await self._count(channels)
        whole = dict(zip(stored.hours.tolist(), stored.samples.tolist(), strict=True))
        if span != ALWAYS:
            heads = {key: head.within(*span) for key, head in heads.items()}
            stored = await self._within(stored, channels, heads=heads, span=span)
        hours, samples = _with_heads(stored, heads)
        skip = (page - 1) * page_size
        ends = np.cumsum(samples)
        rows: list[Row] = []
        nth = int(np.searchsorted(ends, skip, "right"))
        skip -= int(ends[nth - 1]) if nth else 0
        while len(rows) < page_size and nth < len(hours):
            hour = int(hours[nth])
            stretches = await self._read_hour(
                channels, hour, whole.get(hour, 0), heads=heads, span=span
            )
            ram = [
                RamStretch(key, part) for key, head in heads.items() for part in head.parts_of(hour)
            ]
            take = page_size - len(rows)
            rows += await asyncio.to_thread(newest_rows, [*stretches, *ram], skip=skip, take=take)
            skip, nth = 0, nth + 1
        return DatapointPage(rows, int(ends[-1]) if len(ends) else 0, page, page_size)

    async def _within(
        self, stored: "_Count", channels: tuple[int, ...], *, heads: dict[int, Unsealed], span: Span
    ) -> "_Count":
        """Of the span: only the hours at its ends have to be read."""
        inside = (stored.hours >= span[0] // HOUR_MS) & (stored.hours <= (span[1] - 1) // HOUR_MS)
        hours, samples = stored.hours[inside], stored.samples[inside]
        for place, hour in enumerate(hours.tolist()):
            if not _covers(span, hour):
                stretches = await self._read_hour(
                    channels, hour, int(samples[place]), heads=heads, span=span
                )
                samples[place] = sum(map(len, stretches))
        return stored._replace(hours=hours, samples=samples)

    async def _count(self, channels: tuple[int, ...]) -> tuple[_Count, dict[int, Unsealed]]:
        """Of the store and of RAM, so that nothing is in both."""
        for _ in range(_SEAL_TRIES):
            heads = self._heads(channels)
            runs = tuple((key, at_ms) for key, head in heads.items() for at_ms in head.starts())
            stored = await self._stored(channels, runs)
            if not any(head.sealed for head in heads.values()):
                break
            await asyncio.sleep(_SEAL_WAIT_S)  # chunks are on their way from RAM to the store
        return stored, heads

    def _heads(self, channels: Sequence[int]) -> dict[int, Unsealed]:
        heads = (
            (key, self._reader.unsealed(key, from_ms=0, to_ms=_FOREVER_MS)) for key in channels
        )
        return {key: head for key, head in heads if len(head)}

    async def _stored(self, channels: tuple[int, ...], runs: Runs) -> _Count:
        known, now_s = self._counts.get(channels), time.monotonic()
        if known and known.runs == runs and now_s - known.recent_s < TRUSTED_S:
            return known
        if known and known.chunks > SMALL_STORE and now_s < known.again_s:
            border = int(known.hours[0]) - RECENT_HOURS
            new = await self._read_counts(channels, from_ms=border * HOUR_MS)
            old = known.hours < border
            hours = np.concatenate((new.hours, known.hours[old]))
            samples = np.concatenate((new.samples, known.samples[old]))
            found = _Count(hours, samples, known.chunks, known.again_s, now_s, runs)
        else:
            found = (await self._read_counts(channels, from_ms=0))._replace(runs=runs)
        self._counts.pop(channels, None)
        self._counts[channels] = found
        if len(self._counts) > KEPT_COUNTS:
            del self._counts[next(iter(self._counts))]
        return found

    async def _read_counts(self, channels: Sequence[int], *, from_ms: int) -> _Count:
        began_s = time.monotonic()
        rows = await self._reader.ask(
            lambda session: count_samples(session, channels, from_ms=from_ms)
        )
        hours, samples, chunks = zip(*rows, strict=True) if rows else ((), (), ())
        counts = np.array(hours, np.int64), np.array(samples, np.int64)
        now_s = time.monotonic()
        again_s = now_s + max(RECOUNT_S, RECOUNT_SHARE * (now_s - began_s))
        return _Count(*counts, sum(chunks), again_s, now_s, ())

    async def _read_hour(
        self,
        channels: tuple[int, ...],
        hour: int,
        count: int,
        *,
        heads: dict[int, Unsealed],
        span: Span,
    ) -> Sequence[StoredStretch]:
        """What the store has of an hour; from memory where it was the last one that was read."""
        if self._read is not None and self._read[:3] == (channels, hour, count):
            found = self._read[3]
        else:
            chunks = await self._reader.ask(
                lambda session: read_chunks_ending(
                    session, channels, from_ms=hour * HOUR_MS, to_ms=(hour + 1) * HOUR_MS
                )
            )
            known = {(key, t0) for key, head in heads.items() for t0 in head.keys()}  # noqa: SIM118
            fresh = [chunk for chunk in chunks if (chunk.channel, chunk.t0) not in known]
            found = await asyncio.to_thread(Hour, self._reader, fresh)
            if found.stamps <= KEPT_STAMPS and len(fresh) == len(chunks):
                self._read = channels, hour, count, found
        if _covers(span, hour):
            return found.stretches
        return [stretch.within(*span) for stretch in found.stretches]


def _with_heads(stored: _Count, heads: dict[int, Unsealed]) -> tuple[Ints, Ints]:
    """Hours and their samples, newest first, with what is in RAM."""
    counts = dict(zip(stored.hours.tolist(), stored.samples.tolist(), strict=True))
    for head in heads.values():
        for hour, count in head.hours().items():
            counts[hour] = counts.get(hour, 0) + count
    hours = sorted(counts, reverse=True)
    return np.array(hours, np.int64), np.array([counts[hour] for hour in hours], np.int64)


def _covers(span: Span, hour: int) -> bool:
    return span[0] <= hour * HOUR_MS and (hour + 1) * HOUR_MS <= span[1]
