"""The driver at work on files that stand in for the process image, and on what goes wrong."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.hardware.readings import beat
from tests.hardware.refusal import CANNOT
from tests.hardware.users import open_directory, ordinary_user
from webmacs_edge.hardware.driver import Driver
from webmacs_edge.hardware.faults import driver_error
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.rig import rig_text
from webmacs_edge.model.errors import (
    ConfigurationError,
    DeviceIOError,
    DriverError,
    DriverMissingError,
    DriverNotRunningError,
    DriverPermissionError,
    ShortReadError,
)


def test_the_whole_image_is_read_with_the_time_of_reading(config_path, image_path):
    image_path.write_bytes(bytes(range(256)) * 16)
    beat(image_path)
    driver: Driver = RevPi(image_path, config_path)
    driver.open()

    before_ns = time.monotonic_ns()
    image = driver.read()

    assert image.data == bytes(range(256)) * 16
    assert before_ns <= image.mono_ns <= time.monotonic_ns()
    driver.close()


def test_a_character_device_is_read_like_the_real_one(config_path):
    driver = RevPi(Path("/dev/zero"), config_path)
    driver.open()

    assert driver.read().data == bytes(4096)
    driver.close()


@pytest.mark.parametrize(("simulated", "name"), [(True, "Virtual plant"), (False, "Revolution Pi")])
def test_the_driver_says_what_it_reads(config_path, image_path, simulated, name):
    info = RevPi(image_path, config_path, simulated=simulated).info()

    assert (info.name, info.place, info.simulated) == (name, str(image_path), simulated)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("nothing", DriverMissingError),
        ("directory", DriverMissingError),
        ("pipe", DriverMissingError),
        ("empty device", ShortReadError),
        ("short file", ShortReadError),
        ("broken memory", DeviceIOError),
    ],
)
def test_an_image_that_cannot_be_read_gives_a_typed_error(tmp_path, config_path, place, expected):
    path = tmp_path / "image"
    match place:
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "short file":
            path.write_bytes(bytes(130))
        case "empty device":
            path = Path("/dev/null")
        case "broken memory":
            path = Path("/proc/self/mem")  # reading at 0 gives EIO
    driver = RevPi(path, config_path)

    with pytest.raises(expected) as caught:
        driver.open()

    assert str(path) in str(caught.value)
    assert str(caught.value).count(". ") >= 1  # what is wrong, and the way out
    assert driver.layout().points  # the configuration is known all the same
    driver.close()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EAGAIN, DriverNotRunningError),
        (errno.ENOENT, DriverMissingError),
        (errno.ENODEV, DriverMissingError),
        (errno.EACCES, DriverPermissionError),
        (errno.EPERM, DriverPermissionError),
        (errno.EISDIR, DriverMissingError),
        (errno.EIO, DeviceIOError),
        (errno.ENOMEM, DeviceIOError),
    ],
)
def test_each_refusal_of_the_system_has_its_error(tmp_path, number, expected):
    error = driver_error(OSError(number, os.strerror(number)), tmp_path)

    assert type(error) is expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.EAGAIN, "DriverNotRunningError"), (errno.EIO, "DeviceIOError")],
)
def test_a_refusal_while_reading_is_a_typed_error_each_time(
    config_path, image_path, number, expected
):
    image_path.write_bytes(bytes(4096))
    beat(image_path)
    command = [sys.executable, "-m", "tests.hardware.refusal", str(number)]

    run = subprocess.run(  # noqa: S603 # our own module
        [*command, str(image_path), str(config_path)],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=Path(__file__).parents[2],
        check=False,
    )

    if run.returncode == CANNOT:
        pytest.skip("The kernel lets nobody filter system calls here.")
    assert run.returncode == 0, run.stderr
    assert [line.split(":")[0] for line in run.stdout.splitlines()] == [expected, expected]


def test_without_the_right_to_read_the_error_says_so():
    with open_directory() as directory:
        driver = make_driver(directory, mode=0o000)

        with ordinary_user(), pytest.raises(DriverPermissionError, match="may not open"):
            driver.open()


def test_without_the_right_to_write_it_reads_and_refuses_to_write():
    with open_directory() as directory:
        driver = make_driver(directory, mode=0o444)
        with ordinary_user():
            driver.open()

        assert not driver.writable
        with pytest.raises(DriverPermissionError, match="only be opened for reading"):
            driver.write({0: (1, 1)})
        driver.close()


def make_driver(directory, *, mode):
    config_path = directory / "config.rsc"
    config_path.write_text(rig_text())
    config_path.chmod(0o644)
    image_path = directory / "image"
    image_path.write_bytes(bytes(4096))
    beat(image_path)
    image_path.chmod(mode)
    return RevPi(image_path, config_path)


def test_a_broken_configuration_is_named_before_the_image(tmp_path, image_path):
    config_path = tmp_path / "config.rsc"
    config_path.write_text("{")
    driver = RevPi(image_path, config_path)

    with pytest.raises(ConfigurationError, match="cut off"):
        driver.open()
    with pytest.raises(DriverError, match="not open"):
        driver.read()


def test_only_the_masked_bits_are_written(config_path, image_path):
    image_path.write_bytes(b"\xaa" * 4096)
    beat(image_path)
    driver = RevPi(image_path, config_path)
    driver.open()

    driver.write({5: (0x0F, 0xF5), 6: (0xFF, 0x12), 9: (0x80, 0x00)})

    assert image_path.read_bytes()[4:11] == b"\xaa\xa5\x12\xaa\xaa\x2a\xaa"
    driver.close()


def test_a_write_behind_the_end_is_refused(config_path, image_path):
    driver = RevPi(image_path, config_path)
    driver.open()
    os.truncate(image_path, 100)

    with pytest.raises(ShortReadError):
        driver.write({100: (0xFF, 1)})
    driver.close()


def test_a_write_before_opening_is_refused(config_path, image_path):
    with pytest.raises(DriverError, match="not open"):
        RevPi(image_path, config_path).write({0: (1, 1)})
