"""The bus of the virtual plant: which modules are plugged in, and what the base reports of it."""

import math

from webmacs_edge.hardware.driver import Direction, Layout, Point
from webmacs_edge.hardware.modules import MODULES

_MOST_ERRORS = 255  # per module; then the driver gives the module up
_RUNNING = 1
_MS_PER_MODULE = 2.5
_CPU_C = 47.0
_CPU_10_MHZ = 150


class Bus:
    """Counts failed cycles of unplugged modules and fills the inputs of the base module."""

    def __init__(self, layout: Layout) -> None:
        self._errors = {device.position: 0 for device in layout.devices}
        self._bases = {d.position for d in layout.devices if d.is_base}
        self._points = _base_points(layout)
        self._cycle_ms = _MS_PER_MODULE * len(layout.devices)
        self._time_s = 0.0
        self.unplugged: set[int] = set()

    def unplug(self, position: int) -> bool:
        """Pull a module; False when none is there, or it is the base."""
        if position not in self._errors or position in self._bases:
            return False
        self.unplugged.add(position)
        return True

    def plug(self, position: int) -> bool:
        """Put the module back; False when it was not unplugged."""
        if position not in self.unplugged:
            return False
        self.unplugged.discard(position)
        self._errors[position] = 0
        return True

    @property
    def given_up(self) -> frozenset[int]:
        """Modules that have not answered for so long that the driver does not ask any more."""
        return frozenset(it for it in self.unplugged if self._errors[it] >= _MOST_ERRORS)

    def cycle(self, dt_s: float) -> dict[str, int]:
        """One cycle of the bus: the counts of the base module by point id."""
        self._time_s += dt_s
        for position in self.unplugged:
            self._errors[position] = min(_MOST_ERRORS, self._errors[position] + 1)
        values = {
            "RevPiStatus": _RUNNING,
            "RevPiIOCycle": round(self._cycle_ms + 0.6 * math.sin(self._time_s / 3)),
            "RS485ErrorCnt": sum(count for count in self._errors.values() if count > 1),
            "Core_Temperature": round(_CPU_C + 3.0 * math.sin(self._time_s / 40)),
            "Core_Frequency": _CPU_10_MHZ,
        }
        return {point.id: values[name] for name, point in self._points}


def _base_points(layout: Layout) -> list[tuple[str, Point]]:
    """The points of the base module by PiCtory's own names, whatever they are called now."""
    found = []
    by_address = {(p.address, p.bits): p for p in layout.points if p.direction is Direction.input}
    for device in layout.devices:
        module = MODULES.get(device.product_type)
        if module is None or not module.is_base:
            continue
        for place in module.places(device.length):
            point = by_address.get((device.offset + place.offset, place.bits))
            if place.name in _NAMES and place.section is Direction.input and point is not None:
                found.append((place.name, point))
    return found


_NAMES = {"RevPiStatus", "RevPiIOCycle", "RS485ErrorCnt", "Core_Temperature", "Core_Frequency"}
