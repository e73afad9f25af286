"""The LEDs of the base as status lamps: A1 running, A2 alarm, A3 update, A4 forced, A5 storing.

Off unless set so. Only their own bits are changed, through the one handle that writes outputs: the
watchdog bit and the X2 output beside them are never touched.
"""

from enum import IntEnum
from typing import NamedTuple

from webmacs_edge.control.places import Changes
from webmacs_edge.hardware.driver import Direction, Layout, Point

_BYTE = 0xFF
_AGAIN_NS = 5_000_000_000


class Colour(IntEnum):
    """What a lamp shows."""

    off = 0
    green = 1
    red = 2
    amber = 3  # both


class _Kind(NamedTuple):
    """How a base wires its lamps, in bits from the start of its LED byte or word."""

    lamps: int
    stride: int  # bits of a lamp
    green: int  # bit within the lamp
    red: int


_KINDS = {
    95: _Kind(2, 2, 0, 1),  # Core
    104: _Kind(2, 2, 0, 1),  # Compact
    105: _Kind(3, 2, 0, 1),  # Connect: bit 6 is the X2 output, bit 7 the watchdog
    135: _Kind(5, 2, 0, 1),  # Flat
    136: _Kind(5, 3, 1, 0),  # Connect 4: red, green, blue
    138: _Kind(5, 3, 1, 0),  # Connect 5
}
_LAMPS = range(5)  # from A1 on


class Lamps:
    """What shall be lit is set by the event loop; written by the acquisition thread."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self.alarm = Colour.off
        self.is_updating = False
        self.is_forced = False  # a value stands in the place of a measured one
        self.is_storing = True
        self._kind: _Kind | None = None
        self._address = 0
        self._shown: dict[int, Colour] = {}
        self._next_ns = 0

    def opened(self, layout: Layout) -> None:
        """Find the lamps of this base."""
        self._kind = None
        for device in layout.devices:
            place = _led_point(layout, device.position) if device.is_base else None
            if place is not None:
                self._kind, self._address = _KINDS.get(device.product_type), place.address

    def changes(self, image: bytes, *, is_well: bool, mono_ns: int) -> Changes:
        """What to write now; nothing while the lamps show what they should.

        Against another writer they are set again every few seconds only.
        """
        if not self.enabled:
            return {}
        update = Colour.amber if self.is_updating else Colour.off
        running = Colour.green if is_well else Colour.amber
        forced = Colour.amber if self.is_forced else Colour.off
        storing = Colour.off if self.is_storing else Colour.red
        wanted = dict(zip(_LAMPS, (running, self.alarm, update, forced, storing), strict=True))
        if wanted == self._shown and mono_ns < self._next_ns:
            return {}
        self._shown, self._next_ns = wanted, mono_ns + _AGAIN_NS
        return self._set(image, wanted)

    def leave(self) -> Changes:
        """All ours off: nobody is there any more."""
        return self._set(None, dict.fromkeys(_LAMPS, Colour.off))

    def _set(self, image: bytes | None, wanted: dict[int, Colour]) -> Changes:
        kind = self._kind
        if not self.enabled or kind is None:
            return {}
        mask = value = 0
        for lamp, colour in wanted.items():
            if lamp >= kind.lamps:
                continue
            first = lamp * kind.stride
            mask |= (1 << first + kind.green) | (1 << first + kind.red)
            value |= (colour & 1) << first + kind.green | (colour >> 1) << first + kind.red
        changes: Changes = {}
        for byte in range((mask.bit_length() + 7) // 8):
            part, lit = mask >> 8 * byte & _BYTE, value >> 8 * byte & _BYTE
            address = self._address + byte
            if part and (image is None or image[address] & part != lit):
                changes[address] = (part, lit)
        return changes


def _led_point(layout: Layout, position: int) -> Point | None:
    found = (
        point
        for point in layout.points
        if point.device == position
        and point.direction is Direction.output
        and point.name.startswith("RevPiLED")
    )
    return min(found, key=lambda point: point.address, default=None)
