"""The driver's own list of devices and variables, and whether it is the one that PiCtory saved.

The numbers and structures are those of piControl.h; other devices answer ENOTTY and the like.
"""

import errno
import fcntl
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webmacs_edge.hardware.driver import Device, Direction, Layout, Point

KB_GET_DEVICE_INFO_LIST = 19213  # up to 64 structures; the answer is how many
KB_FIND_VARIABLE = 19217  # name in; address, bit and length out
MAX_DEVICES = 64
DEVICE_INFO = struct.Struct("<B3xI4HI9H2B30x2x")  # padded to a multiple of four
VARIABLE = struct.Struct("<32sHBxH")
_NOT_CONNECTED = 0x8000  # added to the type of a module that is configured but absent
_LONGEST_NAME = 31  # the driver cuts names there
_MOST_VARIABLES = 2000
_NOT_SUPPORTED = {errno.ENOTTY, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}
_NOT_FOUND = {errno.EFAULT, errno.ENOENT, errno.ENXIO}
_NOWHERE = 0xFFFF


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """One device as the driver knows it."""

    position: int
    product_type: int
    serial: int
    input_length: int
    output_length: int
    input_offset: int  # in the image
    output_offset: int
    is_connected: bool
    state: int  # 0 after the driver has given the module up
    is_active: bool


def read_device_list(handle: int) -> tuple[DeviceInfo, ...] | None:
    """What the driver says; None where it has no such list. OSError when it does not run."""
    buffer = bytearray(MAX_DEVICES * DEVICE_INFO.size)
    try:
        count = fcntl.ioctl(handle, KB_GET_DEVICE_INFO_LIST, buffer)
    except OSError as error:
        if error.errno in _NOT_SUPPORTED:
            return None
        raise
    return tuple(parse_devices(bytes(buffer), count))


def parse_devices(data: bytes, count: int) -> Iterator[DeviceInfo]:
    """The first `count` structures."""
    for index in range(min(count, len(data) // DEVICE_INFO.size)):
        fields = DEVICE_INFO.unpack_from(data, index * DEVICE_INFO.size)
        position, serial, kind = fields[0], fields[1], fields[2]
        yield DeviceInfo(
            position=position,
            product_type=kind & ~_NOT_CONNECTED,
            serial=serial,
            input_length=fields[7],
            output_length=fields[8],
            input_offset=fields[11],
            output_offset=fields[12],
            is_connected=not kind & _NOT_CONNECTED,
            state=fields[16],
            is_active=bool(fields[17]),
        )


def packed(info: DeviceInfo) -> bytes:
    """The structure, as the driver would hand it out."""
    kind = info.product_type | (0 if info.is_connected else _NOT_CONNECTED)
    return DEVICE_INFO.pack(
        info.position, info.serial, kind, 0, 0, 0, 0, info.input_length, info.output_length, 0, 0,
        info.input_offset, info.output_offset, 0, 0, 0, info.state, info.is_active,
    )  # fmt: skip


def devices_of(layout: Layout) -> tuple[DeviceInfo, ...]:
    """The list that a driver with this configuration would have."""
    return tuple(_expected(device, layout) for device in layout.devices)


def first_difference(layout: Layout, devices: Sequence[DeviceInfo]) -> str:
    """Where the driver's list is not that of the configuration, in words; "" where it is."""
    known = {info.position: info for info in devices}
    for wanted in devices_of(layout):
        found = known.get(wanted.position)
        if found is None:
            if len(devices) >= MAX_DEVICES:
                continue
            return f"the driver knows no device at position {wanted.position}"
        if (found.product_type ^ wanted.product_type) & ~_NOT_CONNECTED:  # virtual types have it
            return (
                f"at position {wanted.position} the driver has a device of the type "
                f"{found.product_type}, PiCtory one of the type {wanted.product_type}"
            )
        for what in ("input", "output"):
            length, place = getattr(wanted, f"{what}_length"), getattr(wanted, f"{what}_offset")
            if length and getattr(found, f"{what}_offset") != place:
                return (
                    f"the {what}s of position {wanted.position} are at byte "
                    f"{getattr(found, f'{what}_offset')} for the driver, at {place} for PiCtory"
                )
    return ""


def given_up(devices: Sequence[DeviceInfo]) -> set[int]:
    """Positions of the devices that the driver does not hear any more."""
    return {it.position for it in devices if not (it.is_connected and it.state)}


def first_wrong_variable(handle: int, layout: Layout) -> str:
    """The first name that the driver does not know at our place, in words; "" if there is none."""
    for point in variables_of(layout):
        try:
            found = _find_variable(handle, point.name)
        except OSError as error:
            if error.errno in _NOT_SUPPORTED:
                return ""
            raise
        if found is None:
            return f"the driver knows nothing that is called “{point.name}”"
        if found != (point.address, point.bit or 0, point.bits):
            return f"for the driver “{point.name}” is at byte {found[0]}, not at {point.address}"
    return ""


def variables_of(layout: Layout) -> list[Point]:
    """The points whose names the driver can be asked for: unique, short, not cut out of a word."""
    names = Counter(point.name[:_LONGEST_NAME] for point in layout.points)
    return [
        point
        for point in layout.points
        if point.direction is not Direction.memory
        and len(point.name.encode()) <= _LONGEST_NAME
        and names[point.name] == 1
        and "." not in point.name
    ][:_MOST_VARIABLES]


def wrong_settings(layout: Layout, image: bytes) -> list[int]:
    """Positions of modules whose settings in the image are not those of the file.

    The driver fills them in when it is reset, and nobody else writes them.
    """
    wrong = {
        point.device
        for point in layout.points
        if point.direction is Direction.memory
        and point.bits in (1, 8, 16, 32)
        and _count(image, point) != point.default & ((1 << point.bits) - 1)
    }
    return sorted(wrong)


def _count(image: bytes, point: Point) -> int:
    if point.bit is not None:
        return image[point.address] >> point.bit & 1
    return int.from_bytes(image[point.address : point.address + point.bits // 8], "little")


def _find_variable(handle: int, name: str) -> tuple[int, int, int] | None:
    buffer = bytearray(VARIABLE.pack(name.encode(), 0, 0, 0))
    try:
        fcntl.ioctl(handle, KB_FIND_VARIABLE, buffer)
    except OSError as error:
        if error.errno in _NOT_FOUND:
            return None
        raise
    _, address, bit, length = VARIABLE.unpack(buffer)
    return None if address == _NOWHERE else (address, bit, length)


def _expected(device: Device, layout: Layout) -> DeviceInfo:
    own = [point for point in layout.points if point.device == device.position]
    inputs = _extent([p for p in own if p.direction is Direction.input])
    outputs = _extent([p for p in own if p.direction is Direction.output])
    return DeviceInfo(
        position=device.position,
        product_type=device.product_type,
        serial=0,
        input_length=len(inputs),
        output_length=len(outputs),
        input_offset=inputs.start,
        output_offset=outputs.start,
        is_connected=True,
        state=1,
        is_active=True,
    )


def _extent(points: Sequence[Point]) -> range:
    if not points:
        return range(0)
    start = min(point.address for point in points)
    return range(start, max(point.address + max(1, point.bits // 8) for point in points))
