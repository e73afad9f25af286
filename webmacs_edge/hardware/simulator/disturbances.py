"""Faults of single wires: break, short, freeze; what the module then reports."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from webmacs_edge.hardware.driver import Direction, Layout, Point, PointKind
from webmacs_edge.hardware.ranges import BROKEN_LOOP_UA

_LOW_BIT, _HIGH_BIT = 0x01, 0x02  # of the status bytes of the AIO
_OPEN_RTD, _SHORT_RTD = 8500, -2000
_SHORTED_LOOP_UA = 24_000


class Fault(StrEnum):
    """What can happen to a wire."""

    break_ = "break"
    short = "short"
    freeze = "freeze"


class Disturbances:
    """The faults that are on, by point."""

    def __init__(self) -> None:
        self._faults: dict[str, tuple[Point, Fault]] = {}
        self._last: dict[str, int] = {}

    def set(self, point: Point, fault: Fault) -> None:
        """Begin a fault; it replaces one that is on."""
        self._faults[point.id] = (point, fault)

    def clear(self, point: Point) -> None:
        """End the fault of that point."""
        self._faults.pop(point.id, None)

    def __len__(self) -> int:
        return len(self._faults)

    def apply(self, counts: Mapping[str, int]) -> dict[str, int]:
        """The counts as the module would deliver them."""
        result = dict(counts)
        for key, (point, fault) in self._faults.items():
            frozen = self._last.get(key, counts.get(key, point.default))
            result[key] = _disturbed(point, fault, frozen)
        self._last = result
        return result

    def status_bits(self) -> Iterator[tuple[int, int]]:
        """Address and bits of each status byte that reports a fault."""
        for point, fault in self._faults.values():
            if point.status is not None and point.kind is PointKind.analog:
                bits = _status_bit(point, fault)
                if bits:
                    yield point.status.address, bits


def find_input(layout: Layout, name: str) -> Point | None:
    """The input of that id or name; None when there is none."""
    for point in layout.points:
        if point.direction is Direction.input and name in {point.id, point.name}:
            return point
    return None


def _disturbed(point: Point, fault: Fault, frozen: int) -> int:
    if fault is Fault.freeze or point.kind is PointKind.counter:
        return frozen
    if point.kind is PointKind.digital:
        return int(fault is Fault.short)
    if _is_rtd(point):
        return _OPEN_RTD if fault is Fault.break_ else _SHORT_RTD
    if fault is Fault.short and _is_loop(point):
        return _SHORTED_LOOP_UA
    return 0


def _status_bit(point: Point, fault: Fault) -> int:
    if fault is Fault.freeze:
        return 0
    if _is_rtd(point):
        return _HIGH_BIT if fault is Fault.break_ else _LOW_BIT
    if _is_loop(point):
        return _LOW_BIT if fault is Fault.break_ else _HIGH_BIT
    return 0


def _is_rtd(point: Point) -> bool:
    return bool(point.sentinels)


def _is_loop(point: Point) -> bool:
    return point.low_valid == BROKEN_LOOP_UA
