"""Outputs under the real acquisition thread, on a device in RAM: every way out leaves them safe."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.acquisition.test_points import make_event as make_channel
from tests.control.rig import CLAIMS, FLOW, NO_FLOW, POINTS, VALVE, make_event
from tests.plant import FakeDriver, make_layout
from tests.waiting import eventually
from webmacs_edge.acquisition.points import build_plan
from webmacs_edge.acquisition.scanner import Scanner
from webmacs_edge.control.binding import bind
from webmacs_edge.control.control import Control
from webmacs_edge.control.outputs import ControlPlan
from webmacs_edge.control.stored import ControlStore
from webmacs_edge.model.actors import APPLIANCE
from webmacs_edge.model.errors import CommandRefusedError, DeviceIOError, InvalidError


class Device(FakeDriver):
    """Notes after which read each write came, and whether it was disarmed before closing."""

    def __init__(self, layout):
        super().__init__(layout)
        self.reads = 0
        self.wrote_after = []
        self.last_acts = []
        self.write_error = None

    def read(self):
        self.reads += 1
        return super().read()

    def write(self, changes):
        if self.write_error:
            raise self.write_error
        self.wrote_after.append(self.reads)
        self.last_acts.append("write")
        super().write(changes)

    def disarm(self):
        self.last_acts.append("disarm")

    def close(self):
        self.last_acts.append("close")


def make_control():
    async def nothing(*_):
        return {}

    async def none():
        return ""

    store = ControlStore(nothing, nothing, none, nothing, nothing)
    return Control(store, loop_limit_s=10.0)


@asynccontextmanager
async def driving(*, with_valve_on=True):
    """A device whose valve was switched on by a command."""
    layout, control = make_layout(*POINTS.values()), make_control()
    deaths: list[str] = []
    device = Device(layout)
    device.image[0] = 50
    scanner = Scanner(
        device, scan_hz=100, on_scan=lambda _: None, on_layout=lambda _: None,
        outputs=control.outputs,
    )  # fmt: skip
    scanner.use(build_plan(layout, [make_channel(POINTS[FLOW], id=FLOW)]), layout)
    bindings = {key: bind(make_event(key), claim, layout) for key, claim in CLAIMS.items()}
    control._bindings = {it.public_id: it for it in bindings.values()}  # noqa: SLF001
    control.outputs.use(ControlPlan(layout, tuple(bindings.values()), (NO_FLOW,)))
    scanner._on_layout = lambda it: scanner.use(  # noqa: SLF001 the plan needs the scanner itself
        build_plan(it, [make_channel(POINTS[FLOW], id=FLOW)]), it
    )
    scanner.start(deaths.append)
    try:
        if with_valve_on:
            await eventually(lambda: control.board.outputs and scanner.statistics.cycles > 5)
            await eventually(lambda: _switch_on(control))
        yield device, scanner, control, deaths
    finally:
        await asyncio.to_thread(scanner.stop)


async def _switch_on(control):
    try:
        await control.command(str(VALVE), 1.0, actor=APPLIANCE)
    except CommandRefusedError:
        return False
    return True


def valve(device):
    return device.image[12] >> 3 & 1


async def test_an_interlock_writes_in_the_cycle_that_read_its_input():
    async with driving() as (device, _, _, _):
        device.wrote_after.clear()
        reads = device.reads
        device.image[0] = 5
        await eventually(lambda: device.wrote_after)

    assert device.wrote_after[0] <= reads + 2  # a read may have been under way
    assert valve(device) == 0


async def test_stopping_writes_safe_then_disarms_then_closes():
    async with driving() as (device, _, _, _):
        assert valve(device) == 1

    assert valve(device) == 0
    assert device.last_acts[-3:] == ["write", "disarm", "close"]


async def test_a_bug_in_the_thread_leaves_outputs_safe_and_stops_the_process():
    async with driving() as (device, scanner, control, deaths):
        control.outputs.decide = None  # any bug will do
        await eventually(lambda: deaths)

    assert valve(device) == 0
    assert scanner.died


async def test_a_device_that_is_disabled_is_left_safe():
    async with driving() as (device, scanner, control, _):
        scanner.is_enabled = False
        await eventually(lambda: valve(device) == 0)
        with pytest.raises(CommandRefusedError, match="disabled"):
            await control.command(str(VALVE), 1.0, actor=APPLIANCE)


async def test_a_silent_device_refuses_commands_at_once_and_is_safe_when_it_is_back():
    async with driving() as (device, scanner, control, _):
        device.error = DeviceIOError("The device answered with an input/output error.")
        await eventually(lambda: scanner.problem)
        with pytest.raises(CommandRefusedError, match="not being read"):
            await control.command(str(VALVE), 1.0, actor=APPLIANCE)
        device.error = None
        await eventually(lambda: valve(device) == 0)


async def test_where_safe_cannot_be_written_the_watchdog_stays_armed():
    async with driving() as (device, _, _, _):
        device.write_error = DeviceIOError("The device answered with an input/output error.")

    assert device.last_acts[-1] == "close"
    assert "disarm" not in device.last_acts


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.5, 2.0, 0.5])
async def test_a_value_that_is_none_never_reaches_the_thread(value):
    async with driving() as (device, _, control, _):
        with pytest.raises(InvalidError):
            await control.command(str(VALVE), value, actor=APPLIANCE)
        assert valve(device) == 1


async def test_whoever_goes_away_before_the_answer_disturbs_nobody():
    async with driving() as (device, scanner, control, deaths):
        for _ in range(20):
            task = asyncio.create_task(control.command(str(VALVE), 1.0, actor=APPLIANCE))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        cycles = scanner.statistics.cycles
        await eventually(lambda: scanner.statistics.cycles > cycles + 3)

    assert deaths == []
    assert valve(device) == 0


async def test_all_safe_needs_nobody_but_the_thread():
    async with driving() as (device, _, control, _):
        await control.make_all_safe(actor=APPLIANCE, why="smoke")
        await eventually(lambda: valve(device) == 0)
        with pytest.raises(CommandRefusedError, match="smoke"):
            await control.command(str(VALVE), 1.0, actor=APPLIANCE)
        await control.release(actor=APPLIANCE)
        await eventually(lambda: _switch_on(control))
