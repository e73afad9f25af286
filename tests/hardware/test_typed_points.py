"""Numbers and bits at addresses of gateways and virtual devices."""

import struct

import pytest

from tests.acquisition.test_points import make_event
from tests.plant import make_point
from webmacs_edge.acquisition.points import build_plan
from webmacs_edge.hardware.driver import Device, Direction, Layout, PointKind
from webmacs_edge.hardware.typed_points import find_point
from webmacs_edge.hardware.typed_points import make_point as typed_point
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.typed_places import TypedPlace, parse_place

BYTES = [
    make_point(f"Input_{n}", device=64, address=100 + n, bits=8, kind=PointKind.raw)
    for n in range(16)
]
OUT = make_point("Output_1", device=64, address=116, bits=8, direction=Direction.output)
LAYOUT = Layout(
    devices=(
        Device(32, 103, "AIO", "AIO", "", 0, 20),
        Device(64, 32768, "Bytes", "Virtual", "", 100, 17, is_virtual=True, is_raw=True),
    ),
    points=(*BYTES, OUT, make_point("ai")),
    length=120,
    source="made by hand",
)


def read(place: TypedPlace, data: bytes):
    """Value and quality of a channel on a typed place of a device that holds these bytes."""
    point = typed_point(LAYOUT, place)
    plan = build_plan(LAYOUT, [make_event(point)])
    reading = plan.decode(bytes(100) + data.ljust(20, b"\0"))
    return reading.values[0], reading.qualities[0]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "code", "value"),
    [
        ("uint8", "B", 200), ("int8", "b", -2), ("uint16", "H", 65000), ("int16", "h", -300),
        ("uint32", "I", 4_000_000_000), ("int32", "i", -7), ("uint64", "Q", 2**63),
        ("int64", "q", -9), ("float32", "f", -1.5), ("float64", "d", 3.25),
    ],
)  # fmt: skip
def test_a_number_of_any_type_is_read_in_both_orders(kind, code, value, order):
    place = TypedPlace(64, 3, kind, big_endian=order == ">")

    assert read(place, b"\xff" * 3 + struct.pack(order + code, value)) == (value, Quality.GOOD)
    assert parse_place(place.id) == place


def test_a_bit_is_read_and_a_float_that_is_no_number_is_bad():
    assert read(TypedPlace(64, 2, "bit", bit=5), b"\0\0\x20")[0] == 1
    assert read(TypedPlace(64, 0, "float32"), struct.pack("<f", float("nan"))) == (
        None,
        Quality.BAD,
    )


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (TypedPlace(65, 0, "uint8"), "no device at position 65"),
        (TypedPlace(32, 0, "uint8"), "whose signals are known"),
        (TypedPlace(64, 15, "uint16"), "would be mixed"),
        (TypedPlace(64, 17, "uint8"), "holds nothing"),
    ],
)
def test_a_place_that_is_not_there_is_refused_in_words(place, words):
    with pytest.raises(InvalidError, match=words):
        typed_point(LAYOUT, place)


@pytest.mark.parametrize("wrong", ["64@0:float8<", "64@0", "64@0.8", "x@1:int8<", "64@0:int8"])
def test_an_id_that_names_no_place_finds_nothing(wrong):
    assert find_point(LAYOUT, {}, wrong) is None
