"""A trend while it is put together: columns of pixels, and where the line is broken."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webmacs_edge.history.gaps import Gaps
from webmacs_edge.history.ordering import Ordering, join
from webmacs_edge.history.packing import Bytes, Floats, Ints
from webmacs_edge.history.reader import Page, Reader
from webmacs_edge.history.spans import NO_SPANS, Spans, no_spans, pick_spans
from webmacs_edge.history.summaries import spans_of_page

SPREAD_COLUMNS = 2  # a summary of more columns than that is shown in each of them


@dataclass(frozen=True, slots=True)
class Trend:
    """Parallel arrays, one entry per pixel column that has samples, or per sample if they are few.

    `low`, `high` and `mean` are of the `n` usable samples (good or uncertain), NaN where n is 0.
    The first entry may lie before the range: the sample from which the line comes in. Where only
    a summary is left of what was measured, it stands in every column that it covers, its `n` too.
    """

    at_ms: Ints
    low: Floats
    high: Floats
    mean: Floats
    n: Ints
    worst: Bytes
    gaps: list[tuple[int, int]]  # within the range, without usable samples
    coarse_ms: int  # the longest time of which there was no more than a summary; 0: all samples


class Sketch:
    """A trend while its samples arrive in order of time, page by page."""

    def __init__(self, from_ms: int, to_ms: int, *, width: int, limit_ms: int) -> None:
        self.from_ms, self.to_ms, self.width = from_ms, to_ms, width
        self.limit_ms = limit_ms
        self._edges = from_ms + (to_ms - from_ms) * np.arange(width + 1, dtype=np.int64) // width
        self._gaps = Gaps(from_ms, to_ms, limit_ms=limit_ms)
        self._columns = no_spans((self._edges[:-1] + self._edges[1:]) // 2, self._edges[1:])
        self._seen = np.zeros(width, bool)
        self._few: list[Spans] | None = []  # all there is, while it is less than the columns
        self._count = 0
        self._coarse_ms = 0
        self._ordering = Ordering(NO_SPANS)
        self._carried: list[Spans] = []  # at most the one from which the line comes in

    @property
    def column_ms(self) -> float:
        """How wide a column is."""
        return (self.to_ms - self.from_ms) / self.width

    def add(self, reader: Reader, page: Page) -> None:
        """Count a page in; of what lies before the range the last is where the line comes from."""
        if page.rollups:
            self._few = None
        parts = spans_of_page(
            reader, page, from_ms=self.from_ms, to_ms=self.to_ms, lead_ms=self.limit_ms
        )
        for part, before_ms in parts:
            self._add(self._ordering.take(part, before_ms=before_ms))

    def add_summaries(self, parts: Sequence[Spans], *, before_ms: int | None) -> None:
        """Count in parts of which no later one lies before `before_ms` (None: there is none)."""
        self._few = None
        self._add(self._ordering.take(parts, before_ms=before_ms))

    def finish(self) -> Trend:
        """The trend of all that was counted in."""
        if self._few is None:
            parts, at_least_ms = (
                [pick_spans(self._columns, self._seen)],
                (self.to_ms - self.from_ms) // self.width,
            )
        else:
            parts, at_least_ms = self._few, 0
        spans = join([*self._carried, *parts], NO_SPANS)
        gaps = self._gaps.finish(at_least_ms=at_least_ms)
        return _trend(spans, gaps, coarse_ms=self._coarse_ms)

    def _add(self, spans: Spans) -> None:
        self._gaps.add(spans.start, spans.end, spans.n > 0)
        first = int(np.searchsorted(spans.start, self.from_ms))
        if first:
            self._carried = [pick_spans(spans, slice(first - 1, first))]
            spans = pick_spans(spans, slice(first, None))
        self._count += len(spans.start)
        if self._count > self.width:
            self._few = None
        if self._few is not None:
            self._few.append(spans)
        elif len(spans.start):
            self._coarse_ms = max(self._coarse_ms, int((spans.end - spans.start).max()))
            spans = _spread(spans, self._edges)
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


def _spread(spans: Spans, edges: Ints) -> Spans:
    """Rows that reach over several columns, repeated in each of them."""
    first = np.searchsorted(edges, spans.start, "right")
    counts = np.searchsorted(edges, spans.end, "right") - first + 1
    counts[counts <= SPREAD_COLUMNS] = 1
    if counts.max(initial=1) == 1:
        return spans
    rows = np.repeat(np.arange(len(counts)), counts)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    column = np.minimum(first[rows] + nth - 1, len(edges) - 1)
    spread = pick_spans(spans, rows)
    start = np.where(nth > 0, edges[column], spread.start)
    order = np.argsort(start, kind="stable")
    return pick_spans(spread._replace(start=start), order)


def _trend(spans: Spans, gaps: list[tuple[int, int]], *, coarse_ms: int) -> Trend:
    empty = spans.n == 0
    low, high = np.where(empty, np.nan, spans.low), np.where(empty, np.nan, spans.high)
    mean = np.clip(spans.total / np.maximum(spans.n, 1), low, high)  # no sum exceeds its parts
    return Trend(spans.start, low, high, mean, spans.n, spans.worst, gaps, coarse_ms)
