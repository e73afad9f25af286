"""Which points count as used, and in which order they come."""

import pytest

from tests.hardware.samples import entry_of, parse, point_of, rig, with_module
from webmacs_edge.hardware.driver import PointKind
from webmacs_edge.hardware.simulator.modules import AIO, CONNECT_4, DIO, assemble, module

CORE, DI, DO, COMPACT, CONNECT, FLAT, CONNECT_5 = 95, 97, 98, 104, 105, 135, 138


def test_an_output_with_pwm_switched_on_counts_as_used():
    layout = parse(with_module(DIO, defaults={"OutputPWMActive": 0x0101}))

    used = [p.name for p in layout.points if p.kind is PointKind.pwm and p.used]

    assert used == ["PWM_1", "PWM_9"]
    assert [p.name for p in layout.points if p.name in {"O_1", "O_2"} and p.used] == ["O_2"]
    assert (point_of(layout, "PWM_1").unit, point_of(layout, "PWM_1").high) == ("%", 100)


@pytest.mark.parametrize("product_type", [CORE, CONNECT, CONNECT_4, CONNECT_5])
def test_of_a_base_module_temperature_and_cycle_time_are_used(product_type):
    layout = parse(assemble([module(product_type, 0)]))

    used = {(p.name, p.unit) for p in layout.points if p.used}

    assert used == {("Core_Temperature", "°C"), ("RevPiIOCycle", "ms")}


def test_without_any_name_the_primary_points_are_used():
    layout = parse(with_module(AIO, defaults={"Input3Range": 0, "Output2Range": 2}))

    used = [p.name for p in layout.points if p.device == 32 and p.used]

    assert used == [
        "InputValue_1",
        "InputValue_2",
        "InputValue_4",
        "RTDValue_1",
        "RTDValue_2",
        "OutputValue_2",
    ]


@pytest.mark.parametrize(
    "given",
    [{"names": {"InputValue_3": "pressure"}}, {"comments": {"InputValue_3": "PT-1"}}],
    ids=["name", "comment"],
)
def test_with_one_point_named_or_commented_only_that_one_is_used(given):
    layout = parse(with_module(AIO, **given))

    used = [p.comment or p.name for p in layout.points if p.device == 32 and p.used]

    assert used in (["pressure"], ["PT-1"])


def test_the_suffix_that_pictory_appends_is_no_name():
    layout = parse(assemble([module(CONNECT_4, 0), module(AIO, 32), module(AIO, 33)]))

    used = [p.name for p in layout.points if p.device == 33 and p.used]

    assert used[0] == "InputValue_1_i03"
    assert len(used) == 6


def test_the_comment_of_the_module_itself_is_no_comment_of_the_point():
    config = with_module(AIO)
    entry_of(config, "InputValue_1")[6] = "RevPi AIO"

    used = [p.name for p in parse(config).points if p.device == 32 and p.used]

    assert "InputValue_2" in used


def test_the_points_come_in_the_order_of_the_image():
    layout = parse(rig())

    places = [(p.address, p.bit is not None, p.bit or 0) for p in layout.points]

    assert places == sorted(places)
    assert [d.position for d in layout.devices] == [31, 0, 32, 33, 34, 35]


def test_the_rig_has_twenty_used_points_with_their_ranges_in_the_comments():
    layout = parse(rig())

    used = [p for p in layout.points if p.used]

    assert len(used) == 20
    assert sum(p.kind is PointKind.digital for p in used) == 6
    assert point_of(layout, "air_flow").comment == "FT-101 air flow 0..120 m³/h"
    assert point_of(layout, "humidity").comment == "MT-105 humidity 0..100 %"
