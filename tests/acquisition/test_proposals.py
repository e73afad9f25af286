"""What a channel looks like before anybody has touched it."""

from dataclasses import replace

import pytest

from tests.plant import make_layout, make_point
from webmacs_edge.acquisition.proposals import (
    propose,
    readable_name,
    reading_order,
    span_from_comment,
)
from webmacs_edge.model.words import EventType


def propose_one(point):
    return propose(make_layout(point), [point])[0]


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("bed_temperature", "Bed temperature"),
        ("air_flow_i03", "Air flow"),
        ("TT-101", "TT-101"),
        ("InputValue_1", "InputValue 1"),
        ("RTDValue_1_i04", "RTDValue 1"),
        ("_", "_"),
        ("RevPiIOCycle", "Bus cycle"),
    ],
)
def test_names_read_well_and_tags_stay_tags(name, readable):
    assert readable_name(make_point(name)) == readable


@pytest.mark.parametrize(
    ("comment", "span"),
    [
        ("FT-101 air flow 0..120 m³/h", (0, 120, "m³/h")),
        ("0 to 10 bar", (0, 10, "bar")),
        ("-50…150 °C", (-50, 150, "°C")),
        ("−1,5 bis 2,5 bar", (-1.5, 2.5, "bar")),
        ("FT-101 4...20 mA 0..120 m3/h", (0, 120, "m3/h")),
        ("level 0..100 %", (0, 100, "%")),
        ("4..20 mA", None),
        ("120..0 bar", None),
        ("spare", None),
        ("", None),
    ],
)
def test_the_sensors_span_is_read_from_the_comment(comment, span):
    assert span_from_comment(comment) == span


def test_a_current_loop_with_a_span_in_its_comment_shows_the_plants_unit():
    point = make_point(unit="µA", low=4000.0, high=20000.0, comment="FT-101 0..120 m³/h")

    proposal = propose_one(point)

    assert (proposal.unit, proposal.min_value, proposal.max_value) == ("m³/h", 0, 120)
    assert proposal.factor * 12000 + proposal.offset == pytest.approx(60)
    assert proposal.decimals == 1


def test_a_resistance_thermometer_shows_degrees():
    point = make_point(unit="°C", native_factor=0.1, low=-2000.0, high=8500.0)

    proposal = propose_one(point)

    assert (proposal.unit, proposal.factor, proposal.decimals) == ("°C", 0.1, 1)
    assert (proposal.min_value, proposal.max_value) == (-200, 850)
    assert proposal.divider == 10


def test_a_span_in_the_native_unit_is_a_range_and_no_scaling():
    point = make_point(
        unit="°C", native_factor=0.1, low=-2000.0, high=8500.0, comment="TT-101 0..400 °C"
    )

    proposal = propose_one(point)

    assert (proposal.factor, proposal.min_value, proposal.max_value) == (0.1, 0, 400)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("estop_ok", ("OK", "Tripped")),
        ("feed_valve", ("Open", "Closed")),
        ("lamp", ("On", "Off")),
    ],
)
def test_a_bit_is_digital_with_words(name, words):
    proposal = propose_one(make_point(name, bit=0, bits=1, signed=False))

    assert proposal.is_digital
    assert (proposal.min_value, proposal.max_value, proposal.decimals) == (0, 1, 0)
    assert (proposal.on_text, proposal.off_text) == words
    assert proposal.type is EventType.sensor


def test_a_word_of_unknown_meaning_spans_its_width():
    proposal = propose_one(make_point(signed=True))

    assert (proposal.min_value, proposal.max_value, proposal.unit) == (-32768, 32767, "raw")


def test_a_fast_converter_is_sampled_as_often_as_it_converts():
    assert propose_one(make_point(unit="mV", rate_hz=5.0)).divider == 2


def test_the_same_name_on_two_modules_gets_their_position():
    points = [make_point("level"), make_point("level", device=0)]

    names = [proposal.name for proposal in propose(make_layout(*points), points)]

    assert names == ["Level 32", "Level 0"]


def test_modules_are_called_by_kind_and_position_unless_somebody_named_them():
    points = [make_point(), make_point(device=0)]

    groups = [proposal.group_name for proposal in propose(make_layout(*points), points)]

    assert groups == ["AIO 32", "Connect 4"]


def test_measuring_modules_come_first_then_switching_ones_and_the_base_last():
    points = [
        make_point("cpu", device=0),
        make_point("switch", device=31, bit=0, bits=1),
        make_point("flow"),
        make_point("level"),
    ]
    layout = make_layout(*points)
    dio = replace(layout.devices[1], position=31, offset=64)
    layout = replace(layout, devices=(*layout.devices, dio))

    names = [point.name for point in reading_order(layout)]

    assert names == ["flow", "level", "switch", "cpu"]
