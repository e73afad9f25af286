"""From one process image to values, units and quality: the plan of what to read."""

import re
import struct
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from webmacs_edge.acquisition.bus import Bus
from webmacs_edge.acquisition.frozen import frozen_ns
from webmacs_edge.acquisition.judges import doubting, judge_of
from webmacs_edge.hardware.driver import Layout, Point, PointKind
from webmacs_edge.hardware.typed_points import find_point
from webmacs_edge.model.curves import Curve
from webmacs_edge.model.formula_code import Turn
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

_CODES = {(8, False): "B", (8, True): "b", (16, False): "H", (16, True): "h"}
_CODES |= {(32, False): "I", (32, True): "i", (64, False): "Q", (64, True): "q"}
_FLOATS = {32: "f", 64: "d"}
_NO_CURVES: Mapping[str, Curve] = MappingProxyType({})
_NO_DOUBTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Channel:
    """What the scanner needs to know of one channel; `point` is None when its place is gone."""

    key: int
    point: Point | None
    factor: float
    offset: float
    recorded: bool
    divider: int
    deadband_counts: float  # native counts a value must move to be recorded
    silence_ns: int  # recorded at least this often
    name: str = ""
    public_id: str = ""
    curve: Curve | None = None  # of its calibration
    frozen_ns: int = 0  # unchanged for longer it is not trusted; 0: that is no sign
    formula: str = ""  # of a derived channel, with public ids
    doubt: str = ""  # why its values need somebody's eyes, whatever the module says

    @property
    def turn(self) -> Turn:
        """How its counter turns over, if it has one."""
        point = self.point
        if point is None or point.bit is not None or point.kind not in _COUNTING or point.is_float:
            return Turn()
        step = abs(self.factor)
        return Turn(span=step * 2.0**point.bits, step=step, signed=point.signed)


@dataclass(slots=True)
class Reading:
    """One image decoded: native counts, values and trust, one entry per channel of the plan."""

    natives: list[float | None]
    values: list[float | None]
    qualities: list[Quality]
    reasons: dict[int, str]
    forced: frozenset[int] = frozenset()  # positions whose value somebody typed

    def copy(self, room: int = 0) -> "Reading":
        """The same in lists of its own, with room for derived channels behind it."""
        return Reading(
            [*self.natives, *[None] * room],
            [*self.values, *[None] * room],
            [*self.qualities, *[Quality.STALE] * room],
            dict(self.reasons),
        )


