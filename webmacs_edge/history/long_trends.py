"""Trends of several days and more: whole days by their summaries, all channels in one question."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from webmacs_edge.history.chunks import ChunkError
from webmacs_edge.history.envelope import QUARTER_MS, decode_envelopes
from webmacs_edge.history.reader import Reader
from webmacs_edge.history.sketch import Sketch, Trend
from webmacs_edge.history.spans import (
    Spans,
    clip_spans,
    spans_of_envelope,
    spans_of_samples,
)
from webmacs_edge.history.summaries import lacks_envelope, summarise
from webmacs_edge.history.unsealed import Unsealed
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, HOUR_MS
from webmacs_edge.store.days import Day, read_range
from webmacs_edge.store.history_rows import Rollup

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_Row = TypeVar("_Row", Day, Rollup)

DAY_COLUMN_MS = QUARTER_MS * 9 // 10  # columns at least this wide are made of quarter-hours
ROLLUP_COLUMN_MS = HOUR_MS * 9 // 10  # … and at the edges of rollups
LEAST_DAYS = 2
MOST_ROWS = 4000  # of days in one question
DAYS_AT_ONCE = 366  # of them are decoded
YOUNG_DAYS = 3  # the last ones may still lack their summary


class _Answer(NamedTuple):
    """What the store has: days, and rollups of what is before and after them."""

    with_env: bool
    days: Mapping[int, list[Day]]
    edges: Mapping[int, list[Rollup]]


def suits(from_ms: int, to_ms: int, *, width: int) -> bool:
    """Whether this is the way to draw the range."""
    first, end = _whole_days(from_ms, to_ms)
    return end - first >= LEAST_DAYS and (to_ms - from_ms) / width >= DAY_COLUMN_MS


async def read_long_trends(
    reader: Reader, sketches: Mapping[int, Sketch], *, from_ms: int, to_ms: int
) -> dict[int, Trend]:
    """The trends of those channels whose days are all summed up; sketches are used up or fresh."""
    first, end = _whole_days(from_ms, to_ms)
    keys, found = list(sketches), dict[int, Trend]()
    size = max(1, MOST_ROWS // (end - first))
    for start in range(0, len(keys), size):
        part = {key: sketches[key] for key in keys[start : start + size]}
        found |= await _read_some(reader, part, from_ms=from_ms, to_ms=to_ms)
    return found


async def _read_some(
    reader: Reader, sketches: Mapping[int, Sketch], *, from_ms: int, to_ms: int
) -> dict[int, Trend]:
    # RAM first: a run that is sealed meanwhile is then met twice, and left out here
    heads = {
        key: reader.unsealed(key, from_ms=from_ms - sketch.limit_ms, to_ms=to_ms)
        for key, sketch in sketches.items()
    }
    with_env = next(iter(sketches.values())).column_ms < ROLLUP_COLUMN_MS
    answer = await reader.ask(
        lambda session: _ask(
            session, list(sketches), from_ms=from_ms, to_ms=to_ms, with_env=with_env
        )
    )

    def draw() -> dict[int, Trend]:
        trends = dict[int, Trend]()
        for key, sketch in sketches.items():
            if key not in answer.days:
                continue
            try:
                for parts, before_ms in _parts(answer, heads[key], sketch, key=key):
                    sketch.add_summaries(parts, before_ms=before_ms)
            except ChunkError:
                continue
            trends[key] = sketch.finish()
        return trends

    return await asyncio.to_thread(draw)


async def _ask(
    session: "AsyncSession", keys: Sequence[int], *, from_ms: int, to_ms: int, with_env: bool
) -> _Answer:
    first, end = _whole_days(from_ms, to_ms)
    read = partial(read_range, session, from_ms=from_ms, to_ms=to_ms, with_env=with_env)
    whole, rollups = await read(keys, days=(first, end))
    days = _by_channel(whole, keys)
    young = [day.day for rows in days.values() for day in rows[-YOUNG_DAYS:] if not day.data]
    start = min([end, *(day for day in young if day >= end - YOUNG_DAYS)])
    days = {
        key: [day for day in rows if day.day < start]
        for key, rows in days.items()
        if all(day.data for day in rows if day.day < start)
    }
    if start < end and days:
        _, rollups = await read(list(days), days=(first, start))
    return _Answer(with_env, days, _by_channel(rollups, days))


def _by_channel(rows: Iterable[_Row], keys: Iterable[int]) -> dict[int, list[_Row]]:
    """Of these channels."""
    found: dict[int, list[_Row]] = {key: [] for key in keys}
    for row in rows:
        if row.channel in found:
            found[row.channel].append(row)
    return found


def _parts(
    answer: _Answer, head: Unsealed, sketch: Sketch, *, key: int
) -> Iterator[tuple[list[Spans], int | None]]:
    """All that the range has, not too much at once; ChunkError where it must be read otherwise.

    With each part comes a time before which no later part lies.
    """
    from_ms, to_ms, days = sketch.from_ms, sketch.to_ms, answer.days[key]
    sealed_ms = [t0 for t0 in head.keys() if t0 is not None]  # noqa: SIM118 not a dict
    if days and any(days[0].day <= t0 // DAY_MS <= days[-1].day for t0 in sealed_ms):
        raise ChunkError(text("A part of channel {key} was sealed just now.", key=key))
    edges = [row for row in answer.edges[key] if row.t0 not in sealed_ms]
    if any(
        lacks_envelope(row) and (answer.with_env or not _within(row, from_ms, to_ms))
        for row in edges
    ):
        raise ChunkError(
            text("Of channel {key} an hour at the edge is known only as a whole.", key=key)
        )
    parts = [clip_spans(spans, from_ms=from_ms, to_ms=to_ms) for spans in summarise(edges)]
    parts += map(spans_of_samples, head.take(None))
    for start in range(0, len(days), DAYS_AT_ONCE):
        yield parts, days[start].day * DAY_MS
        rows = [
            (key, day.day * DAY_MS, day.data or b"") for day in days[start : start + DAYS_AT_ONCE]
        ]
        parts = [spans_of_envelope(it, row_ms=QUARTER_MS) for it in decode_envelopes(rows)]
    yield parts, None


def _whole_days(from_ms: int, to_ms: int) -> tuple[int, int]:
    """The first day that begins in the range, and the one in which it ends."""
    return -(-from_ms // DAY_MS), to_ms // DAY_MS


def _within(row: Rollup, from_ms: int, to_ms: int) -> bool:
    return from_ms <= row.t0 and row.t1 < to_ms
