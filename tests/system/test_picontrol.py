"""The appliance as a process on a device that answers like piControl: what outputs do without us.

The stand-in of the kernel says when the watchdog was armed, fed and due: nothing here is judged
by how long a busy machine takes.
"""

import asyncio
import shutil
import signal
import sys
import time
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from tests.hardware.samples import point_of
from tests.hardware.shim.kernel import DEVICE
from tests.system.conftest import environment, reading
from tests.waiting import eventually
from webmacs_edge.hardware.simulator.codec import take

PERIOD_MS = 20_000  # a busy machine lets a process wait for seconds: it is fed in time all the same
SHORT_PERIOD_MS = 4000  # where it is waited for
WITHIN_S = 60.0
ASKED_AGAIN_S = 1.0
VALVE, SPEED, CURRENT = "feed_valve", "blower_speed", "heater_power"
CLAIMS = {VALVE: (0, 1), SPEED: (0, 100), CURRENT: (0, 100)}


def settings(kernel, *, sole_writer: bool, period_ms: int = PERIOD_MS) -> dict[str, str]:
    return {
        **kernel.environment,
        "WEBMACS_PROCESS_IMAGE": DEVICE,
        "WEBMACS_CONFIG_RSC": str(kernel.config_path),
        "WEBMACS_SCAN_HZ": "20",
        "WEBMACS_WATCH_BOX": "false",
        "WEBMACS_OUTPUT_SOLE_WRITER": str(sole_writer).lower(),
        "WEBMACS_OUTPUT_WATCHDOG_S": str(period_ms / 1000),
    }


@pytest.fixture
def run(launch, kernel, empty_config, tmp_path):
    """`async with run() as process`: the appliance on the stand-in, as the only writer."""
    (tmp_path / "data").mkdir()
    shutil.copy(empty_config, tmp_path / "data")  # making it takes longest on a busy machine

    @asynccontextmanager
    async def run(*, sole_writer: bool = True, period_ms: int = PERIOD_MS):
        given = settings(kernel, sole_writer=sole_writer, period_ms=period_ms)
        async with launch("run", **given) as process:
            yield process

    return run


