"""Collects from the heads what the journal lacks, and notes what it has then."""

from collections.abc import Iterable

from webmacs_edge.history.head import Head
from webmacs_edge.history.journal import Batch
from webmacs_edge.history.runs import Run


class Collected:
    """Runs, and up to where each may be in the journal; the heads keep all of it."""

    def __init__(self, heads: Iterable[Head]) -> None:
        self._runs: list[tuple[Run, int]] = [
            (run, ready)
            for head in heads
            for run in head.runs
            if run.journaled < (ready := run.ready)
        ]
        self.batch = Batch()
        for run, _ in self._runs:
            run.copy_to(self.batch)

    def __bool__(self) -> bool:
        return bool(self._runs)

    def confirm(self, row: int) -> int:
        """Note that this row of the journal has it; returns how many samples are new in it."""
        counts: dict[int, int] = {}
        for run, stop in self._runs:
            counts[run.stream] = counts.get(run.stream, 0) + stop - run.journaled
            if run.journaled == 0:
                run.first_row = row
            run.journaled, run.last_row, run.last_count = stop, row, counts[run.stream]
        return sum(counts.values())
