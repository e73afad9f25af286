"""Trends: minimum, maximum, mean and quality per pixel column, and where the line is broken."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.gaps import Gaps
from webmacs_edge.history.packing import Bytes, Floats, Ints
from webmacs_edge.history.reader import Page, Reader, join
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.store.datapoints import Rollup

SILENCES = 2.5  # a channel is silent after so many times its longest pause
ROLLUP_COLUMN_MS = HOUR_MS * 9 // 10  # columns at least this wide are made of rollups


@dataclass(frozen=True, slots=True)
class Trend:
    """Parallel arrays, one entry per pixel column that has samples, or per sample if they are few.

    `low`, `high` and `mean` are of the `n` usable samples (good or uncertain), NaN where n is 0.
    The first entry may lie before the range: the sample from which the line comes in.
    """

    at_ms: Ints
    low: Floats
    high: Floats
    mean: Floats
    n: Ints
    worst: Bytes
    gaps: list[tuple[int, int]]  # within the range, without usable samples


class Spans(NamedTuple):
    """Summaries of neighbouring samples; a row with n = 0 has neutral numbers."""

    start: Ints
    end: Ints
    low: Floats
    high: Floats
    total: Floats
    n: Ints
    worst: Bytes


async def read_trend(
    reader: Reader, key: int, *, from_ms: int, to_ms: int, width: int, silence_ms: int
) -> Trend:
    """The trend of one channel over [from_ms, to_ms) in at most `width` columns, and one before."""
    limit_ms = int(silence_ms * SILENCES)
    sketch = _Sketch(from_ms, to_ms, width=width, limit_ms=limit_ms)
    if to_ms - from_ms >= ROLLUP_COLUMN_MS * width:
        async for page in reader.rollups(key, from_ms=from_ms, to_ms=to_ms):
            await asyncio.to_thread(sketch.add_rollups, page)
    else:
        async for page in reader.pages(key, from_ms=from_ms - limit_ms, to_ms=to_ms):
            await asyncio.to_thread(sketch.add_chunks, reader, page)
    return await asyncio.to_thread(sketch.finish)


class _Sketch:
    """A trend while its samples arrive in order of time, page by page."""

    def __init__(self, from_ms: int, to_ms: int, *, width: int, limit_ms: int) -> None:
        self._from_ms, self._to_ms, self._width = from_ms, to_ms, width
        self._limit_ms = limit_ms
        self._edges = from_ms + (to_ms - from_ms) * np.arange(width + 1, dtype=np.int64) // width
        self._gaps = Gaps(from_ms, to_ms, limit_ms=limit_ms)
        self._columns = _no_spans(self._edges)
        self._seen = np.zeros(width, bool)
        self._few: list[Spans] | None = []  # all there is, while it is less than the columns
        self._count = 0
        self._carried: list[Spans] = []  # at most the one from which the line comes in

    def add_chunks(self, reader: Reader, page: Page) -> None:
        """Count samples in; of those before the range the last is where the line comes from."""
        samples = reader.decode(page, from_ms=self._from_ms - self._limit_ms, to_ms=self._to_ms)
        self._add(_spans_of_samples(join(samples)))

    def add_rollups(self, page: Page) -> None:
        """Count rollups in, or samples that are only in RAM."""
        self._add(_spans_of_samples(join(page.heads)))
        if page.rollups:
            self._few = None
            self._add(_spans_of_rollups(page.rollups, not_before_ms=self._from_ms))

    def finish(self) -> Trend:
        """The trend of all that was counted in."""
        if self._few is None:
            parts, at_least_ms = (
                [_pick(self._columns, self._seen)],
                (self._to_ms - self._from_ms) // self._width,
            )
        else:
            parts, at_least_ms = self._few, 0
        spans = _concatenate([*self._carried, *parts])
        return _trend(spans, self._gaps.finish(at_least_ms=at_least_ms))

    def _add(self, spans: Spans) -> None:
        self._gaps.add(spans.start, spans.end, spans.n > 0)
        first = int(np.searchsorted(spans.start, self._from_ms))
        if first:
            self._carried = [_pick(spans, slice(first - 1, first))]
            spans = _pick(spans, slice(first, None))
        self._count += len(spans.start)
        if self._count > self._width:
            self._few = None
        if self._few is not None:
            self._few.append(spans)
        self._fold(spans)

    def _fold(self, spans: Spans) -> None:
        """Merge the spans into their columns."""
        positions = np.searchsorted(spans.start, self._edges)
        which = np.flatnonzero(np.diff(positions))
        if not len(which):
            return
        firsts, columns = positions[which], self._columns
        with np.errstate(over="ignore"):
            columns.low[which] = np.minimum(
                columns.low[which], np.minimum.reduceat(spans.low, firsts)
            )
            columns.high[which] = np.maximum(
                columns.high[which], np.maximum.reduceat(spans.high, firsts)
            )
            columns.total[which] += np.add.reduceat(spans.total, firsts)
            columns.n[which] += np.add.reduceat(spans.n, firsts)
            columns.worst[which] = np.maximum(
                columns.worst[which], np.maximum.reduceat(spans.worst, firsts)
            )
        self._seen[which] = True


def _no_spans(edges: Ints) -> Spans:
    """A neutral row per column, stamped with its middle."""
    middle, width = (edges[:-1] + edges[1:]) // 2, len(edges) - 1
    low, high, total = np.full(width, np.inf), np.full(width, -np.inf), np.zeros(width)
    n, worst = np.zeros(width, np.int64), np.zeros(width, np.uint8)
    return Spans(middle, middle, low, high, total, n, worst)


def _spans_of_samples(samples: Samples) -> Spans:
    at_ms, values, qualities = samples
    usable = qualities < Quality.BAD
    n = usable.astype(np.int64)
    if usable.all():
        return Spans(at_ms, at_ms, values, values, values, n, qualities)
    low, high = np.where(usable, values, np.inf), np.where(usable, values, -np.inf)
    return Spans(at_ms, at_ms, low, high, np.where(usable, values, 0.0), n, qualities)


def _spans_of_rollups(rollups: Sequence[Rollup], *, not_before_ms: int) -> Spans:
    _, t0, t1, counts, lows, highs, sums, _, worst = zip(*rollups, strict=True)
    n = np.array(counts, np.int64)
    start = np.maximum(np.array(t0, np.int64), not_before_ms)
    return Spans(
        start,
        np.array(t1, np.int64),
        np.where(n > 0, np.array(lows, np.float64), np.inf),
        np.where(n > 0, np.array(highs, np.float64), -np.inf),
        np.array(sums, np.float64),
        n,
        np.array(worst, np.uint8),
    )


def _concatenate(parts: Sequence[Spans]) -> Spans:
    columns = zip(*(parts or [_no_spans(np.zeros(1, np.int64))]), strict=True)
    return Spans(*(np.concatenate(column) for column in columns))


def _pick(spans: Spans, which: Any) -> Spans:
    return Spans(*(column[which] for column in spans))


def _trend(spans: Spans, gaps: list[tuple[int, int]]) -> Trend:
    empty = spans.n == 0
    low, high = np.where(empty, np.nan, spans.low), np.where(empty, np.nan, spans.high)
    mean = np.clip(spans.total / np.maximum(spans.n, 1), low, high)  # no sum exceeds its parts
    return Trend(spans.start, low, high, mean, spans.n, spans.worst, gaps)
