"""Statistics of one channel over a range, of every sample, in flat memory."""

import asyncio
from dataclasses import dataclass

import numpy as np

from webmacs_edge.history.chunks import Samples, pick
from webmacs_edge.history.gaps import Flags
from webmacs_edge.history.ordering import Ordering
from webmacs_edge.history.packing import Floats, Ints
from webmacs_edge.history.reader import EMPTY, Page, Reader
from webmacs_edge.model.quality import Quality

Point = tuple[int, float]  # UTC milliseconds and value


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the usable samples (good or uncertain) of a range say; NaN where there is nothing.

    Over time a value holds from its sample to the next one, or to the end of the range, if that is
    no further than the silence limit; else it counts for no time. A value holds up to a bad sample,
    and none holds from there on. The value that holds when the range begins counts from there.
    """

    count: int
    mean: float  # of the samples
    sigma: float  # their standard deviation, by n
    low: float
    high: float
    first: Point | None
    last: Point | None
    held_s: float  # how long there was a value
    time_mean: float  # the mean over that time
    integral: float  # value times seconds
    above_s: float  # how long it was above the threshold; 0 without one
    below_s: float


async def read_statistics(
    reader: Reader, key: int, *, from_ms: int, to_ms: int, limit_ms: int, threshold: float | None
) -> Statistics:
    """The statistics of [from_ms, to_ms); `limit_ms` is the longest time a value holds."""
    tally = _Tally(from_ms, to_ms, limit_ms=limit_ms, threshold=threshold)
    in_order = Ordering(EMPTY)

    def add(page: Page) -> None:
        for parts, before_ms in reader.batches(page, from_ms=from_ms - limit_ms, to_ms=to_ms):
            tally.add(in_order.take(parts, before_ms=before_ms))

    async for page in reader.pages(key, from_ms=from_ms - limit_ms, to_ms=to_ms):
        await asyncio.to_thread(add, page)
    return tally.finish()


class _Tally:
    """Sums, while samples arrive in order of time."""

    def __init__(self, from_ms: int, to_ms: int, *, limit_ms: int, threshold: float | None) -> None:
        self._from_ms, self._to_ms, self._limit_ms = from_ms, to_ms, limit_ms
        self._threshold = threshold
        self._newest = EMPTY  # the last sample so far
        self._first: Point | None = None
        self._last: Point | None = None
        self._low, self._high = np.inf, -np.inf
        self._count = 0
        self._mean = self._squares = 0.0  # of the samples; squares of what they differ from it
        self._held_ms = self._integral = self._above_ms = self._below_ms = 0.0

    def add(self, samples: Samples) -> None:
        """Count the next samples in; those before the range only for what holds at its start."""
        if not len(samples.at_ms):
            return
        at_ms = np.concatenate((self._newest.at_ms, samples.at_ms))
        values = np.concatenate((self._newest.values, samples.values))
        usable = np.concatenate((self._newest.qualities, samples.qualities)) < Quality.BAD
        self._hold(at_ms, values, usable)
        self._newest = pick(samples, slice(-1, None))
        inside = (samples.qualities < Quality.BAD) & (samples.at_ms >= self._from_ms)
        if inside.any():
            self._count_in(samples.at_ms[inside], samples.values[inside])

    def finish(self) -> Statistics:
        """The statistics of all that was counted in."""
        if len(self._newest.at_ms):
            at_ms = np.append(self._newest.at_ms, self._to_ms)
            usable = np.append(self._newest.qualities, 0) < Quality.BAD
            self._hold(at_ms, np.append(self._newest.values, 0.0), usable)
        some = self._count > 0
        return Statistics(
            count=self._count,
            mean=self._mean if some else np.nan,
            sigma=float(np.sqrt(self._squares / self._count)) if some else np.nan,
            low=self._low if some else np.nan,
            high=self._high if some else np.nan,
            first=self._first,
            last=self._last,
            held_s=self._held_ms / 1000,
            time_mean=self._integral / self._held_ms if self._held_ms else np.nan,
            integral=self._integral / 1000,
            above_s=self._above_ms / 1000,
            below_s=self._below_ms / 1000,
        )

    def _hold(self, at_ms: Ints, values: Floats, usable: Flags) -> None:
        """Count each value but the last for the time until the next sample."""
        pauses = np.diff(at_ms)
        inside = at_ms[1:] - np.maximum(at_ms[:-1], self._from_ms)
        held = usable[:-1] & (pauses <= self._limit_ms) & (inside > 0)
        times, values = inside[held].astype(np.float64), values[:-1][held]
        self._held_ms += float(times.sum())
        with np.errstate(over="ignore"):
            self._integral += float((values * times).sum())
        if self._threshold is not None:
            self._above_ms += float(times[values > self._threshold].sum())
            self._below_ms += float(times[values < self._threshold].sum())

    def _count_in(self, at_ms: Ints, values: Floats) -> None:
        if self._first is None:
            self._first = int(at_ms[0]), float(values[0])
        self._last = int(at_ms[-1]), float(values[-1])
        self._low = min(self._low, float(values.min()))
        self._high = max(self._high, float(values.max()))
        count, before = len(values), self._count
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean())
            apart = mean - self._mean
            self._count = before + count
            self._mean += apart * count / self._count
            self._squares += float(np.square(values - mean).sum())
            self._squares += apart * apart * before * count / self._count
