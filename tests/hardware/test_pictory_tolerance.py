"""Odd files that are read all the same, each oddity with its consequence."""

import json

import pytest

from tests.hardware.samples import SOURCE, entry_of, parse, point_of, rig, with_module
from webmacs_edge.hardware.driver import PointKind
from webmacs_edge.hardware.pictory import parse_layout
from webmacs_edge.hardware.simulator.modules import AIO, RO


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("-5", -5),
        ("0xFFFB", -5),
        ("65531", -5),
        ("0x10", 16),
        ("0b101", 5),
        ("+7", 7),
        ("0007", 7),
        (12, 12),
        (12.0, 12),
        ("31.0", 31),
        (None, 0),
        ("null", 0),
        ("", 0),
        ("-32768", -32768),
    ],
)
def test_a_default_is_read_as_the_driver_reads_it(default, expected):
    config = with_module(AIO)
    entry_of(config, "OutputValue_1")[1] = default

    assert point_of(parse(config), "OutputValue_1").default == expected


@pytest.mark.parametrize(("default", "expected"), [("-1", 255), ("0xff", 255), (True, 1)])
def test_a_default_of_an_unsigned_byte_or_bit_is_read_as_stored(default, expected):
    config = rig()
    name = "feed_valve" if default is True else "PWM_1"
    entry_of(config, name)[1] = default

    assert point_of(parse(config), name).default == expected


def test_comments_and_a_byte_order_mark_are_skipped():
    config = rig()
    entry_of(config, "air_flow")[6] = "see https://example.org/#air // not a comment"
    text = json.dumps(config, indent=1).replace("\n", " // note\n# another\n", 1)

    layout = parse_layout("\ufeff" + text, SOURCE)

    assert point_of(layout, "air_flow").comment == "see https://example.org/#air // not a comment"
    assert len(layout.points) == len(parse(config).points)


def test_an_offset_that_is_a_whole_float_is_a_whole_number():
    config = rig()
    for device in config["Devices"]:
        device["offset"] = float(device["offset"])

    assert parse(config) == parse(rig())


def test_virtual_devices_of_pictory_1_0_get_the_free_positions_from_64():
    config = rig()
    config["Devices"][3]["position"] = "adap."
    config["Devices"][4]["position"] = "64"
    config["Devices"][5]["position"] = "adap."

    positions = [device.position for device in parse(config).devices]

    assert positions == [31, 0, 32, 65, 64, 66]


def test_an_unknown_module_is_shown_as_raw_numbers():
    config = with_module(RO)
    config["Devices"][1]["productType"] = "4711"

    layout = parse(config)

    assert any("product type 4711 is unknown" in warning for warning in layout.warnings)
    assert point_of(layout, "RelayOutput_1").kind is PointKind.digital
    assert not any(point.used for point in layout.points if point.device == 32)


def test_padding_on_other_entries_is_left_out_with_a_warning():
    config = with_module(RO)
    for number in range(1, 5):
        entry_of(config, f"RelayOutputPadding_{number}")[7] = str(number - 1)

    layout = parse(config)

    assert not [p for p in layout.points if "Padding" in p.name]
    assert any("Padding lies on other entries" in warning for warning in layout.warnings)
    assert point_of(layout, "RelayOutput_1").used


@pytest.mark.parametrize("stamp", ["201826", "2026-01-01", 31.5, None, "99999999999999"])
def test_a_malformed_time_of_saving_is_left_out(stamp):
    config = rig()
    config["App"]["saveTS"] = stamp

    layout = parse(config)

    assert layout.saved_at == ""
    assert any("saveTS" in warning for warning in layout.warnings)


def test_the_time_of_saving_and_the_version_are_kept():
    layout = parse(rig())

    assert (layout.saved_at, layout.version) == ("2026-01-05 08:00:00", "2.10.0")
    assert layout.warnings == ()


@pytest.mark.parametrize("part", ["App", "Summary", "Connections"])
def test_a_missing_part_that_we_do_not_need_is_no_fault(part):
    config = rig()
    del config[part]

    assert parse(config).points == parse(rig()).points


def test_sections_may_be_lists_as_some_tools_write_them():
    config = rig()
    for device in config["Devices"]:
        device["inp"] = list(device["inp"].values())

    assert parse(config).points == parse(rig()).points
