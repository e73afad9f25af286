"""The driver contract by hand: on the virtual plant, and on what answers like piControl."""

import asyncio
import sys

import pytest

from tests.conftest import make_settings
from tests.hardware.samples import entry_of, point_of, rig
from tests.hardware.shim.kernel import DEVICE
from tests.system.conftest import environment
from webmacs_edge.hardware import trial
from webmacs_edge.hardware.simulator.modules import to_text
from webmacs_edge.hardware_trial import run_hardware_trial
from webmacs_edge.store.datadir import hold_data_dir

VALVE = "31/feed_valve"


@pytest.fixture(autouse=True)
def _few_reads(monkeypatch):
    monkeypatch.setattr(trial, "READS", 20)


async def tried(plant, data_dir, answers=(), **options):
    """Exit status, and what was said and asked."""
    settings = make_settings(data_dir, process_image=plant.image_path, config_rsc=plant.config_path)
    said, waiting = [], list(answers)

    def ask(question: str) -> str:
        said.append(question)
        return waiting.pop(0)

    status = await run_hardware_trial(settings, say=said.append, ask=ask, **options)
    return status, "\n".join(said)


async def test_looking_tells_step_by_step_and_names_what_a_stand_in_cannot_do(plant, tmp_path):
    status, said = await tried(plant, tmp_path)

    assert status == 0, said
    assert "Nothing is written." in said
    assert "✓ Configuration: " in said
    assert "a regular file, so a stand-in" in said
    assert "– Device list: this device has no such call" in said
    assert "✓ Settings: those in the image are those of the file" in said
    assert "✓ Reads: 20 of 439 bytes at 100 Hz, 0 short" in said
    assert "– Event of a reset" in said


async def test_what_is_wrong_is_told_and_fails(own_plant, tmp_path):
    config = rig()
    entry_of(config, "Input1Range")[1] = "2"
    own_plant.config_path.write_text(to_text(config))
    status, said = await tried(own_plant, tmp_path)
    assert status == 1
    assert "✗ Settings: those of position 32 differ from the file" in said

    own_plant.config_path.write_text("{")
    status, said = await tried(own_plant, tmp_path)
    assert status == 1
    assert said.count("\n") == 2

    own_plant.image_path.unlink()
    own_plant.config_path.write_text(to_text(rig()))
    status, said = await tried(own_plant, tmp_path)
    assert status == 1
    assert "No such file or directory. Is the driver loaded" in said


async def test_an_output_is_turned_only_after_its_name_was_typed(own_plant, tmp_path):
    status, said = await tried(own_plant, tmp_path, ["yes"], output=VALVE)
    assert status == 0
    assert "– Outputs: nothing was written." in said

    status, said = await tried(own_plant, tmp_path, [VALVE], output=VALVE)
    assert "✓ Output on: 31/feed_valve is on, its neighbours are as they were" in said
    assert "✓ Output off: 31/feed_valve is off" in said
    assert status == 0, said

    status, said = await tried(own_plant, tmp_path, ["32/blower_speed"], output="32/blower_speed")
    assert status == 1
    assert "✗ 32/blower_speed is no switched output" in said


async def test_while_the_appliance_runs_no_output_is_touched(plant, tmp_path):
    with hold_data_dir(tmp_path):
        status, said = await tried(plant, tmp_path, output=VALVE)

    assert status == 1
    assert "✗ Outputs: the appliance is running" in said


async def test_on_a_device_like_picontrol_every_step_is_tried(kernel, tmp_path):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "webmacs_edge", "doctor", "--hardware", "--watchdog"),
        *("--outputs", VALVE),
        env=environment(
            tmp_path / "data", 1, **kernel.environment, WEBMACS_PROCESS_IMAGE=DEVICE,
            WEBMACS_CONFIG_RSC=str(kernel.config_path),
        ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    kernel.poke(point_of(kernel.layout, "heater_power").address, b"\x10\x27")

    answers = f"{VALVE}\nall outputs to 0\n".encode()
    said = (await asyncio.wait_for(process.communicate(answers), 90))[0].decode()

    assert "is a character device" in said
    assert "✓ Device list: 96@31 state 1, " in said
    assert "names are where PiCtory says" in said
    assert "✓ Event of a reset: can be waited for" in said
    assert "✓ Output on" in said
    assert "✓ Watchdog fed" in said
    assert "✓ Watchdog not fed: 31/feed_valve is off 1500 ms later" in said
    assert process.returncode == 0, said
    address = point_of(kernel.layout, "heater_power").address
    assert kernel.image()[address : address + 2] == b"\0\0"
