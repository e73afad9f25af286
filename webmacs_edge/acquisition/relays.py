"""How often relays have switched, against the count at which somebody wants to know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from webmacs_edge.hardware.driver import Layout

ASK_EVERY_NS = 10_000_000_000
_THRESHOLD = "RelayCycleWarningThreshold_"


@dataclass(frozen=True, slots=True)
class Relay:
    """One relay; a threshold of 0 warns never."""

    module: str  # RO 35
    number: int  # from 1
    cycles: int
    threshold: int

    @property
    def is_worn(self) -> bool:
        """Whether it has switched as often as somebody wants to know."""
        return 0 < self.threshold <= self.cycles


class RelayWatch:
    """Asks the driver now and then, in the acquisition thread."""

    def __init__(self, ask: Callable[[], Mapping[int, tuple[int, ...]]]) -> None:
        self.cycles: Mapping[int, tuple[int, ...]] = {}
        self._ask = ask
        self._next_ns = 0

    def look(self, mono_ns: int) -> None:
        """Ask when it is time."""
        if mono_ns >= self._next_ns:
            self._next_ns = mono_ns + ASK_EVERY_NS
            self.cycles = self._ask()

    def relays(self, layout: Layout | None) -> list[Relay]:
        """All relays whose counts are known."""
        if layout is None:
            return []
        kinds = {it.position: it.kind for it in layout.devices}
        thresholds = {
            (point.device, point.name.removeprefix(_THRESHOLD).partition("_")[0]): point.default
            for point in layout.points
            if point.name.startswith(_THRESHOLD)
        }
        return [
            Relay(f"{kinds[at]} {at}", number, cycles, thresholds.get((at, str(number)), 0))
            for at, counts in sorted(self.cycles.items())
            if at in kinds
            for number, cycles in enumerate(counts, 1)
        ]
