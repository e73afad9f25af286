"""From one process image to values, units and quality: the plan of what to read."""

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webmacs_edge.hardware.driver import Layout, Point
from webmacs_edge.model.quality import Quality

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

_CODES = {(8, False): "B", (8, True): "b", (16, False): "H", (16, True): "h"}
_CODES |= {(32, False): "I", (32, True): "i", (64, False): "Q", (64, True): "q"}
_BUS_ERRORS = "RS485ErrorCnt"
_BUS_REASON = "Bus errors: a module may be unplugged and its values old"

Judge = Callable[[bytes, int], tuple[Quality, str]]  # image, native counts -> trust, in words


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


@dataclass(slots=True)
class Reading:
    """One image decoded: native counts, values and trust, one entry per channel of the plan."""

    natives: list[int | None]
    values: list[float | None]
    qualities: list[Quality]
    reasons: dict[int, str]


class Plan:
    """Reads channels out of process images of one layout; immutable once built."""

    def __init__(
        self, channels: Sequence[Channel], *, length: int, bus_errors: Point | None
    ) -> None:
        self.channels = tuple(channels)
        self.keys = tuple(channel.key for channel in channels)
        self.length = length
        self._bus_errors = bus_errors
        self._read = [_reader(channel.point) for channel in channels]
        self._judges = [_judge(channel.point) for channel in channels]
        self._on_bus = [
            bool(
                channel.point
                and bus_errors
                and channel.point.device not in (0, bus_errors.device)
                and channel.point.device < _FIRST_VIRTUAL
            )
            for channel in channels
        ]

    def decode(self, image: bytes) -> Reading:
        """Values and trust of every channel; a channel without a place has the value None."""
        bus_trouble = self._bus_errors is not None and self._bus_reads(image) > 0
        natives: list[int | None] = []
        values: list[float | None] = []
        qualities: list[Quality] = []
        reasons: dict[int, str] = {}
        for position, channel in enumerate(self.channels):
            if channel.point is None:
                natives.append(None)
                values.append(None)
                qualities.append(Quality.STALE)
                reasons[position] = "Its I/O point is not in the PiCtory configuration any more"
                continue
            native = self._read[position](image)
            quality, reason = self._judges[position](image, native)
            if bus_trouble and quality < Quality.UNCERTAIN and self._on_bus[position]:
                quality, reason = Quality.UNCERTAIN, _BUS_REASON
            natives.append(native)
            values.append(channel.factor * native + channel.offset)
            qualities.append(quality)
            if reason:
                reasons[position] = reason
        return Reading(natives, values, qualities, reasons)

    def _bus_reads(self, image: bytes) -> int:
        point = self._bus_errors
        assert point is not None  # noqa: S101 asked only when there is one
        return int.from_bytes(image[point.address : point.address + 2], "little")


_FIRST_VIRTUAL = 64


def build_plan(layout: Layout, events: Iterable["Event"]) -> Plan:
    """The plan for the channels that are bound to an I/O point of this layout."""
    points = {point.id: point for point in layout.points}
    channels = [
        Channel(
            key=event.id,
            point=points.get(event.point_id or ""),
            factor=event.factor,
            offset=event.offset,
            recorded=event.recorded,
            divider=max(1, event.divider),
            deadband_counts=event.deadband / abs(event.factor) if event.factor else 0.0,
            silence_ns=int(event.silence_s * 1e9),
        )
        for event in events
        if event.point_id is not None
    ]
    bus_errors = next((p for p in layout.points if p.name.startswith(_BUS_ERRORS)), None)
    return Plan(channels, length=layout.length, bus_errors=bus_errors)


def _reader(point: Point | None) -> Callable[[bytes], int]:
    if point is None:
        return lambda _image: 0
    address = point.address
    if point.bit is not None:
        mask = 1 << point.bit
        return lambda image: 1 if image[address] & mask else 0
    code = _CODES.get((point.bits, point.signed))
    if code is not None:
        unpack = struct.Struct("<" + code).unpack_from
        return lambda image: int(unpack(image, address)[0])
    end, signed = address + (point.bits + 7) // 8, point.signed
    return lambda image: int.from_bytes(image[address:end], "little", signed=signed)


def _judge(point: Point | None) -> Judge:
    """Trust in a native value, worst fault first: status bits, sentinels, wiring, span."""
    if point is None:
        return lambda _image, _native: (Quality.GOOD, "")
    checks = [
        check
        for check in (_status(point), _sentinel(point), _wiring(point), _span(point))
        if check is not None
    ]
    if not checks:
        return lambda _image, _native: (Quality.GOOD, "")

    def judge(image: bytes, native: int) -> tuple[Quality, str]:
        for check in checks:
            quality, reason = check(image, native)
            if quality:
                return quality, reason
        return Quality.GOOD, ""

    return judge


def _status(point: Point) -> Judge | None:
    status = point.status
    if status is None:
        return None
    address, end, words = status.address, status.address + status.bits // 8, dict(status.words)

    def check(image: bytes, _native: int) -> tuple[Quality, str]:
        seen = int.from_bytes(image[address:end], "little")
        if not seen:
            return Quality.GOOD, ""
        said = [text for mask, text in words.items() if seen & mask]
        return (Quality.BAD, ", ".join(said)) if said else (Quality.GOOD, "")

    return check


def _sentinel(point: Point) -> Judge | None:
    sentinels = dict(point.sentinels or {})
    if not sentinels:
        return None

    def check(_image: bytes, native: int) -> tuple[Quality, str]:
        reason = sentinels.get(native)
        return (Quality.BAD, reason) if reason else (Quality.GOOD, "")

    return check


def _wiring(point: Point) -> Judge | None:
    low, high = point.low_valid, point.high_valid
    if low is None and high is None:
        return None

    def check(_image: bytes, native: int) -> tuple[Quality, str]:
        if low is not None and native < low:
            return Quality.BAD, "Wire break or no supply: the signal is below its live zero"
        if high is not None and native > high:
            return Quality.BAD, "The signal is above what a sound sensor sends"
        return Quality.GOOD, ""

    return check


def _span(point: Point) -> Judge | None:
    low, high = point.low, point.high
    if low is None or high is None or point.bit is not None:
        return None

    def check(_image: bytes, native: int) -> tuple[Quality, str]:
        if native < low:
            return Quality.UNCERTAIN, "Below the measuring range"
        if native > high:
            return Quality.UNCERTAIN, "Above the measuring range"
        return Quality.GOOD, ""

    return check
