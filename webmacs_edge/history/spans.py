"""Summaries of neighbouring samples: what trends are made of, whatever level it comes from."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.envelope import Envelope
from webmacs_edge.history.ordering import join
from webmacs_edge.history.packing import Bytes, Floats, Ints
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import MINUTE_MS
from webmacs_edge.store.history_rows import Rollup


class Spans(NamedTuple):
    """Parallel arrays, one row per summary; a row with n = 0 has neutral numbers."""

    start: Ints
    end: Ints
    low: Floats
    high: Floats
    total: Floats
    n: Ints
    worst: Bytes


def no_spans(start: Ints, end: Ints) -> Spans:
    """Neutral rows with these ends."""
    size = len(start)
    low, high, total = np.full(size, np.inf), np.full(size, -np.inf), np.zeros(size)
    return Spans(start, end, low, high, total, np.zeros(size, np.int64), np.zeros(size, np.uint8))


NO_SPANS = no_spans(np.empty(0, np.int64), np.empty(0, np.int64))


def spans_of_samples(samples: Samples) -> Spans:
    """A row per sample."""
    at_ms, values, qualities = samples
    usable = qualities < Quality.BAD
    n = usable.astype(np.int64)
    if usable.all():
        return Spans(at_ms, at_ms, values, values, values, n, qualities)
    low, high = np.where(usable, values, np.inf), np.where(usable, values, -np.inf)
    return Spans(at_ms, at_ms, low, high, np.where(usable, values, 0.0), n, qualities)


def spans_of_rollups(rollups: Sequence[Rollup]) -> Spans:
    """A row per rollup."""
    _, t0, t1, counts, lows, highs, sums, _, worst, _ = zip(*rollups, strict=True)
    n = np.array(counts, np.int64)
    return Spans(
        np.array(t0, np.int64),
        np.array(t1, np.int64),
        np.where(n > 0, np.array(lows, np.float64), np.inf),
        np.where(n > 0, np.array(highs, np.float64), -np.inf),
        np.array(sums, np.float64),
        n,
        np.array(worst, np.uint8),
    )


def spans_of_envelope(envelope: Envelope, *, row_ms: int = MINUTE_MS) -> Spans:
    """A row per minute, and an empty row where a minute begins or ends with something unusable."""
    some = envelope.n > 0
    spans = Spans(
        envelope.minute + envelope.first_ms,
        envelope.minute + np.minimum(envelope.last_ms, row_ms - 1),
        np.where(some, envelope.low, np.inf),
        np.where(some, envelope.high, -np.inf),
        np.where(some, envelope.mean * envelope.n, 0.0),
        envelope.n,
        envelope.worst,
    )
    parts = [spans]
    for is_bad, at_ms in (
        (envelope.begins_bad, envelope.minute),
        (envelope.ends_bad, envelope.minute + row_ms - 1),
    ):
        mixed = some & (is_bad > 0)
        if mixed.any():
            parts.append(no_spans(at_ms[mixed], at_ms[mixed]))
            parts[-1].worst[:] = envelope.worst[mixed]
    return join(parts, NO_SPANS)


def pick_spans(spans: Spans, which: Any) -> Spans:
    """Some of the rows, by any index of numpy."""
    return Spans(*(column[which] for column in spans))


def clip_spans(spans: Spans, *, from_ms: int, to_ms: int) -> Spans:
    """Rows that overlap [from_ms, to_ms), cut at its start; what they say stays whole."""
    inside = (spans.end >= from_ms) & (spans.start < to_ms)
    spans = spans if inside.all() else pick_spans(spans, inside)
    return spans._replace(start=np.maximum(spans.start, from_ms))