class Operator:
    """Claims the outputs once, and commands them by their point's name."""

    def __init__(self, process, kernel) -> None:
        self.process = process
        self.kernel = kernel
        self.ids: dict[str, str] = {}

    async def prepare(self) -> None:
        await reading(self.process)
        await self.process.sign_in()
        events = await self.process.get("/api/v1/events?page_size=100")
        for name, (low, high) in CLAIMS.items():
            said = name.replace("_", " ")
            self.ids[name] = next(
                it["public_id"] for it in events["data"] if it["name"].lower() == said
            )
            await self.claim(name, safe_value=low, min_value=low, max_value=high)

    async def claim(self, name: str, **body: Any) -> None:
        await self.put(f"/api/v1/outputs/{self.ids[name]}", body)

    async def enable(self, *, enabled: bool) -> None:
        """Enable or disable the device."""
        [device] = (await self.process.get("/api/v1/plugins"))["data"]
        await self.put(f"/api/v1/plugins/{device['public_id']}", {"enabled": enabled})

    async def put(self, path: str, body: dict[str, Any]) -> None:
        url, headers = self.process.url + path, self.process.headers
        async with self.process.session.put(url, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    async def command(self, name: str, value: float, *, count: int) -> None:
        """Again and again: one that comes late, or while nothing is read, is refused."""
        path = f"/api/v1/outputs/{self.ids[name]}/command"
        url, headers = self.process.url + path, self.process.headers
        asked_s = -ASKED_AGAIN_S

        async def is_there() -> bool:
            nonlocal asked_s
            if self.count(name) == count and await self.is_in(name, "confirmed"):
                return True
            if time.monotonic() - asked_s >= ASKED_AGAIN_S:  # each one is to be confirmed anew
                asked_s = time.monotonic()
                body = {"value": value}
                async with self.process.session.post(url, json=body, headers=headers) as it:
                    assert it.status in (200, 409), await it.text()
            return False

        await soon(is_there, what=f"{name} confirmed")

    async def is_in(self, name: str, *states: str) -> bool:
        outputs = (await self.process.get("/api/v1/outputs"))["data"]
        return any(
            it["event_public_id"] == self.ids[name] and it["state"] in states for it in outputs
        )

    def count(self, name: str) -> int:
        return take(self.kernel.image(), point_of(self.kernel.layout, name))


soon = partial(eventually, within_s=WITHIN_S)


async def driving(process, kernel) -> Operator:
    """An operator who has a switch and a set point on."""
    operator = Operator(process, kernel)
    await operator.prepare()
    await operator.command(VALVE, 1, count=1)
    await operator.command(SPEED, 40, count=4000)
    return operator


async def test_killed_its_outputs_are_zeroed_by_the_driver(run, kernel):
    async with run() as process:
        operator = await driving(process, kernel)
        [watch] = kernel.watches()
        assert (watch.pid, watch.period_ms) == (process.process.pid, PERIOD_MS)

        await process.end(signal.SIGKILL)
        await soon(lambda: kernel.trips)

    assert (operator.count(VALVE), operator.count(SPEED)) == (0, 0)
    assert kernel.trips[-1].is_death


async def test_stopped_its_outputs_are_zero_within_the_armed_period_and_stay_so(run, kernel):
    async with run(period_ms=SHORT_PERIOD_MS) as process:
        operator = await driving(process, kernel)
        trips = len(kernel.trips)

        process.process.send_signal(signal.SIGSTOP)
        stopped_ns = time.monotonic_ns()
        await soon(lambda: len(kernel.trips) > trips)
        zeroed = (operator.count(VALVE), operator.count(SPEED))
        process.process.send_signal(signal.SIGCONT)
        await soon(lambda: operator.is_in(VALVE, "overridden", "forced"))
        await soon(lambda: operator.is_in(SPEED, "overridden", "forced"))

    trip = kernel.trips[trips]
    assert not trip.is_death
    assert trip.watch.due_ns <= stopped_ns + SHORT_PERIOD_MS * 1_000_000
    assert zeroed == (0, 0)
    assert (operator.count(VALVE), operator.count(SPEED)) == (0, 0)


async def test_while_it_works_the_watchdog_is_fed_though_nothing_is_written(run, kernel):
    async with run(period_ms=SHORT_PERIOD_MS) as process:
        await driving(process, kernel)
        fed = kernel.watches()[0].feeds

        await soon(lambda: kernel.watches()[0].feeds > fed + 3)

        assert [trip for trip in kernel.trips if trip.is_death] == []


async def test_an_orderly_stop_leaves_safe_values_and_not_the_drivers_zeros(run, kernel):
    async with run() as process:
        operator = await driving(process, kernel)
        await operator.command(CURRENT, 50, count=12_000)

        status, error = await process.end()

    assert status == 0, error
    assert (operator.count(VALVE), operator.count(SPEED)) == (0, 0)
    assert operator.count(CURRENT) == 4000  # 4 mA is 0 %; the driver would have written 0 mA
    assert kernel.armed_closes == 0
    assert not any(trip.is_death for trip in kernel.trips)


async def test_a_disabled_device_keeps_its_safe_values_and_is_guarded_again_when_enabled(
    run, kernel
):
    async with run() as process:
        operator = await driving(process, kernel)
        await operator.command(CURRENT, 50, count=12_000)

        await operator.enable(enabled=False)
        await soon(lambda: not kernel.watches(), what="the watchdog is disarmed")
        left = operator.count(CURRENT)
        await operator.enable(enabled=True)
        await soon(kernel.watches, what="the watchdog is armed again")
        await soon(lambda: operator.is_in(CURRENT, "forced"))

    assert left == 4000


async def test_without_the_setting_a_kill_leaves_the_outputs_as_they_are(run, kernel):
    async with run(sole_writer=False) as process:
        operator = await driving(process, kernel)
        assert kernel.watches() == []

        await process.end(signal.SIGKILL)

    assert (operator.count(VALVE), operator.count(SPEED)) == (1, 4000)


async def test_a_driver_that_starts_later_is_read_and_guarded_from_then_on(run, kernel):
    kernel.is_running(running=False)
    async with run() as process:

        async def is_troubled():
            health = await process.health()
            return health if health and health["status"] == "degraded" else None

        health = await soon(is_troubled)
        assert health["last_datapoint"] is None
        assert kernel.watches() == []

        kernel.is_running(running=True)
        await driving(process, kernel)

        assert [watch.period_ms for watch in kernel.watches()] == [PERIOD_MS]
        _, error = await process.end()
    assert "not running" in error
    assert "did not arm" not in error


@pytest.mark.parametrize("pause_s", [0.2, 2.5])
async def test_after_a_reset_of_the_driver_its_defaults_stay(run, kernel, pause_s):
    async with run() as process:
        operator = await driving(process, kernel)

        await asyncio.to_thread(kernel.reset, pause_s=pause_s)
        await soon(lambda: operator.is_in(VALVE, "overridden", "forced"))
        await soon(lambda: operator.is_in(SPEED, "overridden", "forced"))

        assert (operator.count(VALVE), operator.count(SPEED)) == (0, 0)
        assert [watch.period_ms for watch in kernel.watches()] == [PERIOD_MS]
        await operator.command(VALVE, 1, count=1)


async def test_the_doctor_lets_outputs_be(kernel, tmp_path):
    valve = point_of(kernel.layout, VALVE)
    kernel.poke(valve.address, bytes([1 << (valve.bit or 0)]))
    before = kernel.image()

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "webmacs_edge", "doctor"),
        env=environment(tmp_path / "data", 1, **settings(kernel, sole_writer=True)),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)

    assert "✓ Device: 6 modules" in said.decode()
    assert kernel.image() == before
    assert kernel.armed_closes == 0
