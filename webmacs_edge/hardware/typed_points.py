"""I/O points at places that a user gave a type, checked against the configuration."""

import re
from collections.abc import Mapping
from dataclasses import replace

from webmacs_edge.hardware.driver import Device, Direction, Layout, Point, PointKind
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.typed_places import TypedPlace, parse_place


def find_point(layout: Layout, points: Mapping[str, Point], point_id: str) -> Point | None:
    """The I/O point with this id, also one that a user typed; None when it is not there."""
    point = points.get(point_id)
    if point is not None or "@" not in point_id:
        return point
    try:
        return make_point(layout, parse_place(point_id))
    except InvalidError:
        return None


def make_point(layout: Layout, place: TypedPlace) -> Point:
    """The point at a typed place; InvalidError says why there cannot be one."""
    device = next((it for it in layout.devices if it.position == place.device), None)
    if device is None:
        gone = text("There is no device at position {place}.", place=place.device)
        raise InvalidError(gone, field="device")
    if not device.is_raw:
        words = text(
            "“{name}” is a module whose signals are known. Choose one of its I/O points.",
            name=device.name,
        )
        raise InvalidError(words, field="device")
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
            at = address - device.offset
            words = text(
                "Byte {byte} of “{name}” holds nothing that can be read.", byte=at, name=device.name
            )
            raise InvalidError(words, field="byte")
        found.append(here[0])
    if len({point.direction for point in found}) > 1:
        words = text("From byte {byte} on inputs and outputs would be mixed.", byte=byte)
        raise InvalidError(words, field="byte")
    return found
