"""Trends: minimum, maximum, mean and quality per pixel column, from the coarsest level."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping

from webmacs_edge.history import long_trends, short_trends
from webmacs_edge.history.reader import Page, Reader
from webmacs_edge.history.sketch import Sketch, Trend
from webmacs_edge.history.summaries import (
    pages_of_columns,
    pages_of_samples,
    pages_of_summaries,
)
from webmacs_edge.model.times import HOUR_MS, MINUTE_MS

SILENCES = 2.5  # a channel is silent after so many times its longest pause
MERGED_COLUMN_MS = 2 * HOUR_MS  # columns at least so wide are made of rollups that the store merged
MINUTE_COLUMN_MS = MINUTE_MS * 9 // 10  # … of minutes


async def read_trends(
    reader: Reader, silence_ms: Mapping[int, int], *, from_ms: int, to_ms: int, width: int
) -> dict[int, Trend]:
    """The trends of channels over [from_ms, to_ms) in at most `width` columns, and one before.

    `silence_ms` says of each channel how long it may be silent.
    """

    def sketches(keys: Iterable[int]) -> dict[int, Sketch]:
        return {
            key: Sketch(from_ms, to_ms, width=width, limit_ms=int(silence_ms[key] * SILENCES))
            for key in keys
        }

    trends = dict[int, Trend]()
    if long_trends.suits(from_ms, to_ms, width=width):
        trends = await long_trends.read_long_trends(
            reader, sketches(silence_ms), from_ms=from_ms, to_ms=to_ms
        )
    elif (to_ms - from_ms) / width < MINUTE_COLUMN_MS and short_trends.suits(
        from_ms, to_ms, channels=len(silence_ms)
    ):
        trends = await short_trends.read_short_trends(
            reader, sketches(silence_ms), from_ms=from_ms, to_ms=to_ms
        )
    rest = sketches(key for key in silence_ms if key not in trends)
    drawn = await asyncio.gather(*(_read_trend(reader, *item) for item in rest.items()))
    trends |= dict(zip(rest, drawn, strict=True))
    return {key: trends[key] for key in silence_ms}


async def _read_trend(reader: Reader, key: int, sketch: Sketch) -> Trend:
    async for page in _pages(reader, key, sketch):
        await asyncio.to_thread(sketch.add, reader, page)
    return await asyncio.to_thread(sketch.finish)


def _pages(reader: Reader, key: int, sketch: Sketch) -> AsyncGenerator[Page]:
    """From the coarsest level that suffices."""
    from_ms, to_ms, width = sketch.from_ms, sketch.to_ms, sketch.width
    if sketch.column_ms < MINUTE_COLUMN_MS:
        early_ms = from_ms - sketch.limit_ms
        return pages_of_samples(reader, key, from_ms=early_ms, to_ms=to_ms)
    if sketch.column_ms < MERGED_COLUMN_MS:
        by_minute = sketch.column_ms < long_trends.ROLLUP_COLUMN_MS
        return pages_of_summaries(reader, key, from_ms=from_ms, to_ms=to_ms, by_minute=by_minute)
    return pages_of_columns(reader, key, from_ms=from_ms, to_ms=to_ms, columns=width)
