"""The driver's own list of devices, and how it is compared with PiCtory's file."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.hardware.samples import parse, rig, rig_moved, sound_files
from webmacs_edge.hardware.device_list import (
    DEVICE_INFO,
    devices_of,
    first_difference,
    packed,
    parse_devices,
    variables_of,
    wrong_settings,
)
from webmacs_edge.hardware.pictory import load_layout
from webmacs_edge.hardware.resets import EventWatch, plate_of, read_plate, write_plate
from webmacs_edge.hardware.simulator.codec import default_image


def test_the_structure_is_as_long_as_that_of_the_driver():
    assert DEVICE_INFO.size == 72


def test_what_is_packed_is_parsed():
    devices = devices_of(parse(rig()))
    absent = replace(devices[0], is_connected=False, state=0, is_active=False)

    data = b"".join(packed(it) for it in (*devices, absent))

    assert tuple(parse_devices(data, 99)) == (*devices, absent)


def test_the_rig_is_listed_as_it_is():
    devices = {it.position: it for it in devices_of(parse(rig()))}

    assert [(it.product_type, it.input_offset, it.output_offset) for it in devices.values()] == [
        (96, 0, 70), (136, 113, 119), (103, 126, 146),
        (103, 215, 235), (118, 304, 338), (137, 421, 422),
    ]  # fmt: skip
    assert (devices[32].input_length, devices[32].output_length) == (20, 4)


def test_the_same_configuration_has_no_difference():
    layout = parse(rig())

    assert first_difference(layout, devices_of(layout)) == ""


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        (rig_moved({35: 36}), "the driver knows no device at position 36"),
        (rig_moved({32: 36}), "the inputs of position 33 are at byte 215 for the driver, at 126"),
        (rig_moved({32: 33, 33: 32}), ""),  # two of a kind: only their names tell
        (rig_moved({33: 34, 34: 33}), "has a device of the type 103, PiCtory one of the type 118"),
        (rig_moved({}, without=31), "the inputs of position 0 are at byte 113"),
    ],
)
def test_another_configuration_is_told_by_its_first_difference(saved, words):
    used = devices_of(parse(rig()))

    found = first_difference(parse(saved), used)

    assert found == "" if not words else words in found


def test_a_virtual_device_has_the_bit_of_an_absent_one_in_its_type():
    layout = parse(rig())
    used = [replace(it, product_type=32768 + it.position) for it in devices_of(layout)]
    virtual = replace(
        layout,
        devices=tuple(replace(it, product_type=32768 + it.position) for it in layout.devices),
    )

    listed = tuple(parse_devices(b"".join(packed(it) for it in used), 99))

    assert first_difference(virtual, listed) == ""


def test_names_that_are_not_unique_are_not_asked_for():
    names = [point.name for point in variables_of(parse(rig()))]

    assert "air_flow" in names
    assert len(names) == len(set(names)) > 100
    assert all(len(name) <= 31 for name in names)


def test_settings_that_differ_name_their_module():
    layout, config = parse(rig()), rig()
    next(it for it in config["Devices"] if it["position"] == "32")["mem"]["0"][1] = "3"
    image = default_image(parse(config))

    assert wrong_settings(layout, default_image(layout)) == []
    assert wrong_settings(layout, image) == [32]


@pytest.mark.parametrize("path", sound_files())
def test_a_driver_with_the_same_real_file_has_no_difference(path):
    layout = load_layout(path)

    assert first_difference(layout, devices_of(layout)) == ""
    assert wrong_settings(layout, default_image(layout)) == []


def test_what_a_virtual_plant_says_of_itself_is_read_whole_or_not_at_all(tmp_path):
    image, devices = tmp_path / "image", devices_of(parse(rig()))
    assert read_plate(image) is None

    write_plate(image, 3, devices)
    assert read_plate(image) == (3, devices)

    plate_of(image).write_bytes(plate_of(image).read_bytes()[:-1])
    assert read_plate(image) is None


def test_a_device_without_events_is_not_waited_for():
    watch = EventWatch(Path("/dev/null"))

    watch.start()
    watch._thread.join(10)  # noqa: SLF001

    assert watch.is_blind
    assert watch.count == 0
