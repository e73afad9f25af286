"""The LEDs of the base as status lamps."""

import pytest

from tests.plant import make_point
from webmacs_edge.control.lamps import Colour, Lamps
from webmacs_edge.hardware.driver import Device, Direction, Layout

S = 1_000_000_000


def lit(
    product_type, *, bits=8, alarm=Colour.off, updating=False, forced=False, storing=True,
    image=b"\0\0", is_well=True,
):  # fmt: skip
    """The mask and the value that the lamps of this base write, byte by byte."""
    led = make_point(
        "RevPiLED", device=0, address=0, bits=bits, direction=Direction.output, signed=False
    )
    layout = Layout(
        (Device(0, product_type, "base", "base", "", 0, 2, is_base=True),), (led,), 2, ""
    )
    lamps = Lamps(enabled=True)
    lamps.opened(layout)
    lamps.alarm, lamps.is_updating = alarm, updating
    lamps.is_forced, lamps.is_storing = forced, storing
    return lamps.changes(image, is_well=is_well, mono_ns=S)


@pytest.mark.parametrize(
    ("product_type", "given", "changes"),
    [
        (95, {}, {0: (0b1111, 0b0001)}),  # Core: two lamps
        (95, {"alarm": Colour.red}, {0: (0b1111, 0b1001)}),
        (105, {"updating": True}, {0: (0b111111, 0b110001)}),  # Connect: never bits 6 and 7
        (105, {"is_well": False}, {0: (0b111111, 0b000011)}),
        (136, {"bits": 16}, {0: (0b11011011, 0b00000010)}),  # Connect 4: red, green, blue
        (138, {"bits": 16, "alarm": Colour.amber}, {0: (0b11011011, 0b00011010)}),
        (135, {"bits": 16, "alarm": Colour.red}, {0: (0b11111111, 0b00001001)}),
        (135, {"bits": 16, "forced": True}, {0: (0b11111111, 0b11000001)}),  # Flat: A4 in bits 6, 7
        (135, {"bits": 16, "storing": False}, {0: (0b11111111, 1), 1: (0b11, 0b10)}),
        (136, {"bits": 16, "forced": True}, {0: (0b11011011, 2), 1: (0b00110110, 0b00000110)}),
        (105, {"forced": True, "storing": False}, {0: (0b111111, 0b000001)}),  # it has three lamps
        (95, {"image": b"\xf1\0"}, {}),  # as it should be; the bits of others are not looked at
        (999, {}, {}),  # a base whose lamps nobody knows
    ],
)
def test_only_our_own_bits_are_written_and_only_when_they_differ(product_type, given, changes):
    assert lit(product_type, **given) == changes


def test_lamps_are_left_alone_unless_they_are_ours():
    lamps = Lamps(enabled=False)

    assert lamps.changes(b"\0\0", is_well=True, mono_ns=S) == {}
    assert lamps.leave() == {}


def test_another_writer_is_answered_every_few_seconds_only():
    led = make_point("RevPiLED", device=0, bits=8, direction=Direction.output)
    lamps = Lamps(enabled=True)
    lamps.opened(Layout((Device(0, 95, "base", "Core", "", 0, 1, is_base=True),), (led,), 1, ""))

    writes = [
        bool(lamps.changes(b"\0", is_well=True, mono_ns=tick * S // 10)) for tick in range(1, 100)
    ]

    assert sum(writes) == 2
    assert lamps.leave() == {0: (0b1111, 0)}
