"""Runs of samples in RAM: what becomes one chunk each."""

from array import array
from bisect import bisect_left

import numpy as np

from webmacs_edge.history.chunks import Anchor, Samples
from webmacs_edge.history.journal import LATE, Batch
from webmacs_edge.history.packing import Bytes, Ints
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import HOUR_MS

Last = tuple[int, float, Quality]  # UTC ms, value and quality of a newest sample
_QUALITIES = tuple(Quality)  # by number


class Run:
    """Samples that become one chunk: stamps increase, within one hour, one resolution, one boot.

    The first `journaled` samples are in the journal, the oldest of them in row `first_row`, the
    newest as the `last_count`-th sample of its stream in row `last_row`. The first `cleared`
    samples may be journaled; None: all, because no older sample can have one of the stamps.
    """

    __slots__ = (
        "anchor", "at_ms", "cleared", "decimals", "first_row", "is_closed", "journaled", "key",
        "last_count", "last_row", "marks", "stream", "t0", "until_ms", "values",
    )  # fmt: skip

    def __init__(
        self, key: int, at_ms: int, *, decimals: int, anchor: Anchor, is_late: bool = False
    ) -> None:
        self.key = key
        self.stream = key | LATE if is_late else key
        self.at_ms = array("q")
        self.values = array("d")
        self.marks: list[tuple[int, int]] = []  # from this position on, this quality
        self.decimals = decimals
        self.anchor = anchor
        self.until_ms = at_ms - at_ms % HOUR_MS + HOUR_MS
        self.is_closed = False
        self.cleared: int | None = None
        self.journaled = self.first_row = self.last_row = self.last_count = 0
        self.t0: int | None = None  # its key in the store, once chosen

    def __len__(self) -> int:
        return len(self.at_ms)

    @property
    def ready(self) -> int:
        """How many samples may be in the journal."""
        return len(self.at_ms) if self.cleared is None else self.cleared

    @property
    def last(self) -> Last:
        """Stamp, value and quality of the newest sample."""
        return self.at_ms[-1], self.values[-1], _QUALITIES[self.marks[-1][1]]

    def holds(self, at_ms: int) -> bool:
        """Whether one of the samples has this stamp."""
        position = bisect_left(self.at_ms, at_ms)
        return position < len(self.at_ms) and self.at_ms[position] == at_ms

    def stamps(self) -> Ints:
        """A copy of the stamps."""
        return np.array(self.at_ms, np.int64)

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
        """Append what is ready and not in the journal yet."""
        start, stop = self.journaled, self.ready
        batch.begin(self.stream, stop - start, decimals=self.decimals, anchor=self.anchor)
        batch.at_ms.extend(self.at_ms[start:stop])
        batch.values.extend(self.values[start:stop])
        position, quality = self.marks[-1]
        if position <= start:
            batch.qualities += bytes((quality,)) * (stop - start)
        else:
            batch.qualities += self._qualities(start, stop).tobytes()

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

    def forget_journal(self) -> None:
        """The journal is gone: all samples must be written anew."""
        self.journaled = self.first_row = self.last_row = self.last_count = 0
