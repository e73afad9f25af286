"""Collects samples in RAM, journals them on a beat, and seals what is complete."""

import asyncio
import time
from collections.abc import Mapping
from math import isfinite

from webmacs_edge.history.chunks import RAW
from webmacs_edge.history.head import Head, Run, boot_id, closed_runs
from webmacs_edge.history.journal import Batch, Mark, encode_marks, encode_samples
from webmacs_edge.history.sealing import seal_runs
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.service import Health, every, finish
from webmacs_edge.store.database import Database
from webmacs_edge.store.datapoints import Chunk, Rollup, has_chunk, insert_journal, seal

MAX_RUN = 65_536  # samples in one chunk, give or take those of a flush interval
MAX_HEADS = 1_500_000  # samples in RAM above which long runs are sealed before their hour is over
BITE = 50  # chunks in one transaction


class Recorder:
    """Takes scans into RAM and commits them once per `flush_interval_s`."""

    name = "recorder"

    def __init__(
        self,
        database: Database,
        *,
        flush_interval_s: float = 10.0,
        max_pending: int = 1_000_000,
        max_run: int = MAX_RUN,
    ) -> None:
        self.health = Health(self.name)
        self.heads: dict[int, Head] = {}
        self.pending = 0  # samples that only RAM knows
        self.dropped = 0  # samples lost because the disk refused for too long
        self.journal_rows = 0
        self.last_flush_ms = 0.0  # how long it took
        self._database = database
        self._flush_interval_s = flush_interval_s
        self._max_pending = max_pending
        self._max_run = max_run
        self._decimals: dict[int, int] = {}
        self._boot = boot_id()
        self._now_ms = 0  # of the newest scan
        self._risk_since_s: float | None = None
        self._lost: set[int] = set()  # channels that lack samples since their last one
        self._flushing = asyncio.Lock()

    @property
    def at_risk_s(self) -> float:
        """How old the oldest sample is that a power cut would take."""
        return 0.0 if self._risk_since_s is None else time.monotonic() - self._risk_since_s

    def head(self, key: int) -> Head:
        """The head of a channel, made when it is first asked for."""
        head = self.heads.get(key)
        if head is None:
            decimals = self._decimals.get(key, RAW)
            head = self.heads[key] = Head(key, boot=self._boot, decimals=decimals)
        return head

    def set_resolution(self, decimals: Mapping[int, int]) -> None:
        """Keep this many decimals per channel from now on; channels not named keep all bits."""
        self._decimals = dict(decimals)
        for key, head in self.heads.items():
            head.set_decimals(self._decimals.get(key, RAW))

    def take(self, scan: Scan) -> None:
        """Append a scan to the heads; what does not fit while the disk refuses is dropped."""
        keys, values, qualities, heads = scan.keys, scan.values, scan.qualities, self.heads
        at_ms, mono_ns = scan.at_ms, scan.mono_ns
        self._now_ms = at_ms
        if self.pending + len(scan.recorded) > self._max_pending:
            self._drop([keys[position] for position in scan.recorded])
            return
        if self._lost:
            self._end_lines()
        taken = 0
        for position in scan.recorded:
            value = values[position]
            if value is None:
                continue
            head = heads.get(keys[position]) or self.head(keys[position])
            taken += head.add(at_ms, value, qualities[position], mono_ns=mono_ns)
        self._count(taken)

    def insert(
        self, key: int, at_ms: int, value: float, *, quality: Quality = Quality.GOOD
    ) -> bool:
        """Append one value from elsewhere; False when it is late, not a number or does not fit."""
        if not isfinite(value) or at_ms < 0:
            return False
        head = self.head(key)
        if at_ms <= head.last_ms:
            return False
        if self.pending >= self._max_pending:
            self._drop([key])
            return False
        if self._lost:
            self._end_lines()
        head.add(at_ms, value, quality, mono_ns=time.monotonic_ns())
        self._count(1)
        return True

    async def run(self) -> None:
        """Flush on a beat; on the way out flush what is left."""
        try:
            await every(self._flush_interval_s, self.flush)
        finally:
            await self.flush()

    async def flush(self) -> bool:
        """Commit all that was taken before the call; False when the disk refuses.

        Goes on to its end when the caller is cancelled.
        """
        return await finish(self._flush_and_seal())

    async def _flush_and_seal(self) -> bool:
        async with self._flushing:
            started_s = time.monotonic()
            flushed = False
            try:
                await self._flush()
                flushed = True
                await self._seal()
            except StoreError as error:
                self.health.bad(error)
            else:
                self.health.good()
            self.last_flush_ms = (time.monotonic() - started_s) * 1000
            return flushed

    async def _flush(self) -> None:
        """Journal what only RAM knows; the heads keep it, so that nothing has to be put back."""
        runs = [
            (run, len(run))
            for head in self.heads.values()
            for run in head.runs
            if run.journaled < len(run)
        ]
        if not runs:
            return
        began_s = time.monotonic()
        batch = Batch()
        for run, _ in runs:
            run.copy_to(batch)
        data = await asyncio.to_thread(encode_samples, batch)
        t1 = max(batch.at_ms)
        row = await self._database.write(lambda session: insert_journal(session, t1=t1, data=data))
        self.journal_rows += 1
        self.pending -= _confirm(runs, row)
        self._risk_since_s = began_s if self.pending else None

    async def _seal(self) -> None:
        """Turn complete runs into chunks, a bite at a time."""
        self._close_long_runs()
        runs = [run for head in self.heads.values() for run in closed_runs(head, self._now_ms)]
        for start in range(0, len(runs), BITE):
            bite = runs[start : start + BITE]
            await self._choose_keys(bite)
            sealed = await asyncio.to_thread(seal_runs, bite)
            await self._store(bite, sealed)

    async def _store(self, runs: list[Run], sealed: list[tuple[Chunk, Rollup]]) -> None:
        gone = set(map(id, runs))
        rest = [
            run.first_row
            for head in self.heads.values()
            for run in head.runs
            if run.journaled and id(run) not in gone
        ]
        marks = {run.key: Mark(run.key, run.last_row, run.last_count) for run in runs}
        mark = encode_marks(list(marks.values()))
        self.journal_rows += await self._database.write(
            lambda session: seal(
                session,
                chunks=[chunk for chunk, _ in sealed],
                rollups=[rollup for _, rollup in sealed],
                mark=mark,
                keep_from_id=min(rest, default=None),
            )
        )
        for run in runs:
            self.heads[run.key].forget(run)

    async def _choose_keys(self, runs: list[Run]) -> None:
        """Key each run by its first stamp; a little before where the clock went back onto it."""
        chosen: set[tuple[int, int]] = set()
        for run in runs:
            t0 = run.at_ms[0]
            if t0 <= self.heads[run.key].newest_t0 or (run.key, t0) in chosen:
                async with self._database.read() as session:
                    while (run.key, t0) in chosen or await has_chunk(session, run.key, t0):
                        t0 -= 1
            chosen.add((run.key, t0))
            run.t0 = t0

    def _close_long_runs(self) -> None:
        lengths = [len(run) for head in self.heads.values() for run in head.runs]
        limit = self._max_run
        if sum(lengths) > MAX_HEADS:
            limit = min(limit, sum(lengths) // len(lengths))
        for head in self.heads.values():
            if head.runs and len(head.runs[-1]) >= limit:
                head.close()

    def _count(self, taken: int) -> None:
        if taken and self._risk_since_s is None:
            self._risk_since_s = time.monotonic()
        self.pending += taken

    def _drop(self, keys: list[int]) -> None:
        self.dropped += len(keys)
        self._lost.update(keys)

    def _end_lines(self) -> None:
        """Mark the newest sample of channels that then lost some as the last before a gap."""
        for key in self._lost:
            head = self.head(key)
            if head.last is not None:
                _, value, _ = head.last
                stamp = head.last_ms + 1
                self._count(head.add(stamp, value, Quality.STALE, mono_ns=time.monotonic_ns()))
        self._lost.clear()


def _confirm(runs: list[tuple[Run, int]], row: int) -> int:
    """Note that the runs are in the journal up to this length; returns how many are new in it."""
    counts: dict[int, int] = {}
    for run, stop in runs:
        counts[run.key] = counts.get(run.key, 0) + stop - run.journaled
        if run.journaled == 0:
            run.first_row = row
        run.journaled, run.last_row, run.last_count = stop, row, counts[run.key]
    return sum(counts.values())
