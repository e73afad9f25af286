"""The acquisition thread against a device in RAM."""

import asyncio
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from tests.acquisition.test_points import make_event
from tests.plant import FakeDriver, make_layout, make_point
from tests.waiting import eventually
from webmacs_edge.acquisition.handover import MAX_WAITING_SCANS
from webmacs_edge.acquisition.points import build_plan
from webmacs_edge.acquisition.scanner import Scanner
from webmacs_edge.hardware.driver import Layout
from webmacs_edge.model.errors import DeviceIOError, DriverMissingError, DriverNotRunningError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan


@asynccontextmanager
async def scanning(driver, *, scan_hz=100.0, with_plan=True):
    """A running scanner, the scans it gave and the layouts it opened."""
    scans: list[Scan] = []
    layouts: list[Layout] = []
    deaths: list[str] = []
    scanner = Scanner(driver, scan_hz=scan_hz, on_scan=scans.append, on_layout=layouts.append)

    def take_layout(layout):
        layouts.append(layout)
        if with_plan:
            events = [make_event(point, id=n) for n, point in enumerate(layout.points)]
            scanner.use(build_plan(layout, events), layout)

    scanner._on_layout = take_layout  # noqa: SLF001 the plan needs the scanner itself
    scanner.start(deaths.append)
    try:
        yield scanner, scans, layouts, deaths
    finally:
        await asyncio.to_thread(scanner.stop)


async def test_scans_carry_value_time_and_quality():
    driver = FakeDriver(make_layout(make_point()))
    driver.image[0:2] = (321).to_bytes(2, "little")

    async with scanning(driver) as (_, scans, _, _):
        await eventually(lambda: len(scans) >= 3)

    assert {scan.values for scan in scans} == {(321.0,)}
    assert {scan.qualities for scan in scans} == {(Quality.GOOD,)}
    assert all(a.mono_ns < b.mono_ns for a, b in pairwise(scans))


async def test_a_single_failed_read_is_a_missing_sample_and_not_a_zero():
    driver = FakeDriver(make_layout(make_point()))
    driver.image[0] = 9
    async with scanning(driver) as (scanner, scans, _, _):
        await eventually(lambda: scans)
        driver.error = DeviceIOError("The device answered with an input/output error.")
        await eventually(lambda: scanner.statistics.failures)
        driver.error = None
        count = len(scans)
        await eventually(lambda: len(scans) > count + 3)

    assert {scan.values for scan in scans} == {(9.0,)}
    assert {scan.qualities for scan in scans} == {(Quality.GOOD,)}


async def test_a_silent_device_turns_stale_with_the_reason_and_recovers_by_itself():
    driver = FakeDriver(make_layout(make_point()))
    driver.image[0] = 9
    async with scanning(driver) as (scanner, scans, _, _):
        await eventually(lambda: scans)
        driver.error = DeviceIOError("The device answered with an input/output error.")
        await eventually(lambda: not scans[-1].fresh)
        silent = scans[-1]
        problem = scanner.problem
        driver.error = None
        await eventually(lambda: scans[-1].fresh)

    assert silent.qualities == (Quality.STALE,)
    assert silent.values == (9.0,)
    assert "input/output" in silent.reasons[0]
    assert "input/output" in problem
    assert scanner.problem == ""


async def test_a_silent_device_is_recorded_as_stale_once():
    driver = FakeDriver(make_layout(make_point()))
    async with scanning(driver) as (_, scans, _, _):
        await eventually(lambda: scans)
        driver.error = DeviceIOError("The device answered with an input/output error.")
        await eventually(lambda: sum(not scan.fresh for scan in scans) >= 3)

    silent = [scan.recorded for scan in scans if not scan.fresh]
    assert silent[0] == (0,)
    assert set(silent[1:]) == {()}


async def test_a_device_that_cannot_be_opened_is_tried_until_it_can():
    driver = FakeDriver(make_layout(make_point()))
    driver.open_error = DriverMissingError("There is no /dev/piControl0.")
    async with scanning(driver) as (scanner, scans, layouts, _):
        await eventually(lambda: scanner.problem)
        assert not scans
        driver.open_error = None
        await eventually(lambda: scans)

    assert layouts
    assert scanner.problem == ""


async def test_another_layout_is_never_read_with_the_old_plan():
    driver = FakeDriver(make_layout(make_point()))
    async with scanning(driver, with_plan=False) as (scanner, scans, layouts, _):
        await eventually(lambda: layouts)
        scanner.use(build_plan(layouts[0], [make_event(layouts[0].points[0])]), layouts[0])
        await eventually(lambda: scans)
        driver.error = DeviceIOError("The device answered with an input/output error.")
        await eventually(lambda: not scans[-1].fresh)
        driver.plan = make_layout(make_point(address=4))
        driver.error = None
        await eventually(lambda: len(layouts) > 1 and scanner.problem == "")
        cycles = scanner.statistics.cycles
        await eventually(lambda: scanner.statistics.cycles > cycles + 5)

    assert not scans[-1].fresh


