"""Where the tests find PiCtory files: generated ones, and real ones beside the repository."""

import json
import os
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from webmacs_edge.hardware.driver import Layout, Point
from webmacs_edge.hardware.pictory import parse_layout
from webmacs_edge.hardware.simulator.modules import CONNECT_4, assemble, module
from webmacs_edge.hardware.simulator.rig import rig_config

SOURCE = "config.rsc"

_BESIDE = Path(__file__).parents[3] / "shared" / "rsc"
_FOLDER = Path(os.environ.get("WEBMACS_TEST_RSC", _BESIDE))
_ABSENT = f"No real PiCtory files in {_FOLDER}; name a folder in WEBMACS_TEST_RSC."


# What revpimodio2 lets pass, to read wrong bytes later: overlaps, half offsets, an empty file.
REFUSED = {
    "common_config_bad_offset": "overlaps with",
    "common_config_empty": "is empty",
    "common_config_floating_offset": "31.5",
    "common_config_overlapping_bytes": "the same place",
}


def real_files() -> list[Any]:
    """One parameter per real file; a single skipped one when there are none."""
    files = sorted(path for path in _FOLDER.rglob("*") if path.suffix in {".rsc", ".json"})
    if not files:
        return [pytest.param(None, marks=pytest.mark.skip(reason=_ABSENT))]
    return [pytest.param(path, id=path.stem) for path in files]


def sound_files() -> list[Any]:
    """The real files that can be used."""
    return [given for given in real_files() if given.id not in REFUSED]


def rig() -> dict[str, Any]:
    """The demo rig's configuration, free to be changed."""
    return deepcopy(rig_config())


def rig_moved(moves: Mapping[int, int], *, without: int | None = None) -> dict[str, Any]:
    """The demo rig with modules at other positions, or one of them taken out."""
    config = rig()
    devices = [it for it in config["Devices"] if int(it["position"]) != without]
    for device in devices:
        position = int(device["position"])
        device["position"] = str(moves.get(position, position))
    return assemble(devices)


def with_module(product_type: int, **given: Mapping[str, Any]) -> dict[str, Any]:
    """A base and one module at position 32."""
    return assemble([module(CONNECT_4, 0), module(product_type, 32, **given)])


def parse(config: object) -> Layout:
    """The layout of the configuration."""
    return parse_layout(json.dumps(config), SOURCE)


def point_of(layout: Layout, name: str, device: int | None = None) -> Point:
    """The point of that name."""
    found = [p for p in layout.points if p.name == name and device in {None, p.device}]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def entry_of(config: dict[str, Any], name: str) -> list[Any]:
    """The entry of that name, free to be changed."""
    for device in config["Devices"]:
        for section in ("inp", "out", "mem"):
            for entry in device[section].values():
                if entry[0] == name:
                    return entry
    raise KeyError(name)
