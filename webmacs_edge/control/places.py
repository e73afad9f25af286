"""The place of an output in the image: from the channel's unit to bytes, and back."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from webmacs_edge.hardware.driver import Direction, Point, PointKind
from webmacs_edge.model import layouts
from webmacs_edge.model.errors import CommandRefusedError, InvalidError
from webmacs_edge.model.text import text

Changes = dict[int, tuple[int, int]]  # address -> (mask, value), as the driver takes them

_BYTE = 0xFF
_SLACK = 1e-6  # of a count: 4.0 in counts of 0.1 is 40, whatever the floats say


@dataclass(frozen=True, slots=True)
class Place:
    """Where an output is and how its counts relate to the channel's unit."""

    address: int
    bit: int | None
    bits: int
    signed: bool
    factor: float  # value = factor * count + offset
    offset: float
    lowest: int  # counts that may ever be written: of the place and of the module's range …
    highest: int

    @property
    def size_bytes(self) -> int:
        """How many bytes it touches."""
        return 1 if self.bit is not None else self.bits // 8

    def within(self, low: float, high: float) -> "Place":
        """The same place, whose counts never stand for less than `low` or more than `high`."""
        ends = sorted(((low - self.offset) / self.factor, (high - self.offset) / self.factor))
        lowest = max(self.lowest, math.ceil(ends[0] - _SLACK))
        highest = min(self.highest, math.floor(ends[1] + _SLACK))
        if lowest > highest:
            raise InvalidError(
                text(
                    "The module cannot give any value from {low:g} to {high:g}. "
                    "Look at the scaling of the channel and at the range set in PiCtory.",
                    low=low,
                    high=high,
                ),
                field="max_value",
            )
        return Place(
            self.address, self.bit, self.bits, self.signed, self.factor, self.offset,
            lowest, highest,
        )  # fmt: skip

    def count(self, value: float) -> int:
        """The nearest count that may be written."""
        return min(self.highest, max(self.lowest, round((value - self.offset) / self.factor)))

    def value(self, count: int) -> float:
        """What that count means in the channel's unit."""
        return self.factor * count + self.offset

    def take(self, image: bytes) -> int:
        """The count in the image."""
        if self.bit is not None:
            return image[self.address] >> self.bit & 1
        raw = image[self.address : self.address + self.size_bytes]
        return int.from_bytes(raw, "little", signed=self.signed)

    def changes(self, count: int) -> Changes:
        """What to write, and nothing beside it."""
        if self.bit is not None:
            mask = 1 << self.bit
            return {self.address: (mask, mask if count else 0)}
        raw = count.to_bytes(self.size_bytes, "little", signed=self.signed)
        return {self.address + n: (_BYTE, byte) for n, byte in enumerate(raw)}


def place_of(point: Point, *, factor: float, offset: float) -> Place:
    """The place of an I/O point; CommandRefusedError when it is none that may be written."""
    if point.direction is not Direction.output:
        raise CommandRefusedError(text("This channel is no output: its I/O point is an input."))
    if point.kind is PointKind.setting:
        raise CommandRefusedError(
            text("This I/O point is a setting of the module, not an output of the plant.")
        )
    if point.bit is None and point.bits not in (8, 16, 32):
        raise CommandRefusedError(
            text("An output of {bits} bits cannot be written.", bits=point.bits)
        )
    if not factor or not math.isfinite(factor) or not math.isfinite(offset):
        raise CommandRefusedError(
            text(
                "The scaling of the channel cannot be turned round. Give it a factor other than 0."
            )
        )
    lowest, highest = _ends(point)
    return Place(
        point.address, point.bit, point.bits, point.signed, factor, offset, lowest, highest
    )


def fingerprint(point: Point) -> str:
    """What must not change without somebody confirming it: `32/O_1@70.0:1u`."""
    return layouts.fingerprint(
        point.id, address=point.address, bit=point.bit, bits=point.bits, signed=point.signed
    )


def place_words(found: str) -> str:
    """A fingerprint for people: `32/O_1, byte 70, bit 0`."""
    point, at, where = found.rpartition("@")
    if not at:
        return "another I/O point"
    byte, _, bit = where.partition(":")[0].partition(".")
    return f"{point}, byte {byte}" + (f", bit {bit}" if bit else "")


def merged(changes: Mapping[int, tuple[int, int]], more: Changes) -> Changes:
    """Both, bit by bit; what comes later wins."""
    result = dict(changes)
    for address, (mask, value) in more.items():
        old_mask, old_value = result.get(address, (0, 0))
        result[address] = old_mask | mask, old_value & ~mask & _BYTE | value & mask
    return result


def _ends(point: Point) -> tuple[int, int]:
    """The counts that fit into the place and into the range that PiCtory gives the module."""
    if point.bit is not None:
        return 0, 1
    low = -(1 << point.bits - 1) if point.signed else 0
    high = (1 << point.bits - int(point.signed)) - 1
    if point.low is not None and point.high is not None and point.low < point.high:
        low, high = max(low, math.ceil(point.low)), min(high, math.floor(point.high))
    return low, high
