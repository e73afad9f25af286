"""The I/O points of one module: what each entry is, and whether somebody uses it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from webmacs_edge.hardware.driver import Direction, Point, PointKind, StatusBits
from webmacs_edge.hardware.entries import Entry, RawDevice
from webmacs_edge.hardware.meanings import Meaning, plain
from webmacs_edge.hardware.modules import is_raw_default, module_of, plain_name, raw_kind
from webmacs_edge.hardware.places import Spot, bits_within, spot_at
from webmacs_edge.hardware.ranges import Span
from webmacs_edge.hardware.settings import Settings

_PLANT_KINDS = set(PointKind) - {PointKind.status, PointKind.setting}


def read_points(raw: RawDevice, entries: Iterable[Entry]) -> list[Point]:
    """The points of the device's entries (those that are left after overlaps)."""
    reader = _DeviceReader(raw)
    candidates = [candidate for entry in entries for candidate in reader.candidates(entry)]
    someone_named = any(c.is_named and _is_of_plant(c.point) for c in candidates)
    return [
        replace(c.point, used=True) if _is_used(c, someone_named=someone_named) else c.point
        for c in candidates
    ]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A point and why it may count as used."""

    point: Point
    is_named: bool
    meaning: Meaning


def _is_of_plant(point: Point) -> bool:
    is_wire = point.direction is not Direction.memory and not point.hidden
    return is_wire and point.kind in _PLANT_KINDS


def _is_used(candidate: _Candidate, *, someone_named: bool) -> bool:
    point, meaning = candidate.point, candidate.meaning
    if not _is_of_plant(point):
        return False
    if candidate.is_named or meaning.wired:
        return True
    is_offered = point.exported or point.bit is None
    return meaning.primary and is_offered and not someone_named


class _DeviceReader:
    """Turns the entries of one device into candidates."""

    def __init__(self, raw: RawDevice) -> None:
        module = module_of(raw)
        self._raw = raw
        self._places = module.places(raw.length)
        self._readers = module.readers
        self._settings = Settings(raw.entries)

    def candidates(self, entry: Entry) -> Iterator[_Candidate]:
        """The point of the entry, and the single bits when it holds several together."""
        spot = spot_at(self._places, entry)
        bits = list(bits_within(self._places, entry))
        if spot is not None:
            yield self._candidate(entry, self._meaning(spot), is_named=self._is_named(entry, spot))
        elif bits:
            joined = Meaning(PointKind.digital, hidden=True)  # its bits stand for it
            yield self._candidate(entry, joined, is_named=False)
        else:
            yield self._candidate(entry, _guess(entry), is_named=self._is_renamed_raw(entry))
        for bit in bits:
            if not bit.place.hidden:
                yield self._bit(entry, bit)

    def _meaning(self, spot: Spot) -> Meaning:
        return self._readers.get(spot.place.name, plain)(spot, self._settings)

    def _is_named(self, entry: Entry, spot: Spot) -> bool:
        """Whether somebody gave the entry a name or a comment of its own."""
        return self._is_commented(entry) or plain_name(entry.name) != spot.default_name

    def _is_renamed_raw(self, entry: Entry) -> bool:
        return self._is_commented(entry) or not is_raw_default(entry.name)

    def _is_commented(self, entry: Entry) -> bool:
        inherited = {"", self._raw.label, self._raw.comment, self._raw.name}
        return entry.comment not in inherited

    def _bit(self, word: Entry, spot: Spot) -> _Candidate:
        """A single bit cut from a byte or word; it inherits name, comment and export mark."""
        byte, bit = spot.place.position_of(spot.index)
        shift = (byte - word.byte) * 8 + (bit or 0)
        entry = replace(
            word,
            name=f"{word.name}.{spot.place.bit_name.format(n=spot.index + 1)}",
            default=(word.default or 0) >> shift & 1,
            bits=1,
            byte=byte,
            bit=bit,
        )
        is_renamed = plain_name(word.name) != spot.place.word or self._is_commented(word)
        is_named = is_renamed and spot.place.primary
        return self._candidate(entry, self._meaning(spot), is_named=is_named)

    def _candidate(self, entry: Entry, meaning: Meaning, *, is_named: bool) -> _Candidate:
        return _Candidate(self._point(entry, meaning), is_named, meaning)

    def _point(self, entry: Entry, meaning: Meaning) -> Point:
        span = meaning.span if entry.section is Direction.input else _command(meaning.span)
        return Point(
            device=self._raw.position,
            name=entry.name,
            direction=entry.section,
            kind=meaning.kind,
            address=self._raw.offset + entry.byte,
            bit=entry.bit,
            bits=entry.bits,
            signed=meaning.signed,
            default=_signed(entry.default or 0, entry.bits, signed=meaning.signed),
            exported=entry.exported,
            comment=entry.comment,
            unit=span.unit,
            native_factor=span.factor,
            low=span.low,
            high=span.high,
            low_valid=span.low_valid,
            sentinels=span.sentinels,
            status=self._absolute(meaning.status),
            rate_hz=meaning.rate_hz,
            scaled_in_pictory=meaning.scaled,
            hidden=meaning.hidden or entry.is_padding,
        )

    def _absolute(self, status: StatusBits | None) -> StatusBits | None:
        return status and replace(status, address=self._raw.offset + status.address)


def _command(span: Span) -> Span:
    """The span of an output: what we write is never a fault of the wiring."""
    if span.low_valid is None and span.sentinels is None:
        return span
    return replace(span, low_valid=None, sentinels=None)


def _guess(entry: Entry) -> Meaning:
    """The meaning of an entry that no row of the module describes."""
    if entry.section is Direction.memory:
        return Meaning(PointKind.setting)
    return Meaning(raw_kind(entry))


def _signed(value: int, bits: int, *, signed: bool) -> int:
    return value - (1 << bits) if signed and value >> (bits - 1) else value
