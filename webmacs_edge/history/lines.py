"""Marks in the history where a channel lacks samples, so that no line is drawn across."""

import time
from collections.abc import Callable, Iterable

from webmacs_edge.history.head import Head
from webmacs_edge.model.quality import Quality

TakenFrom = Callable[[int], Head]


class Lines:
    """Which channels' lines are to be ended: their newest value is told once more, as stale."""

    def __init__(self, head_of: TakenFrom) -> None:
        self.lost: set[int] = set()  # channels that lack samples since their last one
        self.old: set[int] = set()  # … whose last sample is of an earlier process
        self.scanned: tuple[int, ...] = ()  # … of the newest scan
        self._head_of = head_of

    def end_lost(self) -> int:
        """Where samples were dropped, after the last one before; returns how many marks are new."""
        keys, self.lost = self.lost, set()
        return sum(self._end(key) for key in keys)

    def end_old(self, keys: Iterable[int]) -> int:
        """Where the appliance was off, once it goes on with these channels."""
        keys = self.old.intersection(keys)
        self.old -= keys
        return sum(self._end(key) for key in keys)

    def end_scanned(self, at_ms: int) -> int:
        """Where the appliance stops now: up to this time the last values held."""
        keys, self.scanned = self.scanned, ()
        return sum(self._end(key, at_ms) for key in keys)

    def _end(self, key: int, at_ms: int = 0) -> bool:
        head = self._head_of(key)
        if head.last is None or head.last[2] >= Quality.BAD:
            return False
        stamp = max(at_ms, head.last_ms + 1)
        return head.add(stamp, head.last[1], Quality.STALE, mono_ns=time.monotonic_ns())
