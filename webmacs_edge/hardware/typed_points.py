"""Places that a user gave a type: a number or a bit at an address of a gateway or virtual device.

Their id says it all: `64@12:float32>` is a big-endian float at byte 12 of the device at 64,
`64@3.5` is bit 5 of its byte 3.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from webmacs_edge.hardware.driver import Device, Direction, Layout, Point, PointKind
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text

TYPES = (
    "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64",
    "bit",
)  # fmt: skip
_ID = re.compile(r"(\d{1,3})@(\d{1,4})(?:\.([0-7])|:(u?int|float)(8|16|32|64)([<>]))")
_ORDERS = {"<": "little", ">": "big"}


@dataclass(frozen=True, slots=True)
class TypedPlace:
    """A place as its user says it."""

    device: int  # position
    byte: int  # within the device
    type: str  # one of TYPES
    bit: int = 0  # of the byte, for a bit
    big_endian: bool = False

    @property
    def id(self) -> str:
        """What `events.point_id` holds."""
        if self.type == "bit":
            return f"{self.device}@{self.byte}.{self.bit}"
        return f"{self.device}@{self.byte}:{self.type}{'>' if self.big_endian else '<'}"


def find_point(layout: Layout, points: Mapping[str, Point], point_id: str) -> Point | None:
    """The I/O point with this id, also one that a user typed; None when it is not there."""
    point = points.get(point_id)
    if point is not None or "@" not in point_id:
        return point
    try:
        return make_point(layout, parse_place(point_id))
    except InvalidError:
        return None


def parse_place(point_id: str) -> TypedPlace:
    """The place that an id says; InvalidError when it is none."""
    match = _ID.fullmatch(point_id)
    if match is None or (match[4] == "float" and match[5] in ("8", "16")):
        raise InvalidError(text("{id} is no typed place.", id=point_id[:100]), field="type")
    device, byte, bit, kind, bits, order = match.groups()
    if bit is not None:
        return TypedPlace(int(device), int(byte), "bit", bit=int(bit))
    return TypedPlace(int(device), int(byte), f"{kind}{bits}", big_endian=order == ">")


def make_point(layout: Layout, place: TypedPlace) -> Point:
    """The point at a typed place; InvalidError says why there cannot be one."""
    device = next((it for it in layout.devices if it.position == place.device), None)
    if device is None:
        gone = text("There is no device at position {place}.", place=place.device)
        raise InvalidError(gone, field="device")
    if not device.is_raw:
        words = "“{name}” is a module whose signals are known. Choose one of its I/O points."
        raise InvalidError(text(words, name=device.name), field="device")
    bits = 1 if place.type == "bit" else int(re.sub(r"\D", "", place.type))
    covering = _covering(layout, device, byte=place.byte, length=(bits + 7) // 8)
    first = covering[0]
    return replace(
        first,
        name=place.id.partition("@")[2],
        typed_id=place.id,
        kind=PointKind.digital if bits == 1 else PointKind.raw,
        address=device.offset + place.byte,
        bit=place.bit if bits == 1 else None,
        bits=bits,
        signed=place.type.startswith(("int", "float")),
        is_float=place.type.startswith("float"),
        big_endian=place.big_endian,
        default=0,
        comment="",
        hidden=False,
        used=True,
    )


def _covering(layout: Layout, device: Device, *, byte: int, length: int) -> list[Point]:
    """The points of the configuration at these bytes: all there, all of one direction."""
    begin, found = device.offset + byte, []
    points = [it for it in layout.points if it.device == device.position]
    for address in range(begin, begin + length):
        here = [it for it in points if it.address <= address < it.address + max(1, it.bits // 8)]
        here = [it for it in here if it.direction is not Direction.memory]
        if not here:
            words = "Byte {byte} of “{name}” holds nothing that can be read."
            at = address - device.offset
            raise InvalidError(text(words, byte=at, name=device.name), field="byte")
        found.append(here[0])
    if len({point.direction for point in found}) > 1:
        words = text("From byte {byte} on inputs and outputs would be mixed.", byte=byte)
        raise InvalidError(words, field="byte")
    return found
