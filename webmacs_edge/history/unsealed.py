"""What of a range is only in RAM, handed out in step with what the store holds."""

from bisect import bisect_left
from typing import NamedTuple

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.head import Head
from webmacs_edge.history.runs import Run
from webmacs_edge.model.times import HOUR_MS


class Part(NamedTuple):
    """The samples `start` to `stop` of a run; a reference, to be copied when its turn comes."""

    run: Run
    start: int
    stop: int

    def samples(self) -> Samples:
        """A copy of them."""
        return self.run.samples(self.start, self.stop)

    def newest(self, count: int) -> Samples:
        """A copy of no more than the last `count` of them."""
        return self.run.samples(max(self.start, self.stop - count), self.stop)


class Unsealed:
    """The runs of one channel at the moment of making; make it before the store is read.

    A run that is sealed meanwhile is then met twice, and to be left out where the store gives it.
    """

    def __init__(self, head: Head | None, *, from_ms: int, to_ms: int) -> None:
        self._runs = list(head.runs) if head else []
        self._parts = [
            Part(run, bisect_left(run.at_ms, from_ms), bisect_left(run.at_ms, to_ms))
            for run in self._runs
        ]

    def within(self, from_ms: int, to_ms: int) -> "Unsealed":
        """The same runs, with no more of them than lies in [from_ms, to_ms)."""
        narrow = Unsealed(None, from_ms=from_ms, to_ms=to_ms)
        narrow._runs = self._runs
        narrow._parts = [
            Part(
                part.run,
                max(part.start, bisect_left(part.run.at_ms, from_ms)),
                min(part.stop, bisect_left(part.run.at_ms, to_ms)),
            )
            for part in self._parts
        ]
        return narrow

    def __len__(self) -> int:
        return sum(max(0, part.stop - part.start) for part in self._parts)

    def keys(self) -> set[int | None]:
        """The keys of those runs that have been sealed meanwhile."""
        return {run.t0 for run in self._runs}

    @property
    def sealed(self) -> bool:
        """Whether one of the runs has been sealed meanwhile, or is just being sealed."""
        return any(run.t0 is not None for run in self._runs)

    def starts(self) -> list[int]:
        """The first stamps of the runs."""
        return [run.at_ms[0] for run in self._runs]

    def hours(self) -> dict[int, int]:
        """How many samples each hour since 1970 has."""
        counts: dict[int, int] = {}
        for run, start, stop in self._parts:
            if stop > start:
                hour = run.at_ms[start] // HOUR_MS
                counts[hour] = counts.get(hour, 0) + stop - start
        return counts

    def parts_of(self, hour: int) -> list[Part]:
        """What lies in this hour since 1970."""
        return [
            part
            for part in self._parts
            if part.stop > part.start and part.run.at_ms[part.start] // HOUR_MS == hour
        ]

    def take(self, before_ms: int | None) -> list[Samples]:
        """Copies of the parts that begin before `before_ms` and were not taken yet (None: all)."""
        parts, self._parts = self._parts, []
        taken: list[Samples] = []
        for part in parts:
            if part.start >= part.stop:
                continue
            if before_ms is None or part.run.at_ms[part.start] < before_ms:
                taken.append(part.samples())
            else:
                self._parts.append(part)
        return taken
