"""The plant process: its signals, its command channel, and every fault seen by the driver."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.hardware.readings import fault_words, native, read_error
from tests.hardware.samples import point_of, sound_files, with_module
from tests.waiting import eventually
from webmacs_edge.hardware.driver import Direction, PointKind
from webmacs_edge.hardware.pictory import load_layout, parse_layout
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.codec import default_image
from webmacs_edge.hardware.simulator.generic import GenericModel
from webmacs_edge.hardware.simulator.models import RigModel, is_rig
from webmacs_edge.hardware.simulator.modules import AIO, assemble, module, to_text
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.hardware.simulator.rig import rig_text
from webmacs_edge.model.errors import DriverError, DriverNotRunningError

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


def write(driver, name, count):
    """Write an output of the rig through the driver."""
    point = point_of(driver.layout(), name)
    if point.bit is not None:
        driver.write({point.address: (1 << point.bit, count << point.bit)})
        return
    low, high = count.to_bytes(2, "little")
    driver.write({point.address: (0xFF, low), point.address + 1: (0xFF, high)})


def test_the_rig_is_recognised_by_its_wires():
    assert is_rig(parse_layout(rig_text(), "rig"))
    assert not is_rig(parse_layout(to_text(with_module(AIO)), "other"))
    assert not is_rig(parse_layout(rig_text().replace("air_flow", "wind"), "renamed"))


def test_the_panel_drives_the_rig_until_somebody_writes_an_output():
    layout = parse_layout(rig_text(), "rig")
    model = RigModel(layout, seed=1)
    image = default_image(layout)
    flow = point_of(layout, "air_flow").id

    by_panel = model.step(10.0, image)[flow]
    model.step(10.0, changed(layout, image, blower_enable=1, blower_speed=9000))
    by_output = model.step(10.0, changed(layout, image, blower_enable=1, blower_speed=9000))[flow]
    off_again = model.step(20.0, image)[flow]

    assert by_panel == pytest.approx(4000 + 16000 * 66 / 120, abs=1500)
    assert by_output == pytest.approx(4000 + 16000 * 0.9, abs=300)
    assert off_again == pytest.approx(4000, abs=100)


def test_after_a_reset_the_panel_drives_again_and_counters_begin_at_zero():
    layout = parse_layout(rig_text(), "rig")
    model = RigModel(layout, seed=1)
    image = default_image(layout)
    model.step(5.0, changed(layout, image, blower_enable=1, blower_speed=100))

    model.reset()
    counts = model.step(5.0, image)

    assert counts[point_of(layout, "air_flow").id] > 8000
    assert counts[point_of(layout, "blower_tacho").id] < 500


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


def test_the_plant_is_alive_and_in_native_counts(shared_driver):
    assert native(shared_driver, "ambient_temperature") == pytest.approx(21, abs=1)
    assert 4000 <= native(shared_driver, "air_flow") <= 20_000
    assert native(shared_driver, "estop_ok") == 1
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
    assert native(shared_driver, "estop_ok") == 0
    shared_plant.command("estop 0")
    await eventually(lambda: native(shared_driver, "air_flow") > 8000)
    shared_plant.command("speed 1")


async def test_a_hanging_plant_is_a_driver_that_does_not_run(shared_plant, shared_driver):
    shared_plant.command("hang 1.2")
    assert "paused=1" in shared_plant.command("status")

    await eventually(lambda: read_error(shared_driver) is DriverNotRunningError)

    await eventually(lambda: read_error(shared_driver) is None)


async def test_a_reset_stops_the_driver_and_restores_the_defaults(plant, driver):
    write(driver, "blower_speed", 5000)
    assert native(driver, "blower_speed") == 5000
    await eventually(lambda: native(driver, "blower_tacho") >= 0)

    assert plant.command("reset") == "ok resetting"

    await eventually(lambda: read_error(driver) is DriverNotRunningError)
    await eventually(lambda: read_error(driver) is None)
    assert native(driver, "blower_speed") == 0
    assert native(driver, "heater_power") == 4000


async def test_an_output_written_by_the_driver_moves_the_plant(plant, driver):
    plant.command("speed 20")
    write(driver, "blower_speed", 10_000)
    await eventually(lambda: native(driver, "air_flow") < 4500)

    write(driver, "blower_enable", 1)

    await eventually(lambda: native(driver, "air_flow") > 19_000)
    assert native(driver, "blower_speed") == 10_000


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", "error: empty line"),
        ("dance", "error: no command dance"),
        ("fault air_flow", "error: usage: fault POINT break|short|freeze"),
        ("fault air_flow burn", "error: no fault burn"),
        ("fault nowhere break", "error: no input nowhere"),
        ("fault blower_speed break", "error: no input blower_speed"),
        ("unplug 99", "error: no module to unplug at position 99"),
        ("unplug 0", "error: no module to unplug at position 0"),
        ("unplug x", "error: x is not a number"),
        ("plug 33", "error: position 33 is not unplugged"),
        ("hang -1", "error: -1 is not from 0"),
        ("speed nan", "error: nan is not from 0"),
        ("truncate 9999", "error: 9999 is not from 0 to 4096"),
        ("help", "ok fault POINT break|short|freeze; clear POINT; unplug POSITION"),
        ("status", "ok cycles="),
        ("clear 32/air_flow", "ok 32/air_flow"),
    ],
)
def test_every_line_is_answered_by_one_line(shared_plant, line, answer):
    assert shared_plant.command(line).startswith(answer)


async def test_quit_ends_the_process(plant):
    assert plant.command("quit") == "ok bye"

    await eventually(lambda: not plant.is_alive())
    with pytest.raises(DriverNotRunningError, match="does not answer"):
        plant.command("status")


async def test_the_plant_dies_with_its_parent(tmp_path):
    script = (
        "import sys, time; from pathlib import Path\n"
        "from webmacs_edge.hardware.simulator.process import VirtualRevPi\n"
        "plant = VirtualRevPi(Path(sys.argv[1])); plant.start()\n"
        "print(plant.pid, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen(  # noqa: ASYNC220, S603 # the test has nothing else to do
        [sys.executable, "-c", script, str(tmp_path / "plant")], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    plant_pid = int(parent.stdout.readline())

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    await eventually(lambda: not is_running(plant_pid))


def is_running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_users_own_configuration_is_played(tmp_path):
    config = tmp_path / "mine.rsc"
    config.write_text(to_text(with_module(AIO)))

    with VirtualRevPi(tmp_path / "plant", config=config) as plant:
        driver = RevPi(plant.image_path, plant.config_path, simulated=True)
        driver.open()
        temperature = native(driver, "RTDValue_1")
        driver.close()
        refused = plant.command("estop 1")

    assert 20 <= temperature <= 80
    assert refused == "error: this configuration has no known emergency stop"


def test_a_broken_configuration_is_reported_by_the_start(tmp_path):
    config = tmp_path / "mine.rsc"
    config.write_text("{")

    with pytest.raises(DriverError, match=r"did not start: .*cut off or damaged"):
        VirtualRevPi(tmp_path / "plant", config=config).start()


def test_a_directory_with_a_long_path_works(tmp_path):
    directory = tmp_path / ("x" * 60) / ("y" * 60)

    with VirtualRevPi(directory) as plant:
        assert plant.command("status").startswith("ok")
        socket_directory = plant.socket_path.parent

    assert socket_directory != directory
    assert not socket_directory.exists()
