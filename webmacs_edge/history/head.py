"""The RAM head of a channel: its samples that are not sealed yet, as runs."""

from array import array
from collections.abc import Iterator
from math import isfinite, nan

from webmacs_edge.history.chunks import EXACT_BELOW, RAW, Anchor
from webmacs_edge.history.clock import CLOCK_STEP_MS, Clock
from webmacs_edge.history.journal import LATE, Group
from webmacs_edge.history.late import Late
from webmacs_edge.history.runs import Last, Run

LONG_AGO = -(2**62)


class Head:
    """The runs of one channel in the order of their making; only the last one grows.

    Beside them stands what came late.
    """

    __slots__ = (
        "_at_ms", "_boot", "_max_ms", "_quality", "_scale", "_stored", "_until_ms", "_values",
        "clock", "decimals", "key", "last_ms", "late", "main", "newest_t0",
    )  # fmt: skip

    def __init__(self, key: int, *, boot: int, decimals: int = RAW) -> None:
        self.key = key
        self.main: list[Run] = []
        self.late = Late(key, boot=boot, decimals=decimals)
        self.clock = Clock.UNKNOWN
        self.last_ms = LONG_AGO
        self.newest_t0 = LONG_AGO  # of the chunks in the store
        self._max_ms = LONG_AGO  # of what came before the clock last went back
        self._stored: Last | None = None  # the last sample that was sealed
        self._boot = boot
        self._quality = -1
        self._close()
        self._resolve(decimals)

    @property
    def runs(self) -> list[Run]:
        """All that is not sealed yet, late samples too."""
        return [*self.late.all_runs(), *self.main] if self.late else self.main

    @property
    def last(self) -> Last | None:
        """Stamp, value and quality of the sample that was taken last."""
        if not self.main:
            return self._stored
        return self.main[-1].last

    @property
    def max_ms(self) -> int:
        """The greatest stamp there ever was."""
        return max(self._max_ms, self.last_ms)

    def add(self, at_ms: int, value: float, quality: int, *, mono_ns: int) -> bool:
        """Append a sample, rounded to the channel's resolution; False when it is not a number."""
        counts = value * self._scale
        if -EXACT_BELOW < counts < EXACT_BELOW:
            value = round(counts) / self._scale
        elif not isfinite(value):
            return False
        if at_ms <= self.last_ms or at_ms >= self._until_ms or quality != self._quality:
            at_ms = self._prepare(at_ms, quality, mono_ns)
        self._at_ms.append(at_ms)
        self._values.append(value)
        self.last_ms = at_ms
        return True

    def insert(self, at_ms: int, value: float, quality: int, *, mono_ns: int) -> bool:
        """Append a sample with a stamp from elsewhere; False when there is one already."""
        if at_ms > self.max_ms:
            is_new = at_ms >= self._until_ms
            if not self.add(at_ms, value, quality, mono_ns=mono_ns):
                return False
            if is_new:
                run = self.main[-1]
                run.anchor = run.anchor._replace(clock=Clock.GIVEN)
            return True
        if not isfinite(value) or at_ms in self.late or any(run.holds(at_ms) for run in self.main):
            return False
        counts = value * self._scale
        if -EXACT_BELOW < counts < EXACT_BELOW:
            value = round(counts) / self._scale
        self.late.add(at_ms, value, quality)
        return True

    def _prepare(self, at_ms: int, quality: int, mono_ns: int) -> int:
        """The stamp to use; begins a run where one is due and notes a change of quality."""
        if at_ms <= self.last_ms:
            if self.last_ms - at_ms > CLOCK_STEP_MS:
                self._max_ms = self.max_ms
                self.close()
            else:
                at_ms = self.last_ms + 1
        if at_ms >= self._until_ms:
            self.close()
            anchor = Anchor(self._boot, mono_ns, self.clock)
            run = Run(self.key, at_ms, decimals=self.decimals, anchor=anchor)
            if at_ms <= self.max_ms:
                run.cleared = 0  # it may meet older samples
            self._open(run)
        if quality != self._quality:
            self.main[-1].marks.append((len(self._at_ms), quality))
            self._quality = quality
        return at_ms

    def nudge(self, run: Run, at_ms: list[int]) -> None:
        """Give the newest samples of a run these stamps, and let them be journaled."""
        run.at_ms[len(run) - len(at_ms) :] = array("q", at_ms)
        run.cleared = len(run)
        if run is self.main[-1] and at_ms:
            self.last_ms = at_ms[-1]

    def set_decimals(self, decimals: int) -> None:
        """Use another resolution from the next sample on."""
        if decimals == self.decimals:
            return
        self.close()
        self._resolve(decimals)

    def close(self) -> None:
        """Let the next sample begin a new run."""
        if self.main:
            self.main[-1].is_closed = True
        self._close()

    def replay(self, group: Group, *, row: int, count: int) -> None:
        """Append what was journaled in `row`, where the stream then has `count` samples."""
        if group.stream & LATE:
            self.late.replay(group, row=row, count=count)
            return
        at_ms = group.samples.at_ms
        run = self.main[-1] if self.main else None
        if run is None or not _continues(run, group):
            self.close()
            run = Run(self.key, int(at_ms[0]), decimals=group.decimals, anchor=group.anchor)
            run.first_row = row
            run.cleared = 0 if at_ms[0] <= self.max_ms else None
        run.extend(group.samples)
        run.journaled, run.last_row, run.last_count = len(run), row, count
        if run.cleared is not None:
            run.cleared = len(run)
        self._resolve(group.decimals)
        if not self.main or self.main[-1] is not run:
            self._open(run)
        self._quality = run.marks[-1][1]
        self._max_ms, self.last_ms = self.max_ms, int(at_ms[-1])
        if group.anchor.boot != self._boot:
            self._close()  # the anchor of this run does not hold for what comes now

    def remember(self, t0: int, t1: int, last: Last | None) -> None:
        """Note the newest chunk in the store and its last sample, where that can be read."""
        self.newest_t0 = t0
        self.last_ms = t1
        self._stored = last

    def forget_last(self, before: Last | None) -> None:
        """The newest sample was removed from the store; `before` is the one before it."""
        if not self.main:
            self._stored = before

    def note_stored(self, t0: int, t1: int) -> None:
        """A chunk came into the store from elsewhere."""
        self.newest_t0 = max(self.newest_t0, t0)
        self._max_ms = max(self._max_ms, t1)

    def forget(self, run: Run) -> None:
        """Drop the oldest run, which is in the store now."""
        assert run is self.main[0] and run.t0 is not None  # noqa: S101, PT018 only the front goes
        last = run.last
        self.main = self.main[1:]  # readers keep the list that they were given
        if not self.main:
            self._close()
            self._at_ms, self._values = array("q"), array("d")
        self.newest_t0 = max(self.newest_t0, run.t0)
        self._stored = last

    def _open(self, run: Run) -> None:
        self.main = [*self.main, run]
        self._at_ms, self._values = run.at_ms, run.values
        self._until_ms = run.until_ms
        self._quality = -1

    def _close(self) -> None:
        self._until_ms = LONG_AGO

    def _resolve(self, decimals: int) -> None:
        self.decimals = self.late.decimals = decimals
        self._scale = nan if decimals == RAW else 10.0**decimals


def _continues(run: Run, group: Group) -> bool:
    first_ms = int(group.samples.at_ms[0])
    return (
        run.at_ms[-1] < first_ms < run.until_ms
        and run.decimals == group.decimals
        and run.anchor == group.anchor
    )


def closed_runs(head: Head, now_ms: int) -> Iterator[Run]:
    """Runs from the front that are complete and in the journal, so that they can be sealed."""
    if head.main and now_ms >= head.main[-1].until_ms:
        head.close()
    for run in head.main:
        if not run.is_closed or run.journaled < len(run):
            return
        yield run
