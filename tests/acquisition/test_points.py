"""From bytes to values and trust."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.plant import make_layout, make_point
from webmacs_edge.acquisition.bus import status_faults
from webmacs_edge.acquisition.points import build_plan
from webmacs_edge.hardware.driver import StatusBits
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import Text, text


def make_event(point, **given):
    """Columns of a channel as the store gives them."""
    columns = {
        "id": 7,
        "point_id": point.id,
        "factor": 1.0,
        "offset": 0.0,
        "recorded": True,
        "divider": 1,
        "deadband": 0.0,
        "silence_s": 10.0,
        "name": point.name,
        "public_id": f"event-{given.get('id', 7)}",
        "formula": "",
        "frozen_s": None,
        "decimals": 2,
    }
    return SimpleNamespace(**{**columns, **given})


def decode_one(point, image: bytes, **given):
    """Value, quality and reason of one channel on one point."""
    plan = build_plan(make_layout(point), [make_event(point, **given)])
    reading = plan.decode(image.ljust(64, b"\0"))
    return reading.values[0], reading.qualities[0], reading.reasons.get(0, "")


@pytest.mark.parametrize(
    ("bits", "signed", "image", "value"),
    [
        (8, False, b"\xff", 255),
        (8, True, b"\xff", -1),
        (16, False, b"\x39\x30", 12345),
        (16, True, b"\xff\xff", -1),
        (32, False, b"\xff\xff\xff\xff", 4294967295),
        (32, True, b"\xfe\xff\xff\xff", -2),
        (64, True, b"\xff" * 8, -1),
        (24, False, b"\x01\x00\x01", 65537),
    ],
)
def test_a_word_is_read_with_its_width_and_sign(bits, signed, image, value):
    point = make_point(bits=bits, signed=signed)

    assert decode_one(point, image)[0] == value


@pytest.mark.parametrize(("byte", "value"), [(b"\x20", 1.0), (b"\xdf", 0.0)])
def test_a_bit_is_read_at_its_place(byte, value):
    point = make_point(bit=5, bits=1, signed=False)

    assert decode_one(point, byte)[0] == value


def test_a_word_at_an_odd_address_is_read_there():
    point = make_point(address=3)

    assert decode_one(point, b"\0\0\0\x34\x12")[0] == 0x1234


def test_the_value_is_scaled_to_the_channels_unit():
    point = make_point()

    value, quality, _ = decode_one(point, (215).to_bytes(2, "little"), factor=0.1, offset=-1.5)

    assert value == pytest.approx(20.0)
    assert quality is Quality.GOOD


STATUS = StatusBits(address=2, bits=8, words={1: "Below range", 2: "Above range"})


@pytest.mark.parametrize(
    ("given", "image", "quality", "reason"),
    [
        ({"status": STATUS}, b"\0\0\x02", Quality.BAD, "Above range"),
        ({"status": STATUS}, b"\0\0\x03", Quality.BAD, "Below range, Above range"),
        ({"status": STATUS}, b"\0\0\x80", Quality.GOOD, ""),
        ({"sentinels": {8500: "Sensor open"}}, b"\x34\x21", Quality.BAD, "Sensor open"),
        ({"low_valid": 3600.0}, b"\x0f\x0e", Quality.BAD, "Wire break"),
        ({"low_valid": 3600.0}, b"\x10\x0e", Quality.GOOD, ""),
        ({"low": 0.0, "high": 100.0}, b"\x65\x00", Quality.UNCERTAIN, "Above the measuring range"),
        ({"low": 0.0, "high": 100.0}, b"\xff\xff", Quality.UNCERTAIN, "Below the measuring range"),
        ({"low": 0.0, "high": 100.0}, b"\x64\x00", Quality.GOOD, ""),
    ],
)
def test_a_fault_becomes_quality_in_words(given, image, quality, reason):
    point = replace(make_point(), **given)

    _, seen, words = decode_one(point, image)

    assert seen is quality
    assert words.startswith(reason)
    assert bool(words) == bool(reason)


def test_a_fault_remembers_how_to_say_it_in_another_language():
    status = replace(STATUS, words={1: text("Below range"), 2: text("Above range")})
    point = replace(make_point(), status=status)

    one, both = (decode_one(point, image)[2] for image in (b"\0\0\x02", b"\0\0\x03"))

    assert isinstance(one, Text)
    assert isinstance(both, Text)
    assert both == "Below range, Above range"


def test_a_channel_whose_point_is_gone_is_stale_and_has_no_value():
    gone = make_point("gone")
    plan = build_plan(make_layout(make_point("here")), [make_event(gone)])

    reading = plan.decode(bytes(64))

    assert reading.values == [None]
    assert reading.qualities == [Quality.STALE]
    assert "PiCtory" in reading.reasons[0]


def test_bus_errors_make_the_modules_uncertain_but_not_the_base():
    errors = make_point("RS485ErrorCnt", device=0, address=2, signed=False)
    on_bus, on_base = make_point("on_bus", address=8), make_point("temp", device=0, address=10)
    layout = make_layout(errors, on_bus, on_base)
    plan = build_plan(layout, [make_event(on_bus), make_event(on_base, id=8)])

    calm = plan.decode(bytes(64))
    troubled = plan.decode(b"\0\0\x09\0".ljust(64, b"\0"))

    assert calm.qualities == [Quality.GOOD, Quality.GOOD]
    assert troubled.qualities == [Quality.UNCERTAIN, Quality.GOOD]
    assert "unplugged" in troubled.reasons[0]


def test_what_the_base_complains_of_is_said_in_words():
    status = make_point("RevPiStatus", device=0, address=0, bits=8, signed=False)
    plan = build_plan(make_layout(status), [])

    seen = plan.bus.status(bytes((1 | 4 | 8,)).ljust(64, b"\0"))

    assert status_faults(seen) == (
        "a module that PiCtory knows is missing, "
        "a module is another one, or of another size, than PiCtory says"
    )
    assert status_faults(1) == ""
    assert build_plan(make_layout(), []).bus.status(bytes(64)) == 0
