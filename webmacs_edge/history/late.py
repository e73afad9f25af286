"""Samples that come after newer ones of their channel: sealed in small chunks of their own."""

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from webmacs_edge.history.chunks import Anchor, Samples, pick
from webmacs_edge.history.clock import Clock
from webmacs_edge.history.journal import Group
from webmacs_edge.history.runs import Run
from webmacs_edge.model.times import HOUR_MS

SEAL_AFTER_S = 600.0  # so that what trickles in becomes few chunks
MOST_RUNS = 200
MOST_SAMPLES = 65_536


class Late:
    """The late samples of one channel: fresh ones, then runs on their way to the journal.

    A run never changes once readers may have seen it.
    """

    __slots__ = ("_boot", "_fresh", "_key", "_shown", "_since_s", "decimals", "runs")

    def __init__(self, key: int, *, boot: int, decimals: int) -> None:
        self.decimals = decimals
        self.runs: list[Run] = []  # in the order of the journal
        self._key = key
        self._boot = boot
        self._fresh: dict[int, tuple[float, int]] = {}
        self._shown: list[Run] | None = None  # the fresh samples as runs
        self._since_s = 0.0

    def __bool__(self) -> bool:
        return bool(self._fresh or self.runs)  # asked of every channel at every flush

    def __len__(self) -> int:
        return len(self._fresh) + sum(map(len, self.runs))

    def __contains__(self, at_ms: int) -> bool:
        return at_ms in self._fresh or any(run.holds(at_ms) for run in self.runs)

    def add(self, at_ms: int, value: float, quality: int) -> None:
        """Keep a sample whose stamp is free as far as RAM knows."""
        self._begin()
        self._fresh[at_ms] = (value, quality)
        self._shown = None

    def all_runs(self) -> list[Run]:
        """All samples, as runs."""
        if self._fresh and self._shown is None:
            self._shown = self._as_runs()
        return [*self.runs, *(self._shown or ())]

    def freeze(self) -> list[Run]:
        """Let what is fresh become runs; returns those that must be cleared before they go on."""
        if not self:
            return []
        self.runs = self.all_runs()
        self._fresh, self._shown = {}, None
        return [run for run in self.runs if run.cleared == 0]

    def clear(self, run: Run, *, is_free: Sequence[bool]) -> int:
        """Keep of a run what `is_free` says, and let it be journaled; returns how many are gone."""
        place = self.runs.index(run)
        kept = pick(run.samples(), np.array(is_free, bool))
        self.runs[place : place + 1] = self._runs_of(kept, anchor=run.anchor, cleared=None)
        return len(run) - len(kept.at_ms)

    def is_due(self, now_s: float) -> bool:
        """Whether it is time to seal what is in the journal."""
        if not self.runs:
            return False
        return (
            now_s - self._since_s > SEAL_AFTER_S
            or len(self.runs) > MOST_RUNS
            or len(self) > MOST_SAMPLES
        )

    def merged(self) -> list[tuple[Run, list[Run]]]:
        """Per hour the run to seal and the journaled runs that it is made of."""
        groups: dict[tuple[int, int], list[Run]] = {}
        for run in self.runs:
            if run.journaled == len(run):
                groups.setdefault((run.until_ms, run.decimals), []).append(run)
        return [(_merge(runs), runs) for runs in groups.values()]

    def forget(self, runs: Iterable[Run]) -> None:
        """Drop runs that are in the store now."""
        gone = set(map(id, runs))
        self.runs = [run for run in self.runs if id(run) not in gone]
        self._since_s = time.monotonic()

    def replay(self, group: Group, *, row: int, count: int) -> None:
        """Append what was journaled in `row`, where the stream then has `count` samples."""
        self._begin()
        for run in self._runs_of(group.samples, anchor=group.anchor, decimals=group.decimals):
            run.journaled, run.first_row, run.last_row = len(run), row, row
            run.last_count = count
            self.runs.append(run)

    def _begin(self) -> None:
        if not self.runs and not self._fresh:
            self._since_s = time.monotonic()

    def _as_runs(self) -> list[Run]:
        stamps = sorted(self._fresh)
        values, qualities = zip(*(self._fresh[at_ms] for at_ms in stamps), strict=True)
        samples = Samples(
            np.array(stamps, np.int64),
            np.array(values, np.float64),
            np.array(qualities, np.uint8),
        )
        anchor = Anchor(self._boot, time.monotonic_ns(), Clock.GIVEN)
        return self._runs_of(samples, anchor=anchor, cleared=0)

    def _runs_of(
        self,
        samples: Samples,
        *,
        anchor: Anchor,
        cleared: int | None = None,
        decimals: int | None = None,
    ) -> list[Run]:
        runs = []
        for part in split_by_hour(samples):
            run = Run(
                self._key,
                int(part.at_ms[0]),
                decimals=self.decimals if decimals is None else decimals,
                anchor=anchor,
                is_late=True,
            )
            run.extend(part)
            run.is_closed, run.cleared = True, cleared
            runs.append(run)
        return runs


def split_by_hour(samples: Samples) -> Iterator[Samples]:
    """Sorted samples, hour by hour."""
    if not len(samples.at_ms):
        return
    cuts = np.flatnonzero(np.diff(samples.at_ms // HOUR_MS)) + 1
    edges = [0, *cuts.tolist(), len(samples.at_ms)]
    for start, stop in pairwise(edges):
        yield pick(samples, slice(start, stop))


def _merge(runs: list[Run]) -> Run:
    parts = [run.samples() for run in runs]
    at_ms, values, qualities = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.unique(at_ms, return_index=True)[1]
    merged = Run(runs[0].key, runs[0].at_ms[0], decimals=runs[0].decimals, anchor=runs[0].anchor)
    merged.extend(pick(Samples(at_ms, values, qualities), order))
    return merged
