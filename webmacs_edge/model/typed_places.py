"""Places that a user gave a type: a number or a bit at an address of a gateway or virtual device.

Their id says it all: `64@12:float32>` is a big-endian float at byte 12 of the device at 64,
`64@3.5` is bit 5 of its byte 3.
"""

import re
from dataclasses import dataclass

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text

TYPES = (
    "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64",
    "bit",
)  # fmt: skip
_ID = re.compile(r"(\d{1,3})@(\d{1,4})(?:\.([0-7])|:(u?int|float)(8|16|32|64)([<>]))")


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


def parse_place(point_id: str) -> TypedPlace:
    """The place that an id says; InvalidError when it is none."""
    match = _ID.fullmatch(point_id)
    if match is None or (match[4] == "float" and match[5] in ("8", "16")):
        raise InvalidError(text("{id} is no typed place.", id=point_id[:100]), field="type")
    device, byte, bit, kind, bits, order = match.groups()
    if bit is not None:
        return TypedPlace(int(device), int(byte), "bit", bit=int(bit))
    return TypedPlace(int(device), int(byte), f"{kind}{bits}", big_endian=order == ">")
