"""PiCtory's config.rsc as a layout: every I/O point with its place, sign, unit and span."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from webmacs_edge.hardware.cursor import Cursor
from webmacs_edge.hardware.driver import Device, Direction, Layout, Point, PointKind, StatusBits
from webmacs_edge.hardware.entries import Entry, RawDevice, read_devices
from webmacs_edge.hardware.meanings import Meaning, plain
from webmacs_edge.hardware.modules import (
    FIRST_VIRTUAL_TYPE,
    Module,
    is_raw_default,
    module_of,
    plain_name,
    raw_kind,
)
from webmacs_edge.hardware.overlaps import without_overlaps
from webmacs_edge.hardware.places import Spot, bits_within, spot_at
from webmacs_edge.hardware.rsc import fetch_text, parse_json
from webmacs_edge.hardware.settings import Settings
from webmacs_edge.model.errors import ConfigurationError

CANDIDATES = (
    Path("/etc/revpi/config.rsc"),
    Path("/opt/KUNBUS/config.rsc"),
    Path("/var/www/revpi/pictory/projects/_config.rsc"),
)

_SLOTS = {"BASE", "LEFT_RIGHT", "RIGHT", "LEFT", "EDGE", "VIRTUAL", ""}
_PLANT_KINDS = set(PointKind) - {PointKind.status, PointKind.setting}


def find_config(explicit: Path | None) -> Path:
    """The file to use: the named one, else the first that exists of the usual places."""
    if explicit is not None:
        return explicit
    for path in CANDIDATES:
        if path.exists():
            return path
    looked = ", ".join(str(path) for path in CANDIDATES)
    message = (
        f"There is no PiCtory configuration (looked for {looked}). "
        "Save a start configuration in PiCtory or name the file in the settings."
    )
    raise ConfigurationError(str(CANDIDATES[0]), "", message)


def load_layout(path: Path) -> Layout:
    """The layout that the file describes; ConfigurationError says what is wrong and where."""
    return parse_layout(fetch_text(path), str(path))


def parse_layout(text: str, source: str) -> Layout:
    """The layout that the text describes; `source` names it in messages."""
    cursor = Cursor(source, "", [])
    data = cursor.mapping(parse_json(text, source), "file")
    raw_devices = read_devices(data, cursor)
    kept = without_overlaps(raw_devices)
    points: list[Point] = []
    for raw in raw_devices:
        entries = [entry for device, entry in kept if device is raw]
        points.extend(_read_points(raw, entries))
    _check_ids(points, cursor)
    saved_at, version = _application(data, cursor)
    return Layout(
        devices=tuple(_device(raw) for raw in raw_devices),
        points=tuple(sorted(points, key=lambda p: (p.address, p.bit is not None, p.bit or 0))),
        length=max(raw.offset + raw.length for raw in raw_devices),
        source=source,
        saved_at=saved_at,
        version=version,
        warnings=tuple(cursor.warnings),
    )


def _application(data: dict[str, object], cursor: Cursor) -> tuple[str, str]:
    """When and by which PiCtory the file was saved; what cannot be read is left out."""
    place = cursor.at("App")
    if "App" not in data:
        place.warn("The part is missing; when the file was saved is unknown.")
        return "", ""
    app = place.mapping(data["App"], "part")
    stamp = str(app.get("saveTS", ""))
    try:
        saved_at = datetime.strptime(stamp, "%Y%m%d%H%M%S")  # noqa: DTZ007 # no zone in the file
    except ValueError:
        if stamp:
            place.warn("saveTS is not a time of the form YYYYMMDDhhmmss; it is left out.")
        return "", place.text(app.get("version"), "version")
    return saved_at.isoformat(" "), place.text(app.get("version"), "version")


def _device(raw: RawDevice) -> Device:
    module = module_of(raw)
    if not module.is_known:
        raw.cursor.warn(
            f"The product type {raw.product_type} is unknown; its values are shown as raw numbers."
        )
    if raw.slot not in _SLOTS:
        raw.cursor.warn("The type of the device is unknown; its product type decides.")
    return Device(
        position=raw.position,
        product_type=raw.product_type,
        name=raw.name,
        kind=module.kind,
        about=module.about,
        offset=raw.offset,
        length=raw.length,
        comment=raw.comment,
        is_base=module.is_base,
        is_virtual=raw.product_type >= FIRST_VIRTUAL_TYPE,
    )


def _check_ids(points: list[Point], cursor: Cursor) -> None:
    twice = [key for key, count in Counter(point.id for point in points).items() if count > 1]
    if twice:
        position, name = twice[0].split("/", 1)
        raise cursor.at(f"device at position {position}").error(
            f'The name "{name}" is used twice in one device.'
        )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A point and why it may count as used."""

    point: Point
    is_named: bool
    meaning: Meaning


