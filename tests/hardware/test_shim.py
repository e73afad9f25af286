"""The output watchdog, the reset and single bits, on a device that answers like piControl."""

import contextlib
import errno
import struct
import threading

import pytest

from tests.hardware.readings import read_error
from tests.hardware.samples import point_of
from tests.hardware.shim.remote import Remote
from tests.waiting import eventually
from webmacs_edge.hardware.guard import KB_SET_VALUE
from webmacs_edge.model.errors import DriverNotRunningError

KB_RESET, KB_GET_VALUE, KB_WAIT_FOR_EVENT, KB_UNKNOWN = 19212, 19215, 19250, 19299
PERIOD_MS = 200


@pytest.fixture
def armed(kernel):
    """A driver that asked for the watchdog; not open yet."""
    driver = Remote(kernel, watchdog_ms=PERIOD_MS)
    yield driver
    driver.end()


@pytest.fixture
def other(kernel):
    """A driver without the watchdog; not open yet."""
    driver = Remote(kernel)
    yield driver
    driver.end()


@pytest.fixture
def valve(kernel):
    """Address and mask of the feed valve's bit."""
    point = point_of(kernel.layout, "feed_valve")
    return point.address, 1 << (point.bit or 0)


def switch_on(driver, valve):
    address, mask = valve
    driver.write({address: (mask, mask)})


def is_on(kernel, valve):
    address, mask = valve
    return bool(kernel.image()[address] & mask)


def test_without_the_setting_no_watchdog_is_armed(kernel, other):
    other.open()

    assert kernel.watches() == []


def test_the_watchdog_is_armed_with_the_period_of_the_settings_before_anything_is_written(
    kernel, armed
):
    armed.open()

    [watch] = kernel.watches()
    assert (watch.pid, watch.period_ms, watch.feeds) == (armed.pid, PERIOD_MS, 0)


async def test_while_it_is_fed_outputs_stay(kernel, armed, valve):
    armed.open()
    switch_on(armed, valve)
    before = kernel.image()

    def fed_often() -> bool:
        armed.feed()
        return kernel.watches()[0].feeds > 10

    await eventually(fed_often)

    if not kernel.trips:  # a machine that stood still may have let it trip
        assert kernel.image() == before


async def test_feeding_is_not_done_in_every_cycle(kernel, armed):
    armed.open()

    def fed() -> int:
        armed.feed()
        return kernel.watches()[0].feeds

    calls = 0
    while fed() == 0:
        calls += 1

    assert calls > 1  # a quarter of the period passes before the first


async def test_unfed_the_outputs_are_zeroed_and_stay_so_until_they_are_written(
    kernel, armed, valve
):
    armed.open()
    switch_on(armed, valve)

    await eventually(lambda: kernel.trips)

    [trip] = kernel.trips
    assert not trip.is_death
    assert trip.zeroed_ns >= trip.watch.due_ns
    assert not is_on(kernel, valve)
    switch_on(armed, valve)
    assert is_on(kernel, valve)


async def test_disarmed_before_closing_outputs_stay_as_they_were_left(kernel, armed, valve):
    armed.open()
    switch_on(armed, valve)

    armed.disarm()
    armed.close()

    assert kernel.watches() == []
    assert kernel.armed_closes == 0
    if not kernel.trips:
        assert is_on(kernel, valve)


def test_closed_while_armed_the_outputs_are_zeroed(kernel, armed, valve):
    armed.open()
    switch_on(armed, valve)

    armed.close()

    assert kernel.armed_closes == 1
    assert not is_on(kernel, valve)


def test_a_driver_that_does_not_run_when_we_open_is_armed_once_it_does(kernel, armed):
    kernel.is_running(running=False)
    with pytest.raises(DriverNotRunningError):
        armed.open()
    assert kernel.watches() == []

    kernel.is_running(running=True)
    armed.open()

    assert armed.watchdog_problem == ""
    assert len(kernel.watches()) == 1


async def test_the_watchdog_goes_on_over_a_short_reset(kernel, armed):
    armed.open()
    kernel.is_running(running=False)
    await eventually(lambda: read_error(armed) is DriverNotRunningError)
    with pytest.raises(DriverNotRunningError):
        armed.write({5: (1, 1)})

    kernel.is_running(running=True)
    armed.write({5: (1, 1)})

    assert len(kernel.watches()) == 1
    assert kernel.watches()[0].feeds == 1


def test_a_single_bit_is_set_and_got_by_the_driver_alone(kernel, armed):
    kernel.poke(9, b"\xf0")

    armed.ioctl(KB_SET_VALUE, struct.pack("<HBB", 9, 1, 1))
    armed.ioctl(KB_SET_VALUE, struct.pack("<HBB", 9, 7, 0))

    assert kernel.image()[9] == 0x72
    assert armed.ioctl(KB_GET_VALUE, struct.pack("<HBB", 9, 8, 0))[3] == 0x72
    assert armed.ioctl(KB_GET_VALUE, struct.pack("<HBB", 9, 6, 0))[3] == 1
    with pytest.raises(OSError, match="Invalid argument"):
        armed.ioctl(KB_SET_VALUE, struct.pack("<HBB", 4096, 1, 1))


def test_a_call_that_the_driver_does_not_know_is_refused(armed):
    with pytest.raises(OSError) as caught:  # noqa: PT011 asked below
        armed.ioctl(KB_UNKNOWN)

    assert caught.value.errno == errno.ENOTTY


async def test_a_reset_by_somebody_else_is_an_event_and_brings_the_defaults(
    kernel, armed, other, valve
):
    armed.open()
    switch_on(armed, valve)
    heard: list[bytes] = []

    def listen() -> None:
        while not heard:
            with contextlib.suppress(BlockingIOError):  # it asked while a reset was under way
                heard.append(other.ioctl(KB_WAIT_FOR_EVENT, bytes(4)))

    waiting = threading.Thread(target=listen)
    waiting.start()

    def resetting() -> bool:
        armed.ioctl(KB_RESET)
        return bool(heard)

    await eventually(resetting)
    waiting.join()

    assert struct.unpack("<i", heard[0]) == (1,)
    assert not is_on(kernel, valve)
    assert point_of(kernel.layout, "heater_power").default == 4000
    address = point_of(kernel.layout, "heater_power").address
    assert kernel.image()[address : address + 2] in {b"\xa0\x0f", b"\0\0"}  # or late: zeroed
