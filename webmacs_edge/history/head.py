"""The RAM head of a channel: its samples that are not sealed yet, as runs."""

from array import array
from collections.abc import Iterator
from math import isfinite, nan
from pathlib import Path

import numpy as np

from webmacs_edge.history.chunks import EXACT_BELOW, RAW, Anchor, Samples
from webmacs_edge.history.journal import Batch, Group
from webmacs_edge.history.packing import Bytes
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import HOUR_MS

CLOCK_STEP_MS = 1000  # stamps that go back by less are nudged forward
LONG_AGO = -(2**62)
Last = tuple[int, float, Quality]  # UTC ms, value and quality of a newest sample
_QUALITIES = tuple(Quality)  # by number
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Run:
    """Samples that become one chunk: stamps increase, within one hour, one resolution, one boot.

    The first `journaled` samples are in the journal, the oldest of them in row `first_row`, the
    newest as the `last_count`-th sample of its channel in row `last_row`.
    """

    __slots__ = (
        "anchor", "at_ms", "decimals", "first_row", "is_closed", "journaled", "key", "last_count",
        "last_row", "marks", "t0", "until_ms", "values",
    )  # fmt: skip

    def __init__(self, key: int, at_ms: int, *, decimals: int, anchor: Anchor) -> None:
        self.key = key
        self.at_ms = array("q")
        self.values = array("d")
        self.marks: list[tuple[int, int]] = []  # from this position on, this quality
        self.decimals = decimals
        self.anchor = anchor
        self.until_ms = at_ms - at_ms % HOUR_MS + HOUR_MS
        self.is_closed = False
        self.journaled = self.first_row = self.last_row = self.last_count = 0
        self.t0: int | None = None  # its key in the store, once chosen

    def __len__(self) -> int:
        return len(self.at_ms)

    @property
    def last(self) -> Last:
        """Stamp, value and quality of the newest sample."""
        return self.at_ms[-1], self.values[-1], _QUALITIES[self.marks[-1][1]]

    def samples(self, start: int = 0, stop: int | None = None) -> Samples:
        """A copy of the samples from position `start` on, before `stop`."""
        stop = len(self) if stop is None else stop
        at_ms = np.array(self.at_ms[start:stop], np.int64)
        values = np.array(self.values[start:stop], np.float64)
        return Samples(at_ms, values, self._qualities(start, stop))

    def _qualities(self, start: int, stop: int) -> Bytes:
        if len(self.marks) == 1:
            return np.full(stop - start, self.marks[0][1], np.uint8)
        positions, qualities = zip(*self.marks, strict=True)
        which = np.searchsorted(positions, np.arange(start, stop), "right") - 1
        return np.array(qualities, np.uint8)[which]

    def copy_to(self, batch: Batch) -> None:
        """Append what is not in the journal yet."""
        start, n = self.journaled, len(self.at_ms) - self.journaled
        batch.begin(self.key, n, decimals=self.decimals, anchor=self.anchor)
        batch.at_ms.extend(self.at_ms[start:])
        batch.values.extend(self.values[start:])
        position, quality = self.marks[-1]
        if position <= start:
            batch.qualities += bytes((quality,)) * n
        else:
            batch.qualities += self._qualities(start, start + n).tobytes()

    def extend(self, samples: Samples) -> None:
        """Append samples that belong here."""
        qualities = samples.qualities.tobytes()
        if qualities.count(qualities[0]) == len(qualities):
            qualities = qualities[:1]
        for position, quality in enumerate(qualities, len(self)):
            if not self.marks or quality != self.marks[-1][1]:
                self.marks.append((position, quality))
        self.at_ms.frombytes(samples.at_ms.tobytes())
        self.values.frombytes(samples.values.tobytes())


