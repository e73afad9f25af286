"""The devices and entries of a PiCtory file as typed records, checked one by one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from webmacs_edge.hardware.cursor import Cursor, shown, whole_number
from webmacs_edge.hardware.driver import Direction

IMAGE_LENGTH = 4096  # bytes of the driver's process image

FIRST_VIRTUAL_POSITION = 64
_ADAPTER = "adap."  # the position of virtual devices in PiCtory 1.0
_MAX_DEVICES = 256
_FIELDS = 8
_WIDEST_NUMBER_BITS = 64
_PADDING = re.compile(r"(RevPi)?Reserved|.*Padding|Dummy", re.IGNORECASE)
_SECTIONS = {"inp": Direction.input, "out": Direction.output, "mem": Direction.memory}
_NO_DEFAULT = {"", "null", "none"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a device: a place in its bytes and what PiCtory says about it."""

    section: Direction
    name: str
    default: int | None  # as stored, modulo 2**bits; None for text (IP addresses, "not used")
    bits: int
    byte: int  # within the device; bit addresses above 7 are carried into it
    bit: int | None
    exported: bool
    comment: str
    cursor: Cursor

    @property
    def end(self) -> int:
        """The byte behind the last one."""
        return self.byte + (1 if self.bit is not None else self.bits // 8)

    @property
    def is_padding(self) -> bool:
        """Whether the name says that nothing is there."""
        return _PADDING.match(self.name) is not None


@dataclass(frozen=True, slots=True)
class RawDevice:
    """A device as PiCtory wrote it."""

    position: int
    product_type: int
    slot: str  # BASE, LEFT_RIGHT, RIGHT, EDGE, VIRTUAL
    name: str
    label: str  # PiCtory's own name for the kind of device (bmk)
    comment: str
    offset: int
    entries: tuple[Entry, ...]
    cursor: Cursor

    @property
    def length(self) -> int:
        """Bytes that the entries cover."""
        return max((entry.end for entry in self.entries), default=0)


def read_devices(data: dict[str, object], cursor: Cursor) -> list[RawDevice]:
    """All devices in image order; ConfigurationError at the first place that is wrong."""
    if "Devices" not in data:
        raise cursor.error('The part "Devices" is missing.')
    items = data["Devices"]
    if not isinstance(items, list):
        raise cursor.at("Devices").error(f"It is {shown(items)}, but must be a list.")
    if not 0 < len(items) <= _MAX_DEVICES:
        raise cursor.at("Devices").error(
            f"There are {len(items)} devices; 1 to {_MAX_DEVICES} fit."
        )
    places = [_device_cursor(item, index, cursor) for index, item in enumerate(items)]
    positions = _positions(items, places)
    devices = [
        _read_device(item, position, place)
        for item, position, place in zip(items, positions, places, strict=True)
    ]
    return sorted(devices, key=lambda device: (device.offset, device.position))


def _device_cursor(item: object, index: int, cursor: Cursor) -> Cursor:
    place = cursor.at(f"Devices[{index}]")
    fields = place.mapping(item, "device")
    name = fields.get("name")
    return cursor.at(f"Devices[{index}] {shown(name)}") if isinstance(name, str) else place


def _positions(items: list[dict[str, object]], places: list[Cursor]) -> list[int]:
    """The position of every device; `adap.` becomes the next free one from 64."""
    given: list[int | None] = []
    for item, place in zip(items, places, strict=True):
        value = _member(item, "position", place)
        number = None if value == _ADAPTER else place.integer(value, "position", high=255)
        if number is not None and number in given:
            raise place.error(f"Position {number} is taken by another device.")
        given.append(number)
    taken = {number for number in given if number is not None}
    free = iter(n for n in range(FIRST_VIRTUAL_POSITION, 1000) if n not in taken)
    return [next(free) if number is None else number for number in given]


def _read_device(item: dict[str, object], position: int, cursor: Cursor) -> RawDevice:
    name = cursor.text(item.get("name"), "name")
    if not name:
        cursor.warn("The device has no name; its position stands in.")
    device = RawDevice(
        position=position,
        product_type=cursor.integer(_member(item, "productType", cursor), "productType"),
        slot=cursor.text(item.get("type"), "type"),
        name=name or f"Device {position}",
        label=cursor.text(item.get("bmk"), "bmk"),
        comment=cursor.text(item.get("comment"), "comment"),
        offset=cursor.integer(_member(item, "offset", cursor), "offset", high=IMAGE_LENGTH),
        entries=tuple(_read_entries(item, cursor)),
        cursor=cursor,
    )
    end = device.offset + device.length
    if end > IMAGE_LENGTH:
        raise cursor.error(f"It ends at byte {end}, but the process image has only {IMAGE_LENGTH}.")
    return device


def _read_entries(item: dict[str, object], cursor: Cursor) -> Iterator[Entry]:
    for section in _SECTIONS:
        yield from _read_section(_member(item, section, cursor), section, cursor)


def _member(item: dict[str, object], name: str, cursor: Cursor) -> object:
    if name not in item:
        raise cursor.error(f'The key "{name}" is missing.')
    return item[name]


def _read_section(value: object, section: str, cursor: Cursor) -> Iterator[Entry]:
    members = list(enumerate(value)) if isinstance(value, list) else None
    if members is None:
        members = list(cursor.mapping(value, section).items())  # type: ignore[arg-type] # str keys
    for key, fields in members:
        place = cursor.at(f"{section} {shown(key)}")
        if not isinstance(fields, list):
            raise place.error(f"The entry is {shown(fields)}, but must be a list.")
        if len(fields) < _FIELDS:
            raise place.error(f"The entry has {len(fields)} of its {_FIELDS} fields.")
        yield _read_entry(fields, _SECTIONS[section], place)


def _read_entry(fields: list[object], section: Direction, cursor: Cursor) -> Entry:
    name = cursor.text(fields[0], "name")
    if not name:
        raise cursor.error("The entry has no name.")
    cursor = cursor.at(shown(name))
    bits = cursor.integer(fields[2], "bit length", low=1, high=IMAGE_LENGTH * 8)
    if bits != 1 and bits % 8:
        raise cursor.error(f"The bit length is {bits}, but must be 1 or a multiple of 8.")
    offset = cursor.integer(fields[3], "byte offset", high=IMAGE_LENGTH)
    carried, bit = _bit_address(fields[7], bits, cursor)
    return Entry(
        section=section,
        name=name,
        default=_default(fields[1], bits, cursor),
        bits=bits,
        byte=offset + carried,
        bit=bit,
        exported=cursor.flag(fields[4], "export mark"),
        comment=cursor.text(fields[6], "comment"),
        cursor=cursor,
    )


def _bit_address(value: object, bits: int, cursor: Cursor) -> tuple[int, int | None]:
    """Bytes to carry and the bit within the byte; bit addresses run from 0 over several bytes."""
    if value is None or value == "":
        if bits == 1:
            cursor.warn("The entry is one bit wide but has no bit address; bit 0 is taken.")
            return 0, 0
        return 0, None
    if bits != 1:
        raise cursor.error(f"The entry is {bits} bits wide and yet has a bit address.")
    address = cursor.integer(value, "bit address", high=IMAGE_LENGTH * 8 - 1)
    return divmod(address, 8)


def _default(value: object, bits: int, cursor: Cursor) -> int | None:
    """The default as stored in the image; negative numbers as two's complement."""
    if value is None or (isinstance(value, str) and value.strip().lower() in _NO_DEFAULT):
        return 0
    number = int(value) if isinstance(value, bool) else whole_number(value)
    if number is None:
        _accept_text(value, bits, cursor)
        return None
    if not -(1 << bits - 1) <= number < 1 << bits:
        raise cursor.error(f"The default {shown(number)} does not fit into {bits} bits.")
    return number % (1 << bits)


def _accept_text(value: object, bits: int, cursor: Cursor) -> None:
    """Text (an IP address, "not used") is no default of ours; numbers of a wrong kind are wrong."""
    if not isinstance(value, str):
        raise cursor.error(f"The default is {shown(value)}, but must be a whole number.")
    if bits <= _WIDEST_NUMBER_BITS:
        cursor.warn(f"The default {shown(value)} is not a number; 0 is taken.")