def _read_points(raw: RawDevice, entries: list[Entry]) -> list[Point]:
    module = module_of(raw)
    settings = Settings(raw.entries)
    candidates = [
        candidate for entry in entries for candidate in _candidates(raw, module, entry, settings)
    ]
    someone_named = any(c.is_named and _is_of_plant(c.point) for c in candidates)
    return [replace(c.point, used=_is_used(c, someone_named=someone_named)) for c in candidates]


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


def _candidates(
    raw: RawDevice, module: Module, entry: Entry, settings: Settings
) -> Iterator[_Candidate]:
    """The point of the entry, and the single bits when the entry holds several together."""
    places = module.places(raw.length)
    spot = spot_at(places, entry)
    bits = list(bits_within(places, entry))
    meaning = _meaning(module, spot, settings) if spot else _guess(entry, has_bits=bool(bits))
    yield _candidate(raw, entry, meaning, is_named=_is_named(raw, entry, spot, bits))
    for bit in bits:
        yield _bit_candidate(raw, module, entry, bit, settings)


def _meaning(module: Module, spot: Spot, settings: Settings) -> Meaning:
    return module.readers.get(spot.place.name, plain)(spot, settings)


def _guess(entry: Entry, *, has_bits: bool) -> Meaning:
    """The meaning of an entry that no row of the module describes."""
    if has_bits:
        return Meaning(PointKind.digital, hidden=True)
    if entry.section is Direction.memory:
        return Meaning(PointKind.setting)
    return Meaning(raw_kind(entry))


def _is_named(raw: RawDevice, entry: Entry, spot: Spot | None, bits: list[Spot]) -> bool:
    """Whether somebody gave the entry a name or a comment of its own."""
    if entry.comment and entry.comment not in {raw.label, raw.comment, raw.name}:
        return True
    if spot is not None and not _is_inside(entry, spot):
        return plain_name(entry.name) != spot.default_name
    if bits:
        return plain_name(entry.name) not in {bit.place.word for bit in bits}
    return not is_raw_default(entry.name)


def _is_inside(entry: Entry, spot: Spot) -> bool:
    return entry.bit is not None and spot.place.bits != 1


def _candidate(raw: RawDevice, entry: Entry, meaning: Meaning, *, is_named: bool) -> _Candidate:
    span = meaning.span
    is_input = entry.section is Direction.input
    point = Point(
        device=raw.position,
        name=entry.name,
        direction=entry.section,
        kind=meaning.kind,
        address=raw.offset + entry.byte,
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
        low_valid=span.low_valid if is_input else None,
        sentinels=span.sentinels if is_input else None,
        status=_absolute(meaning.status, raw),
        rate_hz=meaning.rate_hz,
        scaled_in_pictory=meaning.scaled,
        hidden=meaning.hidden or entry.is_padding,
    )
    return _Candidate(point, is_named, meaning)


def _bit_candidate(
    raw: RawDevice, module: Module, word: Entry, spot: Spot, settings: Settings
) -> _Candidate:
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
    is_named = plain_name(word.name) != spot.place.word and spot.place.primary
    return _candidate(raw, entry, _meaning(module, spot, settings), is_named=is_named)


def _absolute(status: StatusBits | None, raw: RawDevice) -> StatusBits | None:
    return status and replace(status, address=raw.offset + status.address)


def _signed(value: int, bits: int, *, signed: bool) -> int:
    return value - (1 << bits) if signed and value >> (bits - 1) else value
