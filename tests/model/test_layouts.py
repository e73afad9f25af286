"""What another configuration means for the points."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from webmacs_edge.model.layouts import (
    ChangeKind,
    ChangeRow,
    KeptChange,
    PointFacts,
    compare,
    doubts,
    from_rows,
    to_rows,
)
from webmacs_edge.model.text import Text, packed, text, unpacked

FLOW = PointFacts(
    id="32/air_flow", name="air_flow", device=32, product_type=103, direction="input",
    kind="analog", place=0, address=126, bit=None, bits=16, signed=True, unit="µA",
    native_factor=1.0, low=4000, high=20000, low_valid=3600, scaled=False, used=True,
)  # fmt: skip
LEVEL = replace(FLOW, id="32/level", name="level", place=2, address=128)
VALVE = replace(
    FLOW, id="31/valve", name="valve", device=31, product_type=96, direction="output",
    kind="digital", place=70, address=70, bit=1, bits=1, signed=False, unit="", low=None,
    high=None, low_valid=None,
)  # fmt: skip
BOTH = (FLOW, LEVEL, VALVE)


def at(point: PointFacts, position: int, **given) -> PointFacts:
    """The same point on another place of the bus."""
    return replace(point, id=f"{position}/{point.name}", device=position, **given)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (BOTH, []),
        ((FLOW, LEVEL), [("removed", "31/valve", "", "")]),
        ((*BOTH, at(VALVE, 40)), [("added", "", "40/valve", "")]),
        (
            (at(FLOW, 36), LEVEL, VALVE),
            [("moved", "32/air_flow", "36/air_flow", "position 32 → 36")],
        ),
        (
            (at(FLOW, 33), at(replace(LEVEL, name="level"), 33), VALVE),
            [
                ("moved", "32/air_flow", "33/air_flow", "position 32 → 33"),
                ("moved", "32/level", "33/level", "position 32 → 33"),
            ],
        ),
        (  # the names of two terminals were exchanged: each channel follows its name
            (replace(FLOW, place=2, address=128), replace(LEVEL, place=0, address=126), VALVE),
            [
                ("moved", "32/air_flow", "32/air_flow", "another terminal of the module"),
                ("moved", "32/level", "32/level", "another terminal of the module"),
            ],
        ),
        (
            (replace(FLOW, id="32/wind", name="wind"), LEVEL, VALVE),
            [
                ("removed", "32/air_flow", "", "its terminal is now called “wind”"),
                ("added", "", "32/wind", ""),
            ],
        ),
        (
            (replace(FLOW, unit="mV", low=0, high=10000, low_valid=None), LEVEL, VALVE),
            [("changed", "32/air_flow", "32/air_flow", "range 4000…20000 µA → 0…10000 mV")],
        ),
        (
            (replace(FLOW, scaled=True), LEVEL, VALVE),
            [("changed", "32/air_flow", "32/air_flow", "scaled in PiCtory")],
        ),
        (
            (replace(FLOW, product_type=118), LEVEL, VALVE),
            [("changed", "32/air_flow", "32/air_flow", "another kind of module")],
        ),
        (
            (replace(FLOW, kind="counter", bits=32), LEVEL, VALVE),
            [("changed", "32/air_flow", "32/air_flow", "another kind of value")],
        ),
        (  # of another kind it is another point, though it bears the name
            (at(FLOW, 36, product_type=118), LEVEL, VALVE),
            [("removed", "32/air_flow", "", ""), ("added", "", "36/air_flow", "")],
        ),
        (  # two bear the name: nobody knows which it is
            (at(FLOW, 36), at(FLOW, 37), LEVEL, VALVE),
            [
                ("removed", "32/air_flow", "", ""),
                ("added", "", "36/air_flow", ""),
                ("added", "", "37/air_flow", ""),
            ],
        ),
    ],
    ids=[
        "nothing", "removed", "added", "module moved", "all of a module moved", "names exchanged",
        "renamed", "range", "scaled", "module of another kind", "counter", "other module by name",
        "two by name",
    ],
)  # fmt: skip
def test_what_changed_is_told_point_by_point(new, expected):
    found = compare(BOTH, new)

    assert [(it.kind, it.before, it.now, it.words) for it in found.points] == expected
    assert found.shifted == ()


def test_a_module_that_only_lies_elsewhere_in_the_image_changes_nothing():
    shifted = [replace(point, address=point.address + 70) for point in BOTH]

    found = compare(BOTH, shifted)

    assert found.points == ()
    assert found.shifted == tuple(zip(BOTH, shifted, strict=True))


def test_modules_that_changed_places_are_followed_by_name():
    other = at(LEVEL, 33)

    found = compare((FLOW, other), (at(FLOW, 33), at(LEVEL, 32)))

    assert {(it.before, it.now) for it in found.points} == {
        ("32/air_flow", "33/air_flow"),
        ("33/level", "32/level"),
    }


def test_facts_are_kept_as_rows_and_those_of_another_version_are_refused():
    assert from_rows(to_rows(BOTH)) == list(BOTH)
    with pytest.raises(ValueError, match="other fields"):
        from_rows([["32/air_flow", 7]])


def test_rules_of_a_channel_rest_until_the_change_was_seen():
    rows = (
        ChangeRow(ChangeKind.moved, "32/a", "36/a", "position 32 → 36", "id-a", "Air flow"),
        ChangeRow(ChangeKind.removed, "32/b", "", "", "id-b", "Level"),
        ChangeRow(ChangeKind.added, "", "32/c", "", "id-c", "Back"),
        ChangeRow(ChangeKind.removed, "32/d", "", ""),
    )
    change = KeptChange("1", 5, rows)

    found = doubts([change, KeptChange("2", 4, rows[:1], seen_on_ms=4)])

    assert set(found) == {"id-a", "id-b"}
    assert "“Air flow” was moved or changed in PiCtory (position 32 → 36)" in found["id-a"]
    assert "not in the PiCtory configuration any more" in found["id-b"]
    assert doubts([replace(change, seen_on_ms=6)]) == {}


def test_what_is_different_is_stored_with_how_to_say_it_in_another_language():
    inner = text("range {old} → {new}", old="0…1 V", new="0…2 V")
    words = text("{phrases}, {phrase}", phrases=inner, phrase=text("scaled in PiCtory"))

    again = unpacked(json.loads(json.dumps(packed(words))))

    assert isinstance(again, Text)
    assert again == words == "range 0…1 V → 0…2 V, scaled in PiCtory"
    assert again.values["phrases"].message == "range {old} → {new}"
    missing = packed(text("There is no file {path}.", path=Path("/x")))
    assert unpacked(json.loads(json.dumps(missing))) == "There is no file /x."
    assert unpacked(packed("of an earlier version")) == "of an earlier version"
