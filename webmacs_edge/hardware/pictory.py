"""PiCtory's config.rsc as a layout: every I/O point with its place, sign, unit and span."""

from collections import Counter
from datetime import datetime
from pathlib import Path

from webmacs_edge.hardware.cursor import Cursor
from webmacs_edge.hardware.driver import Device, Layout, Point
from webmacs_edge.hardware.entries import RawDevice, read_devices
from webmacs_edge.hardware.modules import FIRST_VIRTUAL_TYPE, module_of
from webmacs_edge.hardware.overlaps import without_overlaps
from webmacs_edge.hardware.points import read_points
from webmacs_edge.hardware.rsc import fetch_text, parse_json
from webmacs_edge.model.errors import ConfigurationError

CANDIDATES = (
    Path("/etc/revpi/config.rsc"),
    Path("/opt/KUNBUS/config.rsc"),
    Path("/var/www/revpi/pictory/projects/_config.rsc"),
)

_SLOTS = {"BASE", "LEFT_RIGHT", "RIGHT", "LEFT", "EDGE", "VIRTUAL", ""}


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
        points.extend(read_points(raw, entries))
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
        is_raw=not module.layouts and not module.is_base,
    )


def _check_ids(points: list[Point], cursor: Cursor) -> None:
    twice = [key for key, count in Counter(point.id for point in points).items() if count > 1]
    if twice:
        position, name = twice[0].split("/", 1)
        raise cursor.at(f"device at position {position}").error(
            f'The name "{name}" is used twice in one device.'
        )
