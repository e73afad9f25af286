"""Turns runs that are complete into chunks, a bite at a time."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from webmacs_edge.history.head import Head, closed_runs
from webmacs_edge.history.journal import Mark, encode_marks
from webmacs_edge.history.runs import Run
from webmacs_edge.history.sealing import seal_runs
from webmacs_edge.store.database import Database
from webmacs_edge.store.datapoints import has_chunk, seal

MAX_HEADS = 1_500_000  # samples in RAM above which long runs are sealed before their hour is over
MAX_LATE = 500_000  # late samples in RAM above which all are sealed at once
MAX_JOURNAL_ROWS = 20_000  # above which all runs are sealed, so that a start stays quick
BITE = 50  # chunks in one transaction


class _Bite(NamedTuple):
    """Runs to seal in one transaction, and the runs of the journal that they are made of."""

    runs: Sequence[Run]
    members: Sequence[Sequence[Run]]


class Sealer:
    """Moves what the journal holds into chunks."""

    def __init__(self, database: Database, heads: Mapping[int, Head], *, max_run: int) -> None:
        self.journal_rows = 0
        self.max_run = max_run
        self._database = database
        self._heads = heads

    async def seal(self, now_ms: int) -> None:
        """Seal all that is due; StoreError when the database refuses."""
        self._close_long_runs()
        is_long = self.journal_rows > MAX_JOURNAL_ROWS
        if is_long:
            for head in self._heads.values():
                head.close()
        runs = [run for head in self._heads.values() for run in closed_runs(head, now_ms)]
        for start in range(0, len(runs), BITE):
            bite = runs[start : start + BITE]
            await self._store(_Bite(bite, [[run] for run in bite]))
            for run in bite:
                self._heads[run.key].forget(run)
        now_s = time.monotonic()
        count = sum(len(head.late) for head in self._heads.values() if head.late)
        are_many = is_long or count > MAX_LATE
        for head in self._heads.values():
            if are_many or head.late.is_due(now_s):
                await self._seal_late(head)

    async def seal_head(self, head: Head) -> None:
        """Seal every closed run of one channel that is in the journal, and its late samples."""
        for run in list(closed_runs(head, 0)):
            await self._store(_Bite([run], [[run]]))
            head.forget(run)
        await self._seal_late(head)

    async def seal_late(self) -> None:
        """Seal every late sample that is in the journal, due or not."""
        for head in self._heads.values():
            await self._seal_late(head)

    async def _seal_late(self, head: Head) -> None:
        merged = head.late.merged()
        if merged:
            members = [runs for _, runs in merged]
            await self._store(_Bite([run for run, _ in merged], members))
            head.late.forget(run for runs in members for run in runs)

    async def _store(self, bite: _Bite) -> None:
        await self._choose_keys(bite.runs)
        sealed = await asyncio.to_thread(seal_runs, bite.runs)
        for run, members in zip(bite.runs, bite.members, strict=True):
            for member in members:
                member.t0 = run.t0
        gone = [member for members in bite.members for member in members]
        self.journal_rows += await self._database.write(
            lambda session: seal(
                session,
                chunks=[chunk for chunk, _ in sealed],
                rollups=[rollup for _, rollup in sealed],
                mark=encode_marks(_marks(gone)),
                keep_from_id=self._oldest_row(gone),
            )
        )

    def _oldest_row(self, gone: Sequence[Run]) -> int | None:
        """The oldest row of the journal that is needed once these runs are sealed."""
        ids = set(map(id, gone))
        rest = [
            run.first_row
            for head in self._heads.values()
            for run in head.runs
            if run.journaled and id(run) not in ids
        ]
        return min(rest, default=None)

    async def _choose_keys(self, runs: Sequence[Run]) -> None:
        """Key each run by its first stamp; a little before where that is taken."""
        chosen: set[tuple[int, int]] = set()
        for run in runs:
            t0 = run.at_ms[0]
            if t0 <= self._heads[run.key].newest_t0 or (run.key, t0) in chosen:
                async with self._database.read() as session:
                    while (run.key, t0) in chosen or await has_chunk(session, run.key, t0):
                        t0 -= 1
            chosen.add((run.key, t0))
            run.t0 = t0

    def _close_long_runs(self) -> None:
        lengths = [len(run) for head in self._heads.values() for run in head.main]
        limit = self.max_run
        if sum(lengths) > MAX_HEADS:
            limit = min(limit, sum(lengths) // len(lengths))
        for head in self._heads.values():
            if head.main and len(head.main[-1]) >= limit:
                head.close()


def _marks(runs: Sequence[Run]) -> list[Mark]:
    """Up to where each stream is sealed once these runs are; they are in the journal's order."""
    marks = {run.stream: Mark(run.stream, run.last_row, run.last_count) for run in runs}
    for run in runs:  # merged runs are in the order of their hours
        mark = Mark(run.stream, run.last_row, run.last_count)
        marks[run.stream] = max(marks[run.stream], mark)
    return list(marks.values())