async def test_a_slow_device_costs_overruns_that_are_counted():
    driver = FakeDriver(make_layout(make_point()))
    driver.slow_s = 0.025
    async with scanning(driver, scan_hz=100) as (scanner, scans, _, _):
        await eventually(lambda: len(scans) >= 5)

    assert scanner.statistics.overruns >= len(scans) - 1


async def test_scans_that_nobody_takes_are_dropped_and_counted():
    driver = FakeDriver(make_layout(make_point()))
    async with scanning(driver) as (scanner, scans, _, _):
        await eventually(lambda: scans)
        waiting = scanner._handover._waiting  # noqa: SLF001 of a loop that hangs
        waiting.extend([scans[0]] * MAX_WAITING_SCANS)
        cycles = scanner.statistics.cycles
        while scanner.statistics.cycles < cycles + 3:
            pass  # the loop hangs here, the thread goes on

        assert scanner.statistics.dropped >= 1
        await eventually(lambda: len(scans) > MAX_WAITING_SCANS)


async def test_a_bug_in_the_thread_is_reported_and_not_swallowed(caplog):
    driver = FakeDriver(make_layout(make_point()))
    async with scanning(driver) as (_, scans, _, deaths):
        await eventually(lambda: scans)
        driver.happened = None  # type: ignore[assignment] # a driver that breaks the contract
        await eventually(lambda: deaths)

    assert deaths == ["acquisition"]
    assert "acquisition thread died" in caplog.text


async def test_a_configuration_saved_without_a_reset_is_announced():
    driver = FakeDriver(make_layout(make_point()))
    async with scanning(driver) as (scanner, scans, _, _):
        await eventually(lambda: scans)
        driver.happened = ("configuration-changed",)
        await eventually(lambda: scanner.notice)

    assert "Reset the driver" in scanner.notice


async def test_a_bad_value_does_not_come_back_as_a_stale_number():
    driver = FakeDriver(make_layout(make_point(sentinels={9: "Sensor open"})))
    driver.image[0] = 9
    async with scanning(driver) as (_, scans, _, _):
        await eventually(lambda: scans)
        driver.error = DeviceIOError("The device answered with an input/output error.")
        await eventually(lambda: not scans[-1].fresh)

    assert scans[-1].values == (None,)


async def test_settings_changed_while_the_device_is_silent_keep_the_last_values():
    point = make_point()
    driver = FakeDriver(make_layout(point))
    driver.image[0] = 9
    async with scanning(driver) as (scanner, scans, _, _):
        await eventually(lambda: scans)
        driver.error = DeviceIOError("The device answered with an input/output error.")
        await eventually(lambda: not scans[-1].fresh)
        scanner.use(build_plan(driver.plan, [make_event(point, id=0, factor=10.0)]), driver.plan)
        await eventually(lambda: scans[-1].values == (90.0,))

    assert scans[-1].qualities == (Quality.STALE,)


class ResetDriver(FakeDriver):
    """Is reset between two reads: another layout, other bytes at the old places."""

    is_due = False
    with_silence = False  # it does not run for one read, and tells nothing

    def read(self):
        if self.is_due:
            self.is_due = False
            self.image[0:6] = bytes((77, 0, 0, 0, 5, 0))
            self.plan = make_layout(make_point(address=4))
            if self.with_silence:
                raise DriverNotRunningError("The driver is not running. Wait.")
            self.happened = ("driver-reset",)
        return super().read()


@pytest.mark.parametrize("with_silence", [False, True])
async def test_after_a_reset_no_byte_is_read_by_the_old_plan(with_silence):
    driver = ResetDriver(make_layout(make_point()))
    driver.image[0], driver.with_silence = 9, with_silence
    async with scanning(driver) as (scanner, scans, layouts, _):
        await eventually(lambda: scans)
        driver.is_due = True
        await eventually(lambda: len(layouts) > 1 and scans[-1].fresh)

    fresh = [scan.values for scan in scans if scan.fresh]
    assert set(fresh) == {(9.0,), (5.0,)}
    assert any(not scan.fresh and "was reset" in scan.reasons[0] for scan in scans)
    assert scanner.statistics.resets == 1
    assert scanner.problem == ""


async def test_a_configuration_saved_back_is_no_longer_announced():
    driver = FakeDriver(make_layout(make_point()))
    async with scanning(driver) as (scanner, _, _, _):
        driver.happened = ("configuration-not-in-use",)
        await eventually(lambda: scanner.notice)
        driver.happened = ("configuration-restored",)
        await eventually(lambda: not scanner.notice)

    assert scanner.statistics.failures == 0
