"""The plant as a process: its command channel, its start and its end."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.hardware.readings import native, open_driver
from tests.hardware.samples import with_module
from tests.waiting import eventually
from webmacs_edge.hardware.simulator.modules import AIO, to_text
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.errors import DriverError, DriverNotRunningError


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
        driver = open_driver(plant)
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
