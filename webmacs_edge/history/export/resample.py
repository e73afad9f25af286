"""Many samples of a channel become one value per step of time."""

from typing import Any, NamedTuple

import numpy as np

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.gaps import Flags
from webmacs_edge.history.packing import Bytes, Floats, Ints
from webmacs_edge.model.exports import Reduce
from webmacs_edge.model.quality import Quality


class Steps(NamedTuple):
    """One entry per step that has samples: where it begins, and what they come to."""

    at_ms: Ints
    counts: Ints  # usable samples
    values: Floats  # their sum, last, least or greatest
    worst: Bytes  # the worst quality of all samples

    def pick(self, which: Any) -> "Steps":
        """Some of the steps, by any index of numpy."""
        at_ms, counts, values, worst = self
        return Steps(at_ms[which], counts[which], values[which], worst[which])

    def then(self, later: "Steps") -> "Steps":
        """These steps, and then the later ones."""
        pairs: Any = zip(self, later, strict=True)
        columns: Any = [np.concatenate(pair) for pair in pairs]
        return Steps(*columns)


NOTHING = Steps(
    np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint8)
)


class Resampler:
    """Takes the samples of one channel in order of time; the last step stays open."""

    def __init__(self, reduce: Reduce, *, from_ms: int, step_ms: int) -> None:
        self._reduce, self._from_ms, self._step_ms = reduce, from_ms, step_ms
        self._open = NOTHING

    def take(self, samples: Samples, until_ms: int) -> Samples:
        """One sample per step that ends at `until_ms` or before; what is later is kept back."""
        steps = self._join(self._open, self._reduced(samples))
        done = int(np.searchsorted(steps.at_ms, until_ms - self._step_ms, "right"))
        self._open = steps.pick(slice(done, None))
        return self._finished(steps.pick(slice(done)))

    def _reduced(self, samples: Samples) -> Steps:
        if not len(samples.at_ms):
            return NOTHING
        places = (samples.at_ms - self._from_ms) // self._step_ms
        firsts = np.flatnonzero(np.diff(places, prepend=places[0] - 1))
        usable = samples.qualities < Quality.BAD
        return Steps(
            self._from_ms + places[firsts] * self._step_ms,
            np.add.reduceat(usable.astype(np.int64), firsts),
            self._values(samples.values, usable, firsts),
            np.maximum.reduceat(samples.qualities, firsts),
        )

    def _values(self, values: Floats, usable: Flags, firsts: Ints) -> Floats:
        if self._reduce is Reduce.mean:
            return np.asarray(np.add.reduceat(np.where(usable, values, 0.0), firsts))
        if self._reduce is Reduce.last:
            places = np.maximum.reduceat(np.where(usable, np.arange(len(values)), -1), firsts)
            return np.asarray(values[places])  # -1 where nothing is usable: the count says so
        worst = np.inf if self._reduce is Reduce.min else -np.inf
        pick = np.minimum if self._reduce is Reduce.min else np.maximum
        return np.asarray(pick.reduceat(np.where(usable, values, worst), firsts))

    def _join(self, first: Steps, second: Steps) -> Steps:
        """Both; a step that stands in both becomes one."""
        if not len(first.at_ms) or not len(second.at_ms) or first.at_ms[-1] != second.at_ms[0]:
            return first.then(second)
        second.values[0] = self._combine(first, second)
        second.counts[0] += first.counts[-1]
        second.worst[0] = max(first.worst[-1], second.worst[0])
        return first.pick(slice(-1)).then(second)

    def _combine(self, first: Steps, second: Steps) -> float:
        before, after = float(first.values[-1]), float(second.values[0])
        if self._reduce is Reduce.mean:
            return before + after
        if self._reduce is Reduce.last:
            return after if second.counts[0] else before
        return min(before, after) if self._reduce is Reduce.min else max(before, after)

    def _finished(self, steps: Steps) -> Samples:
        """Steps without a usable sample have no value, so they are left out."""
        at_ms, counts, values, worst = steps.pick(steps.counts > 0)
        return Samples(at_ms, values / counts if self._reduce is Reduce.mean else values, worst)