class Plan:
    """Reads channels out of process images of one layout; immutable once built.

    Derived channels stand behind the measured ones. They, and channels that only formulas ask
    for, are none of the image's: `decode` leaves them out.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        *,
        layout: Layout,
        derived: Sequence[Channel] = (),
        outside: Sequence[Channel] = (),
    ) -> None:
        self.measured = tuple(channels)
        self.derived = tuple(derived)
        self.outside = tuple(outside)  # sent from elsewhere
        self.channels = (*self.measured, *self.derived)
        self.keys = tuple(channel.key for channel in self.channels)
        self.length = layout.length
        self.positions = {channel.key: at for at, channel in enumerate(self.channels)}
        self.watched = tuple(
            (at, channel.frozen_ns) for at, channel in enumerate(self.measured) if channel.frozen_ns
        )
        self.bus = Bus(layout, [channel.point for channel in self.measured])
        self._read = [_reader(channel.point) for channel in channels]
        self._judges = [doubting(judge_of(channel.point), channel.doubt) for channel in channels]
        self._modules = {device.position: device.name for device in layout.devices}

    def decode(self, image: bytes, lost: Collection[int] | None = None) -> Reading:
        """Values and trust of every measured channel; one without a place has the value None.

        `lost`: positions of modules that do not answer; None: nobody can say which.
        """
        count = len(self.measured)
        reading = Reading([None] * count, [None] * count, [Quality.STALE] * count, {})
        self.decode_into(reading, range(count), image=image, lost=lost)
        return reading

    def decode_into(
        self,
        reading: Reading,
        positions: Iterable[int],
        *,
        image: bytes,
        lost: Collection[int] | None,
    ) -> None:
        """Decode the channels at these positions anew, and put them into the reading."""
        trouble = self.bus.trouble(image, lost)
        natives, values, qualities = reading.natives, reading.values, reading.qualities
        for position in positions:
            channel = self.measured[position]
            if channel.point is None:
                reading.reasons[position] = _NO_PLACE
                continue
            native = self._read[position](image)
            quality, reason = self._judges[position](image, native)
            if trouble is not None and quality < trouble[position][0]:
                quality, reason = trouble[position]
            value: float | None = channel.factor * native + channel.offset
            if channel.curve is not None and value is not None:
                value = channel.curve.apply(value)
            if value is None or value - value != 0.0:  # infinite, or no number: somebody wrote it
                native, value, quality, reason = 0.0, None, Quality.BAD, _NO_NUMBER
            natives[position], values[position], qualities[position] = native, value, quality
            if reason:
                reading.reasons[position] = reason
            else:
                reading.reasons.pop(position, None)


_COUNTING = {PointKind.counter, PointKind.encoder, PointKind.raw}
_NO_PLACE = text("Its I/O point is not in the PiCtory configuration any more")
_NO_NUMBER = text("What stands at its place is not a number")


def build_plan(
    layout: Layout,
    events: Iterable["Event"],
    *,
    curves: Mapping[str, Curve] = _NO_CURVES,
    doubts: Mapping[str, str] = _NO_DOUBTS,
) -> Plan:
    """The plan for the channels that are bound to an I/O point of this layout, or derived.

    `doubts`: why values cannot be trusted, by public id of the channel.
    """
    events = list(events)
    points = {point.id: point for point in layout.points}
    measured = [
        replace(
            _measured(event, find_point(layout, points, event.point_id), curves),
            doubt=doubts.get(event.public_id, "") if doubts else "",
        )
        for event in events
        if event.point_id is not None
    ]
    derived = [_channel(event, None) for event in events if event.formula]
    asked = {match for it in derived for match in _PUBLIC_ID.findall(it.formula)}
    outside = [
        _channel(event, None)
        for event in events
        if event.point_id is None and not event.formula and event.public_id in asked
    ]
    return Plan(measured, layout=layout, derived=derived, outside=outside)


_PUBLIC_ID = re.compile(r"\{([^{}]*)\}")


def _measured(event: "Event", point: Point | None, curves: Mapping[str, Curve]) -> Channel:
    curve = curves.get(event.public_id)
    channel = replace(_channel(event, point), curve=curve)
    return replace(channel, frozen_ns=frozen_ns(point, event.frozen_s))


def _channel(event: "Event", point: Point | None) -> Channel:
    derived_step = 0.5 * 10.0**-event.decimals if event.formula else 0.0  # less is not kept anyway
    deadband = event.deadband / abs(event.factor) if event.factor else 0.0
    return Channel(
        key=event.id,
        point=point,
        factor=event.factor,
        offset=event.offset,
        recorded=event.recorded,
        divider=max(1, event.divider),
        deadband_counts=max(derived_step, deadband),
        silence_ns=int(event.silence_s * 1e9),
        name=event.name,
        public_id=event.public_id,
        formula=event.formula,
    )


def _reader(point: Point | None) -> Callable[[bytes], float]:
    if point is None:
        return lambda _image: 0
    address = point.address
    if point.bit is not None:
        mask = 1 << point.bit
        return lambda image: 1 if image[address] & mask else 0
    order = ">" if point.big_endian else "<"
    code = _FLOATS.get(point.bits) if point.is_float else _CODES.get((point.bits, point.signed))
    if code is not None:
        first = struct.Struct(order + code).unpack_from
        return lambda image: first(image, address)[0]
    end, signed = address + (point.bits + 7) // 8, point.signed
    words: Literal["big", "little"] = "big" if point.big_endian else "little"
    return lambda image: int.from_bytes(image[address:end], words, signed=signed)
