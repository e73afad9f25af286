"""Every fault of the virtual plant as the driver sees it."""

import pytest

from tests.hardware.readings import fault_words, native, read_error
from tests.hardware.samples import point_of
from tests.waiting import eventually
from webmacs_edge.model.errors import DriverNotRunningError


def write(driver, name, count):
    """Write an output of the rig through the driver."""
    point = point_of(driver.layout(), name)
    if point.bit is not None:
        driver.write({point.address: (1 << point.bit, count << point.bit)})
        return
    low, high = count.to_bytes(2, "little")
    driver.write({point.address: (0xFF, low), point.address + 1: (0xFF, high)})


def test_the_plant_is_alive_and_in_native_counts(shared_driver):
    assert native(shared_driver, "ambient_temperature") == pytest.approx(21, abs=1)
    assert 4000 <= native(shared_driver, "air_flow") <= 20_000
    assert native(shared_driver, "emergency_stop_ok") == 1
    assert native(shared_driver, "RevPiStatus") == 1
    assert 40 <= native(shared_driver, "Core_Temperature") <= 55


@pytest.mark.parametrize(
    ("name", "fault", "value", "words"),
    [
        ("bed_temperature", "break", 850.0, ["Sensor open or above 850 °C"]),
        ("bed_temperature", "short", -200.0, ["Sensor short or below −200 °C"]),
        ("air_flow", "break", 0, ["Below range"]),
        ("air_flow", "short", 24_000, ["Above range"]),
        ("windbox_pressure", "break", 0, []),
    ],
)
async def test_a_faulty_sensor_is_seen_and_clears(
    shared_plant, shared_driver, name, fault, value, words
):
    assert shared_plant.command(f"fault {name} {fault}").startswith("ok")
    await eventually(lambda: native(shared_driver, name) == value)
    assert fault_words(shared_driver, name) == words

    assert shared_plant.command(f"clear {name}").startswith("ok")

    await eventually(lambda: native(shared_driver, name) != value)
    assert fault_words(shared_driver, name) == []


async def test_a_frozen_value_stands_still(shared_plant, shared_driver):
    shared_plant.command("fault windbox_pressure freeze")
    tacho = native(shared_driver, "blower_tacho")
    await eventually(lambda: native(shared_driver, "blower_tacho") > tacho + 2)
    frozen = native(shared_driver, "windbox_pressure")

    tacho = native(shared_driver, "blower_tacho")
    await eventually(lambda: native(shared_driver, "blower_tacho") > tacho + 10)

    assert native(shared_driver, "windbox_pressure") == frozen
    shared_plant.command("clear windbox_pressure")


async def test_an_unplugged_module_keeps_its_values_while_bus_errors_rise(
    shared_plant, shared_driver
):
    assert shared_plant.command("unplug 32") == "ok unplugged 32"
    await eventually(lambda: native(shared_driver, "RS485ErrorCnt") > 10)
    before = native(shared_driver, "windbox_pressure")
    await eventually(lambda: native(shared_driver, "RS485ErrorCnt") > 30)

    assert native(shared_driver, "windbox_pressure") == before
    assert shared_plant.command("plug 32") == "ok plugged 32"
    await eventually(lambda: native(shared_driver, "RS485ErrorCnt") == 0)


async def test_the_emergency_stop_lets_the_flow_fall(shared_plant, shared_driver):
    shared_plant.command("speed 20")
    await eventually(lambda: native(shared_driver, "air_flow") > 8000)

    assert shared_plant.command("estop 1") == "ok pressed"

    await eventually(lambda: native(shared_driver, "air_flow") < 4500)
    assert native(shared_driver, "emergency_stop_ok") == 0
    shared_plant.command("estop 0")
    await eventually(lambda: native(shared_driver, "air_flow") > 8000)
    shared_plant.command("speed 1")


async def test_a_hanging_plant_is_a_driver_that_does_not_run(shared_plant, shared_driver):
    shared_plant.command("hang 60")
    await eventually(lambda: read_error(shared_driver) is DriverNotRunningError)

    shared_plant.command("hang 0")

    await eventually(lambda: read_error(shared_driver) is None)


async def test_a_reset_stops_the_driver_and_restores_the_defaults(plant, driver):
    write(driver, "blower_speed", 1234)
    write(driver, "O_3", 1)
    assert native(driver, "O_3") == 1

    assert plant.command("reset") == "ok resetting"

    assert "paused=1" in plant.command("status")
    await eventually(lambda: native(driver, "O_3") == 0)
    await eventually(lambda: native(driver, "blower_speed") > 3000, what="the panel's own speed")


async def test_an_output_written_by_the_driver_moves_the_plant(plant, driver):
    plant.command("speed 20")
    write(driver, "blower_enable", 0)
    write(driver, "blower_speed", 10_000)
    await eventually(lambda: native(driver, "air_flow") < 4500)

    write(driver, "blower_enable", 1)

    await eventually(lambda: native(driver, "air_flow") > 19_000)
    assert native(driver, "blower_speed") == 10_000
