"""Malformed files: always the one error, with the file, the place and the way out."""

import json
import os
from pathlib import Path

import pytest

from tests.hardware.samples import SOURCE, entry_of, parse, rig
from tests.hardware.users import open_directory, ordinary_user
from webmacs_edge.hardware.pictory import find_config, load_layout, parse_layout
from webmacs_edge.model.errors import ConfigurationError

TEXT = json.dumps(rig(), indent=1)


def set_entry(name, field, value):
    def change(config):
        entry_of(config, name)[field] = value

    return change


def set_device(index, key, value):
    def change(config):
        config["Devices"][index][key] = value

    return change


def drop_device_key(key):
    def change(config):
        del config["Devices"][2][key]

    return change


def set_part(key, value):
    def change(config):
        config[key] = value

    return change


def cut_entry(config):
    del entry_of(config, "air_flow")[5:]


def repeat_name(config):
    entry_of(config, "InputStatus_1")[0] = "air_flow"


CASES = [
    (set_part("Devices", {}), "Devices", "must be a list"),
    (set_part("Devices", []), "Devices", "0 devices"),
    (set_part("Devices", [{}] * 300), "Devices", "300 devices"),
    (set_part("Devices", ["x"]), "Devices[0]", 'The device is "x"'),
    (lambda config: config.pop("Devices"), "", '"Devices" is missing'),
    (set_part("App", 5), "App", "must be an object"),
    (drop_device_key("offset"), 'Devices[2] "RevPi AIO"', '"offset" is missing'),
    (drop_device_key("position"), "Devices[2]", '"position" is missing'),
    (drop_device_key("productType"), "Devices[2]", '"productType" is missing'),
    (drop_device_key("inp"), "Devices[2]", '"inp" is missing'),
    (drop_device_key("mem"), "Devices[2]", '"mem" is missing'),
    (set_device(2, "offset", 31.5), "Devices[2]", "offset is 31.5, but must be a whole"),
    (set_device(2, "offset", -1), "Devices[2]", "must be from 0 to 4096"),
    (set_device(2, "offset", 5000), "Devices[2]", "must be from 0 to 4096"),
    (set_device(2, "offset", 4090), "Devices[2]", "has only 4096"),
    (set_device(2, "offset", "twelve"), "Devices[2]", "must be a whole number"),
    (set_device(2, "offset", True), "Devices[2]", "must be a whole number"),
    (set_device(2, "offset", None), "Devices[2]", "offset is null"),
    (set_device(2, "offset", 10**30), "Devices[2]", "must be from 0 to 4096"),
    (set_device(2, "offset", 100), "Devices[2]", "overlaps with RevPi DIO at position 31"),
    (set_device(2, "position", "31"), "Devices[2]", "Position 31 is taken"),
    (set_device(2, "position", "left"), "Devices[2]", "position"),
    (set_device(2, "productType", "AIO"), "Devices[2]", "productType"),
    (set_device(2, "name", ["x"]), "Devices[2]", "name is a list"),
    (set_device(2, "name", "\ud800"), "Devices[2]", "lone surrogate"),
    (set_device(2, "inp", "none"), "Devices[2]", "must be an object"),
    (set_device(2, "inp", {"0": "x"}), 'inp "0"', "must be a list"),
    (cut_entry, 'inp "0"', "5 of its 8 fields"),
    (repeat_name, "position 32", '"air_flow" is used twice'),
    (set_entry("air_flow", 0, ""), "inp", "no name"),
    (set_entry("air_flow", 0, "x" * 2000), "inp", "2000 characters"),
    (set_entry("air_flow", 1, "70000"), '"air_flow"', "does not fit into 16 bits"),
    (set_entry("air_flow", 1, "-40000"), '"air_flow"', "does not fit into 16 bits"),
    (set_entry("air_flow", 1, 1.5), '"air_flow"', "default is 1.5"),
    (set_entry("air_flow", 1, []), '"air_flow"', "default is a list"),
    (set_entry("air_flow", 2, "0"), '"air_flow"', "from 1 to"),
    (set_entry("air_flow", 2, "12"), '"air_flow"', "1 or a multiple of 8"),
    (set_entry("air_flow", 2, "٣"), '"air_flow"', "must be a whole number"),
    (set_entry("air_flow", 3, "1.5"), '"air_flow"', "byte offset"),
    (set_entry("air_flow", 3, "-2"), '"air_flow"', "byte offset"),
    (set_entry("air_flow", 3, "5000"), '"air_flow"', "byte offset"),
    (set_entry("air_flow", 3, "4095"), "Devices[2]", "has only 4096"),
    (set_entry("air_flow", 3, "2"), "Devices[2]", "the same place as"),
    (set_entry("air_flow", 4, "perhaps"), '"air_flow"', "true or false"),
    (set_entry("air_flow", 6, 7), '"air_flow"', "comment is 7"),
    (set_entry("air_flow", 7, "3"), '"air_flow"', "yet has a bit address"),
    (set_entry("emergency_stop_ok", 7, "2"), "Devices[0]", "the same place as emergency_stop_ok"),
    (set_entry("emergency_stop_ok", 7, "99999"), '"emergency_stop_ok"', "bit address"),
    (set_entry("Input1Range", 1, "wide"), '"Input1Range"', "must be a number"),
]


