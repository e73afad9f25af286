"""The driver while things change: silence, other files, other configurations."""

import os
import time

import pytest

from tests.hardware.readings import beat, native, read_error
from tests.hardware.samples import point_of
from tests.waiting import eventually
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.rig import rig_text
from webmacs_edge.hardware.watch import ConfigWatch, Pulse
from webmacs_edge.model.errors import (
    DriverNotRunningError,
    ShortReadError,
)


def test_what_the_appliance_writes_is_no_sign_of_life_of_the_plant(image_path):
    pulse = Pulse()
    pulse.silence_s(image_path.stat(), 10_000_000_000)
    os.utime(image_path, ns=(0, time.time_ns()))
    pulse.ignore_own_write(image_path.stat())

    assert pulse.silence_s(image_path.stat(), 15_000_000_000) >= 5


def test_a_step_of_the_clock_does_not_stop_the_plant(image_path):
    pulse = Pulse()
    pulse.silence_s(image_path.stat(), 10_000_000_000)
    os.utime(image_path, (1_000_000, 1_000_000))  # written just now, by a clock set back

    assert pulse.silence_s(image_path.stat(), 10_100_000_000) <= 0.1


async def test_a_file_that_nobody_writes_is_a_driver_that_does_not_run(config_path, image_path):
    driver = RevPi(image_path, config_path)
    driver.open()

    await eventually(lambda: read_error(driver) is DriverNotRunningError)
    beat(image_path)

    assert read_error(driver) is None
    driver.close()


def test_an_old_file_is_noticed_at_the_first_read(config_path, image_path):
    os.utime(image_path, (1_000_000, 1_000_000))

    with pytest.raises(DriverNotRunningError, match="has not written"):
        RevPi(image_path, config_path).open()


async def test_a_killed_plant_is_noticed_and_a_new_one_is_followed(plant, driver):
    plant.kill()
    await eventually(lambda: read_error(driver) is DriverNotRunningError)

    plant.restart()

    await eventually(lambda: read_error(driver) is None)
    assert native(driver, "ambient_temperature") == pytest.approx(21, abs=1)


async def test_a_replaced_file_is_followed(plant, driver):
    inode = plant.image_path.stat().st_ino
    plant.command("replace")
    assert plant.image_path.stat().st_ino != inode
    pulses = native(driver, "blower_tacho")

    await eventually(
        lambda: read_error(driver) is None and native(driver, "blower_tacho") > pulses + 5
    )


async def test_a_truncated_file_is_a_short_read_until_the_driver_is_reset(plant, driver):
    plant.command("truncate 130")
    with pytest.raises(ShortReadError, match="gave 130 bytes"):
        driver.read()

    plant.command("reset")

    await eventually(lambda: read_error(driver) is None)


async def test_a_new_configuration_is_reported_once(config_path, image_path):
    driver = RevPi(image_path, config_path)
    driver.open()
    assert driver.events() == ()

    config_path.write_text(rig_text().replace("air_flow", "wind"))

    await eventually(lambda: driver.events() == ("configuration-changed",))
    assert driver.events() == ()
    driver.close()
    beat(image_path)
    driver.open()
    assert point_of(driver.layout(), "wind")
    driver.close()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda path: None, False),
        (lambda path: os.utime(path, (1, 1)), False),
        (lambda path: path.write_text("other"), True),
        (lambda path: path.unlink(), False),
        (lambda path: (path.unlink(), path.write_text("same")), False),
        (lambda path: (path.unlink(), path.write_text("new")), True),
    ],
    ids=["nothing", "touched", "written", "removed", "written again", "replaced"],
)
def test_only_other_content_is_a_change(tmp_path, change, expected):
    path = tmp_path / "config.rsc"
    path.write_text("same")
    watch = ConfigWatch(path, interval_s=0)

    change(path)

    assert watch.has_changed(1) is expected
    assert watch.has_changed(2) is False


def test_the_configuration_is_looked_at_only_now_and_then(tmp_path):
    path = tmp_path / "config.rsc"
    path.write_text("one")
    watch = ConfigWatch(path, interval_s=2)
    assert not watch.has_changed(0)
    path.write_text("another")

    assert not watch.has_changed(1_999_999_999)
    assert watch.has_changed(2_000_000_000)


def test_without_comparing_it_is_read_by_the_file_alone(plant):
    plant.config_path.write_text(rig_text().replace('"position": "35"', '"position": "36"'))
    driver = RevPi(plant.image_path, plant.config_path, verifies=False)

    driver.open()

    assert not driver.is_verified
    assert driver.events() == ()
    driver.close()
