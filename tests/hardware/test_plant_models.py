"""What feeds the inputs: the rig behind its wires, and signals for any configuration."""

import pytest

from tests.hardware.samples import point_of, sound_files, with_module
from webmacs_edge.hardware.driver import Direction, PointKind
from webmacs_edge.hardware.pictory import load_layout, parse_layout
from webmacs_edge.hardware.simulator.codec import default_image
from webmacs_edge.hardware.simulator.generic import GenericModel
from webmacs_edge.hardware.simulator.models import RigModel, is_rig
from webmacs_edge.hardware.simulator.modules import AIO, assemble, module, to_text
from webmacs_edge.hardware.simulator.rig import rig_text

COMPACT = 104


def changed(layout, image, **outputs):
    """The image with these outputs of the rig written, in counts."""
    data = bytearray(image)
    for name, count in outputs.items():
        point = point_of(layout, name)
        if point.bit is not None:
            data[point.address] |= count << point.bit
        else:
            data[point.address : point.address + 2] = count.to_bytes(2, "little")
    return bytes(data)


def test_the_rig_is_recognised_by_its_wires():
    assert is_rig(parse_layout(rig_text(), "rig"))
    assert not is_rig(parse_layout(to_text(with_module(AIO)), "other"))
    assert not is_rig(parse_layout(rig_text().replace("air_flow", "wind"), "renamed"))


def test_the_panel_sets_the_outputs_until_somebody_else_writes_one():
    layout = parse_layout(rig_text(), "rig")
    model = RigModel(layout, seed=1)
    image = default_image(layout)
    speed = point_of(layout, "blower_speed").id

    by_panel = model.panel(image)
    foreign = changed(layout, image, blower_enable=1, blower_speed=9000)
    after = [model.panel(foreign)]
    model.step(10.0, foreign)
    after.append(model.panel(foreign))

    assert by_panel[speed] == pytest.approx(5500, abs=1500)
    assert after == [{}, {}]


def test_the_plant_follows_its_outputs():
    layout = parse_layout(rig_text(), "rig")
    model = RigModel(layout, seed=1)
    image = default_image(layout)
    flow = point_of(layout, "air_flow").id

    running = model.step(20.0, changed(layout, image, blower_enable=1, blower_speed=9000))[flow]
    off_again = model.step(20.0, image)[flow]

    assert running == pytest.approx(4000 + 16000 * 0.9, abs=300)
    assert off_again == pytest.approx(4000, abs=100)


def test_after_a_reset_the_panel_drives_again_and_counters_begin_at_zero():
    layout = parse_layout(rig_text(), "rig")
    model = RigModel(layout, seed=1)
    image = default_image(layout)
    foreign = changed(layout, image, blower_enable=1, blower_speed=100)
    model.panel(foreign)
    model.step(5.0, foreign)

    model.reset()

    assert model.panel(image)
    assert model.step(0.1, image)[point_of(layout, "blower_tacho").id] < 10


def test_the_default_image_holds_the_defaults_of_pictory():
    layout = parse_layout(rig_text(), "rig")
    heater = point_of(layout, "heater_power")
    limit = point_of(layout, "RS485ErrorLimit2")

    image = default_image(layout)

    assert int.from_bytes(image[heater.address : heater.address + 2], "little") == 4000
    assert int.from_bytes(image[limit.address : limit.address + 2], "little") == 1000


def check_signals(layout):
    """Every input has plausible counts that fit its place, and something moves."""
    model, again = GenericModel(layout, seed=3), GenericModel(layout, seed=3)
    image = default_image(layout)
    first = model.step(1.0, image)
    later = model.step(30.0, image)
    again.step(1.0, image)
    assert again.step(30.0, image) == later
    for point in layout.points:
        if point.direction is not Direction.input or point.hidden or point.bits > 32:
            continue
        if point.name.startswith("RS485Error"):
            assert point.id not in later, "the bus counts its own errors"
            continue
        count = later[point.id]
        low = -(1 << point.bits - 1) if point.signed else 0
        assert low <= count < 1 << point.bits - int(point.signed), point
        if point.kind is PointKind.analog and point.low is not None and point.high is not None:
            assert point.low <= count <= point.high, point
        if point.unit == "°C":
            assert 20 <= count * point.native_factor <= 80, point
        if point.kind is PointKind.status:
            assert count == 0, point
    assert first != later


def test_generic_signals_are_plausible_for_the_compact():
    modes = {"AInMode_1": 1, "AInMode_2": 3}
    check_signals(parse_layout(to_text(assemble([module(COMPACT, 0, defaults=modes)])), "c"))


@pytest.mark.parametrize("path", sound_files())
def test_generic_signals_are_plausible_for_real_files(path):
    check_signals(load_layout(path))