@pytest.mark.parametrize(("change", "place", "message"), CASES)
def test_a_malformed_configuration_is_refused_with_place_and_way_out(change, place, message):
    config = rig()
    change(config)

    with pytest.raises(ConfigurationError) as caught:
        parse(config)

    assert str(caught.value).startswith(SOURCE)
    assert place in caught.value.place
    assert message in caught.value.reason
    assert "PiCtory" in caught.value.reason


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", "", "is empty"),
        (" \n\t", "", "is empty"),
        ("\ufeff", "", "is empty"),
        (TEXT[:1000], "line", "cut off or damaged"),
        ("hello", "line 1, column 1", "not JSON"),
        ("[]", "", "must be an object"),
        ('"text"', "", "must be an object"),
        ("null", "", "must be an object"),
        ("[" * 100_000, "", "nested too deeply"),
        ('{"Devices": [], "Devices": []}', "", "stands twice"),
        ('{"Devices": NaN}', "", "NaN"),
        ('{"Devices": ' + "9" * 5000 + "}", "", ""),
        (TEXT.replace("air_flow", "air\x00flow"), "character", "zero bytes"),
        (TEXT.replace('"offset": 0', '"offset": Infinity'), "", "Infinity"),
    ],
)
def test_a_text_that_is_no_configuration_is_refused(text, place, message):
    with pytest.raises(ConfigurationError) as caught:
        parse_layout(text, SOURCE)

    assert place in caught.value.place
    assert message in caught.value.reason


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (TEXT.encode("utf-16"), "byte 0", "UTF-16"),
        (TEXT.replace("mbar", "°").encode("latin-1", "replace"), "line", "not UTF-8"),
        (b"\x00\xff\xfe" * 20, "line 1, byte 1", "0xff"),
    ],
)
def test_a_file_in_another_encoding_is_refused(tmp_path, content, place, message):
    path = tmp_path / "config.rsc"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError) as caught:
        load_layout(path)

    assert str(caught.value).startswith(str(path))
    assert place in caught.value.place
    assert message in caught.value.reason


def test_a_file_of_100_mb_is_refused_without_being_read(tmp_path):
    path = tmp_path / "config.rsc"
    path.touch()
    os.truncate(path, 100_000_000)

    with pytest.raises(ConfigurationError, match="100 MB"):
        load_layout(path)


@pytest.mark.parametrize("kind", ["directory", "pipe", "nothing", "below a file"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "config.rsc"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "below a file":
        path.touch()
        path = path / "config.rsc"

    with pytest.raises(ConfigurationError, match=str(path)):
        load_layout(path)


def test_a_file_this_user_may_not_read_is_refused():
    with open_directory() as directory:
        path = directory / "config.rsc"
        path.write_text(TEXT)
        path.chmod(0o000)

        with ordinary_user(), pytest.raises(ConfigurationError, match="may not read"):
            load_layout(path)


def test_the_named_file_is_taken_even_when_it_is_missing(tmp_path):
    path = tmp_path / "mine.rsc"

    assert find_config(path) == path


@pytest.mark.skipif(Path("/etc/revpi").exists(), reason="This is a Revolution Pi.")
def test_without_any_file_the_usual_places_are_named():
    with pytest.raises(ConfigurationError, match=r"/etc/revpi/config\.rsc.*/opt/KUNBUS"):
        find_config(None)
