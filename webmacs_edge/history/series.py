"""Series: a channel thinned to a number of points without losing a peak."""

import asyncio

import numpy as np

from webmacs_edge.history.chunks import Samples, pick
from webmacs_edge.history.packing import Ints
from webmacs_edge.history.reader import EMPTY, Page, Reader, join
from webmacs_edge.history.runs import Last
from webmacs_edge.history.sketch import Trend
from webmacs_edge.history.trends import MINUTE_COLUMN_MS, read_trends
from webmacs_edge.model.quality import Quality

MOST_READ = 30_000  # samples of a channel; of more, summaries are read


async def read_series(
    reader: Reader, key: int, *, from_ms: int, to_ms: int, max_points: int
) -> list[tuple[int, float]]:
    """Stamps and values of usable samples: the first, the last, and the extremes between.

    Of very many samples the summaries tell the extremes, and of these the time is about right.
    """
    buckets = max(1, (max_points - 2) // 2)
    if (to_ms - from_ms) // buckets >= MINUTE_COLUMN_MS:
        trends = await read_trends(
            reader, {key: to_ms - from_ms}, from_ms=from_ms, to_ms=to_ms, width=buckets
        )
        if trends[key].n.sum() > MOST_READ:
            last = await reader.last_before(key, to_ms)
            return _extremes_of(trends[key], last, from_ms=from_ms, to_ms=to_ms, buckets=buckets)
    return await _read_samples(reader, key, from_ms=from_ms, to_ms=to_ms, max_points=max_points)


def _extremes_of(
    trend: Trend, last: Last | None, *, from_ms: int, to_ms: int, buckets: int
) -> list[tuple[int, float]]:
    """The least and the greatest value of each column, and the very last sample."""
    quarter_ms = (to_ms - from_ms) // buckets // 4
    points: dict[int, float] = {}
    columns = (trend.at_ms, trend.low, trend.high, trend.n)
    for at_ms, low, high, n in zip(*(column.tolist() for column in columns), strict=True):
        if n and at_ms >= from_ms:
            points[at_ms] = low
            if high != low:
                points[min(at_ms + quarter_ms, to_ms - 1)] = high
    if last is not None and last[2] < Quality.BAD and last[0] >= from_ms:
        points = {at_ms: value for at_ms, value in points.items() if at_ms < last[0]}
        points[last[0]] = last[1]
    return sorted(points.items())


async def _read_samples(
    reader: Reader, key: int, *, from_ms: int, to_ms: int, max_points: int
) -> list[tuple[int, float]]:
    buckets = max(1, (max_points - 2) // 2)
    edges = from_ms + (to_ms - from_ms) * np.arange(buckets + 1, dtype=np.int64) // buckets
    thinned: list[Samples] = []
    count = 0

    def thin(page: Page) -> int:
        samples = join(reader.decode(page, from_ms=from_ms, to_ms=to_ms))
        samples = pick(samples, samples.qualities < Quality.BAD)
        few = count + len(samples.at_ms) <= max_points
        thinned.append(samples if few else _extremes(samples, edges))
        return len(samples.at_ms)

    async for page in reader.pages(key, from_ms=from_ms, to_ms=to_ms):
        count += await asyncio.to_thread(thin, page)
    return await asyncio.to_thread(_finish, thinned, edges, max_points=max_points)


def _finish(thinned: list[Samples], edges: Ints, *, max_points: int) -> list[tuple[int, float]]:
    samples = join(thinned)
    if len(samples.at_ms) > max_points:
        samples = _extremes(samples, edges)
    if len(samples.at_ms) > max_points:  # fewer than four points were asked for
        samples = pick(samples, slice(-max_points, None))
    return list(zip(samples.at_ms.tolist(), samples.values.tolist(), strict=True))


def _extremes(samples: Samples, edges: Ints) -> Samples:
    """The first, the last, and the least and greatest sample between each two edges."""
    if not len(samples.at_ms):
        return EMPTY
    firsts = np.unique(np.searchsorted(samples.at_ms, edges))
    firsts = firsts[firsts < len(samples.at_ms)]
    lengths = np.diff(firsts, append=len(samples.at_ms))
    kept = [np.array([0, len(samples.at_ms) - 1])]
    for extreme in (np.minimum, np.maximum):
        peaks = np.repeat(extreme.reduceat(samples.values, firsts), lengths)
        hits = np.flatnonzero(samples.values == peaks)
        bucket = np.repeat(np.arange(len(firsts)), lengths)[hits]
        kept.append(hits[np.unique(bucket, return_index=True)[1]])
    return pick(samples, np.unique(np.concatenate(kept)))
