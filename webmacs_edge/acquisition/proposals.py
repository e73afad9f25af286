"""What a channel on an I/O point should look like before anybody has touched it."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from webmacs_edge.hardware.driver import Device, Direction, Layout, Point, PointKind
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.scaling import Scaling, decimals_for, line_through
from webmacs_edge.model.words import EventType

_NUMBER = r"[-−+]?\d+(?:[.,]\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:\.\.\.?|…|to|bis)\s*({_NUMBER})\s*([^\s,;()\[\]]{{1,12}})?")
_SIGNALS = {"mA", "µA", "uA", "V", "mV"}  # a range in these is the wiring's, not the sensor's
_SLOW_HZ = 1.0
_SIGNIFICANT = 4  # digits of the span: 0.1 in 0..120
_KNOWN_NAMES = {"RevPiIOCycle": "Bus cycle", "Core_Temperature": "CPU temperature"}
_WORDS = {"ok": ("OK", "Tripped"), "valve": ("Open", "Closed")}


@dataclass(frozen=True, slots=True)
class Proposal:
    """The columns of a new channel; see `store.tables.Event` for their meaning."""

    point_id: str
    name: str
    unit: str
    type: EventType
    min_value: float
    max_value: float
    group_name: str
    is_digital: bool
    on_text: str
    off_text: str
    decimals: int
    factor: float
    offset: float
    divider: int


def propose(layout: Layout, points: Sequence[Point], *, scan_hz: float = 10.0) -> list[Proposal]:
    """One proposal per point; names are unique among them."""
    groups = {device.position: group_name(layout, device) for device in layout.devices}
    names = _unique([readable_name(point) for point in points], points)
    return [
        _proposal(point, name, groups[point.device], scan_hz=scan_hz)
        for point, name in zip(points, names, strict=True)
    ]


def reading_order(layout: Layout) -> list[Point]:
    """All points as people look at a plant: measuring modules, then switching ones, base last."""

    def rank(device: Device) -> tuple[bool, bool, int]:
        own = [point for point in layout.points if point.device == device.position and point.used]
        digital = sum(point.bit is not None for point in own)
        return device.is_base, 2 * digital > len(own), device.offset

    ranks = {device.position: rank(device) for device in layout.devices}
    return sorted(layout.points, key=lambda point: ranks[point.device])


def group_name(layout: Layout, device: Device) -> str:
    """What the module is called on pages: its own name, or kind and position."""
    named = [other for other in layout.devices if other.name == device.name]
    renamed = device.name and not device.name.startswith("RevPi")
    if renamed and len(named) == 1:
        return device.name
    return device.kind if device.is_base else f"{device.kind} {device.position}"


def readable_name(point: Point) -> str:
    """`bed_temperature` becomes “Bed temperature”; tags such as TT-101 stay as they are."""
    plain = re.sub(r"_i\d\d$", "", point.name)
    if plain in _KNOWN_NAMES:
        return _KNOWN_NAMES[plain]
    words = plain.replace("_", " ").strip()
    if not words:
        return point.name
    return words[0].upper() + words[1:] if words.islower() else words


def span_from_comment(comment: str) -> tuple[float, float, str] | None:
    """The sensor's span and unit where the PiCtory comment says it: `FT-101 0..120 m³/h`."""
    for low, high, unit in _RANGE.findall(comment):
        ends = (_number(low), _number(high))
        if unit and unit not in _SIGNALS and ends[0] < ends[1]:
            return (*ends, unit)
    return None


def _proposal(point: Point, name: str, group: str, *, scan_hz: float) -> Proposal:
    is_digital = point.bit is not None or point.bits == 1
    scaling, low, high, unit = _scale(point) if not is_digital else (Scaling(), 0.0, 1.0, "bool")
    on_text, off_text = _WORDS.get(point.name.lower().rpartition("_")[2], ("On", "Off"))
    return Proposal(
        point_id=point.id,
        name=name,
        unit=unit,
        type=_type(point, is_digital=is_digital),
        min_value=low,
        max_value=high,
        group_name=group,
        is_digital=is_digital,
        on_text=on_text,
        off_text=off_text,
        decimals=0 if is_digital else _decimals(scaling.factor, high - low),
        factor=scaling.factor,
        offset=scaling.offset,
        divider=_divider(point, is_digital=is_digital, scan_hz=scan_hz),
    )


def _scale(point: Point) -> tuple[Scaling, float, float, str]:
    """Scaling, range and unit: from the comment's span, else from the native unit."""
    spoken = span_from_comment(point.comment)
    if spoken and spoken[2] == point.unit:  # the same unit: the span is a range, not a scaling
        return Scaling(point.native_factor), *spoken
    if spoken and point.low is not None and point.high is not None:
        try:
            line = line_through((point.low, point.high), spoken[:2])
        except InvalidError:
            pass
        else:
            return line, *spoken
    scaling = Scaling(point.native_factor, 0.0)
    low, high = point.low, point.high
    if low is None or high is None or low >= high:
        low, high = _width_span(point)
    ends = sorted((scaling.apply(low), scaling.apply(high)))
    return scaling, ends[0], ends[1], point.unit or "raw"


def _decimals(factor: float, span: float) -> int:
    """As many as the native step needs, but no more than four digits of the span."""
    useful = max(1, _SIGNIFICANT - 1 - math.floor(math.log10(span))) if span > 0 else 0
    return min(decimals_for(factor), useful)


def _width_span(point: Point) -> tuple[float, float]:
    bits = min(point.bits, 32)
    if point.signed:
        return float(-(2 ** (bits - 1))), float(2 ** (bits - 1) - 1)
    return 0.0, float(2**bits - 1)


def _type(point: Point, *, is_digital: bool) -> EventType:
    if point.direction is not Direction.output:
        return EventType.sensor
    return EventType.actuator if is_digital else EventType.range


def _divider(point: Point, *, is_digital: bool, scan_hz: float) -> int:
    """Slow signals need no more than a sample a second; the rest as often as they are renewed."""
    if is_digital:
        return 1
    slow = point.kind in (PointKind.counter, PointKind.status) or point.unit == "°C"
    wanted_hz = _SLOW_HZ if slow else min(scan_hz, point.rate_hz or scan_hz)
    return max(1, round(scan_hz / wanted_hz))


def _unique(names: Sequence[str], points: Sequence[Point]) -> list[str]:
    twice = {name for name, count in Counter(names).items() if count > 1}
    return [
        f"{name} {point.device}" if name in twice else name
        for name, point in zip(names, points, strict=True)
    ]


def _number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", "."))
