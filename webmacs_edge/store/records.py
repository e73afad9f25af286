"""Decodes rows as SQLite writes them into its pages (its format: fileformat2.html)."""

import struct

from webmacs_edge.model.text import text

Value = int | float | bytes | None

_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_FLOAT, _ZERO, _ONE, _BLOB = 7, 8, 9, 12


def decode_record(payload: bytes) -> list[Value]:
    """The values of a row; ValueError or IndexError when these are no such bytes."""
    end, at = varint(payload, 0)
    body, values = end, []
    while at < end:
        kind, at = varint(payload, at)
        value, body = _value(payload, body, kind)
        values.append(value)
    if body != len(payload):
        raise ValueError(text("record"))
    return values


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind in _INTEGER_BYTES:
        end = at + _INTEGER_BYTES[kind]
        return int.from_bytes(payload[at:end], "big", signed=True), end
    if kind == _FLOAT:
        return struct.unpack_from(">d", payload, at)[0], at + 8
    if kind in {_ZERO, _ONE}:
        return kind - _ZERO, at
    if kind >= _BLOB and kind % 2 == 0:
        end = at + (kind - _BLOB) // 2
        return payload[at:end], end
    if kind == 0:
        return None, at
    raise ValueError(text("kind"))  # texts are in no table of the history


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends."""
    number = 0
    for place in range(at, at + 8):
        number = number << 7 | data[place] & 0x7F
        if data[place] < 0x80:  # noqa: PLR2004 the last byte of a number
            return number, place + 1
    return number << 8 | data[at + 8], at + 9
