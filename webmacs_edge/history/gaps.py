"""Finds where a channel has no usable samples."""

import numpy as np
import numpy.typing as npt

from webmacs_edge.history.packing import Ints

Flags = npt.NDArray[np.bool_]


class Gaps:
    """Gaps within [from_ms, to_ms), found while spans arrive in order of time.

    A gap lies between two usable spans that are further apart than `limit_ms`, or that have an
    unusable one between them; it then begins with that one, up to which the last value held.
    """

    def __init__(self, from_ms: int, to_ms: int, *, limit_ms: int) -> None:
        self._from_ms, self._to_ms, self._limit_ms = from_ms, to_ms, limit_ms
        self._found: list[tuple[Ints, Ints]] = []
        edge = np.array([from_ms], np.int64)  # the edges of the range count as usable
        self._tail: tuple[Ints, Ints, Flags] = (edge, edge, np.array([True]))

    def add(self, start: Ints, end: Ints, usable: Flags) -> None:
        """Look at the next spans."""
        if len(start) and usable.all():
            self._add_mixed(start[:1], end[:1], usable[:1])
            far = np.flatnonzero(start[1:] - end[:-1] > self._limit_ms)
            self._found.append((end[far], start[far + 1]))
            self._tail = (start[-1:], end[-1:], usable[-1:])
        else:
            self._add_mixed(start, end, usable)

    def _add_mixed(self, start: Ints, end: Ints, usable: Flags) -> None:
        new = (start, end, usable)
        start, end, usable = (np.concatenate(pair) for pair in zip(self._tail, new, strict=True))
        good = np.flatnonzero(usable)
        before, after = good[:-1], good[1:]
        is_interrupted = after - before > 1
        first_bad = start[np.minimum(before + 1, len(start) - 1)]
        held = is_interrupted & (first_bad - end[before] <= self._limit_ms)
        begin = np.where(held, first_bad, end[before])
        found = is_interrupted | (start[after] - end[before] > self._limit_ms)
        if found.any():
            self._found.append((begin[found], start[after][found]))
        last = int(good[-1])
        self._tail = (start[last : last + 2], end[last : last + 2], usable[last : last + 2])

    def finish(self, *, at_least_ms: int) -> list[tuple[int, int]]:
        """The gaps, but for those too short to be seen."""
        edge = np.array([self._to_ms], np.int64)
        self.add(edge, edge, np.array([True]))
        gaps: list[tuple[int, int]] = []
        for begins, ends in self._found:
            begins = np.maximum(begins, self._from_ms)  # noqa: PLW2901 within the range
            wide = ends - begins >= max(1, at_least_ms)
            gaps += zip(begins[wide].tolist(), ends[wide].tolist(), strict=True)
        return gaps
