"""Collects samples in RAM, journals them on a beat, and seals what is complete."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from math import isfinite

from webmacs_edge.history.chunks import RAW
from webmacs_edge.history.clearing import clear_stamps
from webmacs_edge.history.clock_watch import ClockWatch
from webmacs_edge.history.collecting import Collected
from webmacs_edge.history.head import Head
from webmacs_edge.history.journal import LATE, encode_samples
from webmacs_edge.history.lines import Lines
from webmacs_edge.history.rate import Rate
from webmacs_edge.history.sealer import Sealer
from webmacs_edge.model.errors import StoreDamagedError, StoreError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Arrivals, Scan
from webmacs_edge.service import Health, finish
from webmacs_edge.store.database import Database
from webmacs_edge.store.datapoints import insert_journal

MAX_RUN = 65_536  # samples in one chunk, give or take those of a flush interval
LAST_MS = 253_402_300_799_999  # the end of the year 9999


class Recorder:
    """Takes scans into RAM and commits them once per `flush_interval_s`."""

    name = "recorder"

    def __init__(
        self,
        database: Database,
        *,
        sealed: Database | None = None,  # where chunks are carried to, if anywhere
        flush_interval_s: float = 10.0,
        max_pending: int = 1_000_000,
        max_run: int = MAX_RUN,
    ) -> None:
        self.health = Health(self.name)
        self.heads: dict[int, Head] = {}
        self.pending = 0  # samples that only RAM knows
        self.dropped = 0  # samples lost because the disk refused for too long
        self.rejected = 0  # samples whose stamp was taken already
        self.last_flush_ms = 0.0  # how long it took
        self._database = database
        self._sealed = sealed or database
        self.on_damage: Callable[[StoreDamagedError], Awaitable[bool]] | None = None
        self._sealer = Sealer(database, self.heads, max_run=max_run)
        self._flush_interval_s = flush_interval_s
        self._interval_changed = asyncio.Event()
        self._max_pending = max_pending
        self._decimals: dict[int, int] = {}
        self.clock = ClockWatch(self.heads)
        self._rate = Rate()
        self._taken_ever = self._settled = 0  # samples, and how many of them were then committed
        self._risk_since_s: float | None = None
        self.lines = Lines(self.head)
        self._flushing = asyncio.Lock()

    @property
    def at_risk_s(self) -> float:
        """How old the oldest sample is that a power cut would take."""
        return 0.0 if self._risk_since_s is None else time.monotonic() - self._risk_since_s

    @property
    def samples_per_s(self) -> float | None:
        """Before the last flush; None: not known yet."""
        return self._rate.per_s

    @property
    def flush_interval_s(self) -> float:
        """At most so many seconds of samples are lost on power failure."""
        return self._flush_interval_s

    @property
    def journal_rows(self) -> int:
        """How many rows the journal has."""
        return self._sealer.journal_rows

    @journal_rows.setter
    def journal_rows(self, count: int) -> None:
        self._sealer.journal_rows = count

    def set_flush_interval(self, interval_s: float) -> None:
        """Flush at once, and from then on this often."""
        if interval_s != self._flush_interval_s:
            self._flush_interval_s = interval_s
            self._interval_changed.set()

    def head(self, key: int) -> Head:
        """The head of a channel, made when it is first asked for."""
        head = self.heads.get(key)
        if head is None:
            decimals = self._decimals.get(key, RAW)
            head = self.heads[key] = Head(key, boot=self.clock.boot, decimals=decimals)
            head.clock = self.clock.state
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
        self.clock.watch(at_ms, mono_ns // 1_000_000)
        if self.pending + len(scan.recorded) > self._max_pending:
            self._drop([keys[position] for position in scan.recorded])
            return
        self._end_lines(keys)
        self.lines.scanned = keys
        taken = 0
        for position in scan.recorded:
            value = values[position]
            if value is None:
                continue
            head = heads.get(keys[position]) or self.head(keys[position])
            taken += head.add(at_ms, value, qualities[position], mono_ns=mono_ns)
        self._count(taken)

    def take_arrivals(self, arrivals: Arrivals) -> int:
        """Keep values from outside, however late they come; returns how many were kept.

        A value whose stamp is taken, or that does not fit while the disk refuses, is not.
        """
        self.clock.watch(arrivals.at_ms, arrivals.mono_ns // 1_000_000)
        if self.pending + len(arrivals) > self._max_pending:
            self._drop(list(arrivals.keys))
            return 0
        self._end_lines()
        heads, mono_ns, good, kept = self.heads, arrivals.mono_ns, Quality.GOOD, 0
        for key, at_ms, value in zip(arrivals.keys, arrivals.stamps, arrivals.values, strict=True):
            head = heads.get(key) or self.head(key)
            kept += head.insert(at_ms, value, good, mono_ns=mono_ns)
        self._count(kept)
        self.rejected += len(arrivals) - kept
        return kept

    @property
    def is_filling(self) -> bool:
        """Whether the disk refuses so long that half of what RAM may hold waits for it."""
        return 2 * self.pending > self._max_pending

    def insert(
        self, key: int, at_ms: int, value: float, *, quality: Quality = Quality.GOOD
    ) -> bool:
        """Keep one value from elsewhere, however late it comes.

        False when its stamp is taken, when it is not a number or when it does not fit. A stamp
        that turns out to be taken later, when the store is asked, counts in `rejected` too.
        """
        if not isfinite(value) or not 0 <= at_ms <= LAST_MS or key >= LATE:
            return False
        if self.pending >= self._max_pending:
            self._drop([key])
            return False
        self._end_lines()
        head = self.head(key)
        is_new = head.insert(at_ms, value, quality, mono_ns=time.monotonic_ns())
        self._count(int(is_new))
        self.rejected += not is_new
        return is_new

    async def run(self) -> None:
        """Flush on a beat; on the way out flush what is left."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        try:
            while True:
                due_s = max(due_s + self._flush_interval_s, loop.time())
                if await self._wait_until(due_s):
                    due_s = loop.time()
                await self.flush()
        finally:
            self._count(self.lines.end_scanned(self.clock.now_ms))
            await self.flush()

    async def _wait_until(self, due_s: float) -> bool:
        """True when the interval was changed meanwhile."""
        try:
            async with asyncio.timeout_at(due_s):
                await self._interval_changed.wait()
        except TimeoutError:
            return False
        self._interval_changed.clear()
        return True

    async def flush(self) -> bool:
        """Commit all that was taken before the call; False when the disk refuses.

        Goes on to its end when the caller is cancelled.
        """
        return await finish(self._flush_and_seal())

    async def settle(self) -> bool:
        """Commit all that was taken before the call; False when the disk refuses.

        Those who call it at the same time share one commit.
        """
        return await finish(self._settle(self._taken_ever))

    async def _settle(self, count: int) -> bool:
        async with self._flushing:
            return self._settled >= count or await self._flush_locked(seals=False)

    async def _flush_and_seal(self) -> bool:
        async with self._flushing:
            started_s = time.monotonic()
            self._rate.measure(started_s)
            flushed = await self._flush_locked(seals=True)
            self.last_flush_ms = (time.monotonic() - started_s) * 1000
            return flushed

    async def _flush_locked(self, *, seals: bool) -> bool:
        flushed = False
        try:
            await self._flush()
            flushed = True
            if seals:
                await self._sealer.seal(self.clock.now_ms)
        except StoreDamagedError as error:
            self.health.bad(error)
            if self.on_damage is not None and await self.on_damage(error):
                flushed = await self._flush_into_new_file()
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()
        return flushed

    async def seal_channel(self, key: int) -> None:
        """Seal all that was taken of one channel; StoreError when the database refuses."""
        await finish(self._seal_channel(key))

    async def _seal_channel(self, key: int) -> None:
        async with self._flushing:
            if key in self.heads:
                self.heads[key].close()
                await self._flush()
                await self._sealer.seal_head(self.heads[key])

    async def replace_file(self, error: StoreDamagedError) -> bool:
        """Go on in a new file, because somebody found this one damaged."""
        async with self._flushing:
            if self.on_damage is None or not await self.on_damage(error):
                return False
            return await self._flush_into_new_file()

    async def _flush_into_new_file(self) -> bool:
        try:
            await self._flush()
        except StoreError as error:
            self.health.bad(error)
            return False
        self.health.good()
        return True

    def forget_journal(self) -> None:
        """The journal is gone: let the next flush write all that is in RAM."""
        for head in self.heads.values():
            for run in head.runs:
                run.forget_journal()
        self.journal_rows = 0
        self.pending = sum(len(run) for head in self.heads.values() for run in head.runs)

    async def _flush(self) -> None:
        """Journal what only RAM knows; the heads keep it, so that nothing has to be put back."""
        self.clock.ask()
        taken_ever = self._taken_ever
        gone = await self._clear_stamps()
        self.rejected += gone
        self.pending -= gone
        began_s = time.monotonic()
        collected = Collected(self.heads.values())
        if not collected:
            self._settled = taken_ever
            return
        data = await asyncio.to_thread(encode_samples, collected.batch)
        t1 = max(collected.batch.at_ms)
        row = await self._database.write(lambda session: insert_journal(session, t1=t1, data=data))
        self._sealer.journal_rows += 1
        self.pending -= collected.confirm(row)
        self._risk_since_s = began_s if self.pending else None
        self._settled = taken_ever

    async def _clear_stamps(self) -> int:
        heads = list(self.heads.values())
        try:
            return await clear_stamps(self._sealed, heads)
        except StoreError:
            if self._sealed is self._database:
                raise
        return await clear_stamps(self._database, heads)  # whoever carries them there looks again

    def _count(self, taken: int) -> None:
        if taken and self._risk_since_s is None:
            self._risk_since_s = time.monotonic()
        self.pending += taken
        self._rate.taken += taken
        self._taken_ever += taken

    def _drop(self, keys: list[int]) -> None:
        self.dropped += len(keys)
        self.lines.lost.update(keys)

    def _end_lines(self, scanned: tuple[int, ...] = ()) -> None:
        """Mark what the samples that come now must not be joined to."""
        if self.lines.lost:
            self._count(self.lines.end_lost())
        if self.lines.old and scanned:
            self._count(self.lines.end_old(scanned))
