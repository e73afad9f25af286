"""Puts samples or summaries in order of time while they arrive chunk by chunk.

Chunks come by their first stamp, and may overlap: late samples have chunks of their own, and a
clock that was set back lets two runs cover the same time.
"""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import numpy as np

Table = TypeVar("Table", bound=tuple[Any, ...])  # a NamedTuple of parallel arrays, time first


class Ordering(Generic[Table]):
    """Holds back what later parts might come before."""

    def __init__(self, empty: Table) -> None:
        self._empty = empty
        self._held: list[Table] = []

    def take(self, parts: Sequence[Table], *, before_ms: int | None) -> Table:
        """All rows so far that lie before `before_ms`, in order; the rest waits (None: all).

        The rows of later calls must not lie before `before_ms`.
        """
        joined = join([*self._held, *parts], self._empty)
        if before_ms is None:
            self._held = []
            return joined
        count = int(np.searchsorted(joined[0], before_ms))
        self._held = [_slice(joined, slice(count, None))] if count < len(joined[0]) else []
        return _slice(joined, slice(count)) if self._held else joined


def join(parts: Sequence[Table], empty: Table) -> Table:
    """The parts as one, in order of time."""
    parts = [part for part in parts if len(part[0])]
    if not parts:
        return empty
    if len(parts) == 1:
        joined = parts[0]
    else:
        joined = _make(empty, [np.concatenate(column) for column in zip(*parts, strict=True)])
    times = joined[0]
    if (times[1:] >= times[:-1]).all():
        return joined
    return _slice(joined, np.argsort(times, kind="stable"))


def _slice(table: Table, which: Any) -> Table:
    return _make(table, [column[which] for column in table])


def _make(like: Table, columns: list[Any]) -> Table:
    return type(like)(*columns)
