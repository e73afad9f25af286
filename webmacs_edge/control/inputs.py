"""What interlocks look at: the values of this cycle, and those that were sent from outside."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from webmacs_edge.model.conditions import NEVER_SEEN, Seen
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Arrivals, Scan

if TYPE_CHECKING:
    from webmacs_edge.control.interlocks import Interlock


class Inputs:
    """The newest value of every channel that an interlock asks for, with trust and age."""

    def __init__(self) -> None:
        self._scan: Scan | None = None
        self._positions: dict[int, int] = {}
        self._keys: tuple[int, ...] = ()
        self._good_ns: dict[int, int] = {}
        self._sent: dict[int, tuple[float, int]] = {}
        self._asked: frozenset[int] = frozenset()
        self._mono_ns = 0

    def use(self, interlocks: "Collection[Interlock]") -> None:
        """Keep what these ask for."""
        self._asked = frozenset(c.key for lock in interlocks for c in lock.conditions)

    def note(self, arrivals: Arrivals) -> None:
        """Values from outside; called from the event loop."""
        for key, value in zip(arrivals.keys, arrivals.values, strict=True):
            if key in self._asked:
                self._sent[key] = (value, arrivals.mono_ns)

    def take(self, scan: Scan | None, *, mono_ns: int) -> None:
        """The values of this cycle."""
        self._scan, self._mono_ns = scan, mono_ns
        if scan is None:
            return
        if scan.keys is not self._keys:
            self._keys = scan.keys
            self._positions = {key: position for position, key in enumerate(scan.keys)}
        for key in self._asked:
            position = self._positions.get(key)
            if position is not None and scan.qualities[position] < Quality.BAD:
                self._good_ns[key] = mono_ns

    def lose(self) -> None:
        """The device is not being read."""
        self._scan = None

    def look(self, key: int) -> Seen:
        """What is known of the channel now."""
        position = self._positions.get(key)
        if position is None:
            return self._look_outside(key)
        if self._scan is None:
            return NEVER_SEEN
        value, quality = self._scan.values[position], self._scan.qualities[position]
        age_s = (self._mono_ns - self._good_ns.get(key, 0)) / 1e9
        return Seen(value, quality, age_s, is_forced=position in self._scan.forced)

    def _look_outside(self, key: int) -> Seen:
        sent = self._sent.get(key)
        if sent is None:
            return NEVER_SEEN
        return Seen(sent[0], Quality.GOOD, max(0.0, (self._mono_ns - sent[1]) / 1e9))
