"""Makes PiCtory-shaped configurations from the catalogue of modules."""

import json
from collections.abc import Iterable, Iterator, Mapping

from webmacs_edge.hardware.driver import Direction, PointKind
from webmacs_edge.hardware.modules import MODULES
from webmacs_edge.hardware.places import Place

CONNECT_4, DIO, AIO, MIO, RO = 136, 96, 103, 118, 137

_SECTIONS = {Direction.input: "inp", Direction.output: "out", Direction.memory: "mem"}
_FIRST_RIGHT_POSITION = 32
_SAVED_AT = "20260105080000"

Json = dict[str, object]


def module(
    product_type: int,
    position: int,
    *,
    names: Mapping[str, str] | None = None,
    comments: Mapping[str, str] | None = None,
    defaults: Mapping[str, int] | None = None,
) -> Json:
    """One device; names, comments and defaults are given by PiCtory's own entry names."""
    device = _empty_device(product_type, position)
    for section in Direction:
        rows = _entries(MODULES[product_type].layouts[0], section, defaults or {})
        device[_SECTIONS[section]] = {
            str(index): [
                (names or {}).get(str(row[0]), row[0]),
                *row[1:5],
                f"{index:04d}",
                (comments or {}).get(str(row[0]), ""),
                row[7],
            ]
            for index, row in enumerate(rows)
        }
    return device


def _empty_device(product_type: int, position: int) -> Json:
    kind = MODULES[product_type]
    label = f"RevPi {kind.kind}"
    return {
        "GUID": f"00000000-0000-4000-8000-{position:012d}",
        "id": f"device_RevPi{kind.kind.replace(' ', '')}_20260101_1_0_{position + 1:03d}",
        "type": "BASE" if kind.is_base else "LEFT_RIGHT",
        "productType": str(product_type),
        "position": str(position),
        "name": label,
        "bmk": label,
        "inpVariant": 0,
        "outVariant": 0,
        "comment": "",
        "offset": 0,
        "extend": {},
    }


def _entries(
    places: Iterable[Place], section: Direction, defaults: Mapping[str, int]
) -> Iterator[list[object]]:
    taken: set[tuple[int, int | None]] = set()
    for place in places:
        if place.section != section or _is_cut_from_a_word(place, places):
            continue
        for index in range(place.count):
            spot = place.position_of(index)
            if spot not in taken:
                taken.add(spot)
                yield _entry(place, index, defaults)


def _is_cut_from_a_word(place: Place, places: Iterable[Place]) -> bool:
    """Whether the module shows these bits as a word of their own (status, LED)."""
    return place.bits == 1 and any(
        other.bits > 1 and other.section == place.section and other.covers(place.offset)
        for other in places
        if other.kind in {PointKind.status, PointKind.setting}
    )


def _entry(place: Place, index: int, defaults: Mapping[str, int]) -> list[object]:
    name = place.name_of(index)
    is_bit = place.bits == 1
    byte = place.offset if is_bit else place.position_of(index)[0]
    bit = str(place.first_bit + index) if is_bit else ""
    default = str(defaults.get(name, place.default))
    return [name, default, str(place.bits), str(byte), place.exported, "", "", bit]


def assemble(devices: Iterable[Json]) -> Json:
    """The whole configuration: left modules, base, right modules, one after another."""
    ordered = sorted(devices, key=_image_order)
    offset = 0
    seen: set[str] = set()
    for number, device in enumerate(ordered, start=1):
        device["offset"] = offset
        offset += _length(device)
        _make_unique(device, number, seen)
    return {
        "App": {
            "name": "PiCtory",
            "version": "2.10.0",
            "saveTS": _SAVED_AT,
            "language": "en",
            "layout": {},
        },
        "Summary": {"inpTotal": 0, "outTotal": 0},
        "Devices": ordered,
        "Connections": [],
    }


def to_text(config: Json) -> str:
    """The configuration as the text of a config.rsc."""
    return json.dumps(config, indent=1, ensure_ascii=False) + "\n"


def _image_order(device: Json) -> tuple[int, int]:
    position = int(str(device["position"]))
    if position == 0:
        return 1, 0
    return (0 if position < _FIRST_RIGHT_POSITION else 2), position


def _rows(device: Json) -> Iterator[list[object]]:
    for section in _SECTIONS.values():
        rows = device[section]
        if isinstance(rows, dict):
            yield from rows.values()


def _length(device: Json) -> int:
    return max(int(str(row[3])) + _size(row) for row in _rows(device))


def _size(row: list[object]) -> int:
    return int(str(row[2])) // 8 if row[7] == "" else int(str(row[7])) // 8 + 1


def _make_unique(device: Json, number: int, seen: set[str]) -> None:
    """Append PiCtory's suffix to names that an earlier device has already."""
    for row in _rows(device):
        if row[0] in seen:
            row[0] = f"{row[0]}_i{number:02d}"
        seen.add(str(row[0]))