class Head:
    """The runs of one channel, oldest first; only the last one grows."""

    __slots__ = (
        "_at_ms", "_boot", "_quality", "_scale", "_stored", "_until_ms", "_values", "decimals",
        "key", "last_ms", "newest_t0", "runs",
    )  # fmt: skip

    def __init__(self, key: int, *, boot: int, decimals: int = RAW) -> None:
        self.key = key
        self.runs: list[Run] = []
        self.last_ms = LONG_AGO
        self.newest_t0 = LONG_AGO  # of the chunks in the store
        self._stored: Last | None = None  # the last sample that was sealed
        self._boot = boot
        self._quality = -1
        self._close()
        self._resolve(decimals)

    @property
    def last(self) -> Last | None:
        """Stamp, value and quality of the newest sample."""
        if not self.runs:
            return self._stored
        return self.runs[-1].last

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

    def _prepare(self, at_ms: int, quality: int, mono_ns: int) -> int:
        """The stamp to use; begins a run where one is due and notes a change of quality."""
        if at_ms <= self.last_ms:
            if self.last_ms - at_ms > CLOCK_STEP_MS:
                self.close()
            else:
                at_ms = self.last_ms + 1
        if at_ms >= self._until_ms:
            self.close()
            anchor = Anchor(self._boot, mono_ns)
            self._open(Run(self.key, at_ms, decimals=self.decimals, anchor=anchor))
        if quality != self._quality:
            self.runs[-1].marks.append((len(self._at_ms), quality))
            self._quality = quality
        return at_ms

    def set_decimals(self, decimals: int) -> None:
        """Use another resolution from the next sample on."""
        if decimals == self.decimals:
            return
        self.close()
        self._resolve(decimals)

    def close(self) -> None:
        """Let the next sample begin a new run."""
        if self.runs:
            self.runs[-1].is_closed = True
        self._close()

    def replay(self, group: Group, *, row: int, count: int) -> None:
        """Append what was journaled in `row`, where the channel then has `count` samples."""
        at_ms = group.samples.at_ms
        run = self.runs[-1] if self.runs else None
        if run is None or not _continues(run, group):
            self.close()
            run = Run(self.key, int(at_ms[0]), decimals=group.decimals, anchor=group.anchor)
            run.first_row = row
        run.extend(group.samples)
        run.journaled, run.last_row, run.last_count = len(run), row, count
        self._resolve(group.decimals)
        if not self.runs or self.runs[-1] is not run:
            self._open(run)
        self._quality = run.marks[-1][1]
        self.last_ms = int(at_ms[-1])
        if group.anchor.boot != self._boot:
            self._close()  # the anchor of this run does not hold for what comes now

    def remember(self, t0: int, t1: int, last: Last | None) -> None:
        """Note the newest chunk in the store and its last sample, where that can be read."""
        self.newest_t0 = t0
        self.last_ms = t1
        self._stored = last

    def forget(self, run: Run) -> None:
        """Drop the oldest run, which is in the store now."""
        assert run is self.runs[0] and run.t0 is not None  # noqa: S101, PT018 only the front goes
        last = run.last
        del self.runs[0]
        if not self.runs:
            self._close()
            self._at_ms, self._values = array("q"), array("d")
        self.newest_t0 = max(self.newest_t0, run.t0)
        self._stored = last

    def _open(self, run: Run) -> None:
        self.runs.append(run)
        self._at_ms, self._values = run.at_ms, run.values
        self._until_ms = run.until_ms
        self._quality = -1

    def _close(self) -> None:
        self._until_ms = LONG_AGO

    def _resolve(self, decimals: int) -> None:
        self.decimals = decimals
        self._scale = nan if decimals == RAW else 10.0**decimals


def _continues(run: Run, group: Group) -> bool:
    first_ms = int(group.samples.at_ms[0])
    return (
        run.at_ms[-1] < first_ms < run.until_ms
        and run.decimals == group.decimals
        and run.anchor == group.anchor
    )


def boot_id() -> int:
    """A number for this boot of the device; 0 where the kernel does not tell."""
    try:
        return int(_BOOT_ID.read_text().strip().replace("-", "")[:16], 16)
    except (OSError, ValueError):
        return 0


def closed_runs(head: Head, now_ms: int) -> Iterator[Run]:
    """Runs from the front that are complete and in the journal, so that they can be sealed."""
    if head.runs and now_ms >= head.runs[-1].until_ms:
        head.close()
    for run in head.runs:
        if not run.is_closed or run.journaled < len(run):
            return
        yield run
