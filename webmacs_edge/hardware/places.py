"""How a module's bytes are laid out: rows of like entries, and which row an entry belongs to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webmacs_edge.hardware.driver import Direction, PointKind
from webmacs_edge.hardware.entries import Entry
from webmacs_edge.hardware.ranges import UNKNOWN, Span


@dataclass(frozen=True, slots=True)
class Place:
    """A row of like entries in a module: where they lie, what PiCtory calls them, what they mean.

    `{n}` in `name` counts from 1. A row of single bits may also appear as one `word`; the bits
    derived from it are called by the word's name, a dot and `bit_name`.
    """

    section: Direction
    name: str
    offset: int
    bits: int
    kind: PointKind
    count: int = 1
    stride: int = 0  # bytes from one to the next; 0: side by side
    first_bit: int = 0
    word: str = ""
    bit_name: str = "{n}"
    default: int = 0
    exported: bool = False
    signed: bool = False
    span: Span = UNKNOWN
    hidden: bool = False  # padding, or a side that this module does not have
    primary: bool = False  # counts as used in a module where nobody named anything
    always: bool = False  # counts as used in any case

    def name_of(self, index: int) -> str:
        """PiCtory's own name of the entry."""
        return self.name.format(n=index + 1)

    def position_of(self, index: int) -> tuple[int, int | None]:
        """Byte within the device, and bit within the byte for single bits."""
        if self.bits != 1:
            return self.offset + index * (self.stride or self.bits // 8), None
        carried, bit = divmod(self.first_bit + index, 8)
        return self.offset + carried, bit

    def index_at(self, byte: int, bit: int | None, bits: int) -> int | None:
        """Which entry of this row lies exactly there; None when none does."""
        if bits != self.bits or (bit is None) != (self.bits != 1):
            return None
        if bit is not None:
            index = (byte - self.offset) * 8 + bit - self.first_bit
            return index if 0 <= index < self.count else None
        index, rest = divmod(byte - self.offset, self.stride or self.bits // 8)
        return index if rest == 0 and 0 <= index < self.count else None

    def covers(self, byte: int) -> bool:
        """Whether that byte belongs to this row of words."""
        size = self.bits // 8
        index, rest = divmod(byte - self.offset, self.stride or max(size, 1))
        return rest < size and 0 <= index < self.count


@dataclass(frozen=True, slots=True)
class Spot:
    """One entry of a row."""

    place: Place
    index: int

    @property
    def default_name(self) -> str:
        """PiCtory's own name of the entry."""
        return self.place.name_of(self.index)


def spot_at(places: Sequence[Place], entry: Entry) -> Spot | None:
    """The row the entry belongs to; a bit cut from a status or setting word belongs to the word."""
    own = [place for place in places if place.section == entry.section]
    for place in own:
        index = place.index_at(entry.byte, entry.bit, entry.bits)
        if index is not None:
            return Spot(place, index)
    for place in own:
        if entry.bit is not None and _is_service(place) and place.covers(entry.byte):
            return Spot(place, 0)
    return None


def _is_service(place: Place) -> bool:
    return place.kind in {PointKind.status, PointKind.setting}


def bits_within(places: Sequence[Place], entry: Entry) -> Iterator[Spot]:
    """The single bits of the module that the entry, a byte or word, holds together."""
    if entry.bit is not None:
        return
    for place in places:
        if place.section != entry.section or place.bits != 1 or not place.word:
            continue
        for index in range(place.count):
            byte, _ = place.position_of(index)
            if entry.byte <= byte < entry.end:
                yield Spot(place, index)
