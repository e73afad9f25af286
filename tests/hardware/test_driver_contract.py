"""What every device does for the acquisition thread: one in RAM, a file, the character device."""

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from tests.hardware.readings import patiently, read_error
from tests.hardware.samples import entry_of, rig, rig_moved
from tests.hardware.shim.kernel import Kernel
from tests.hardware.shim.remote import Remote
from tests.plant import FakeDriver
from tests.waiting import eventually
from webmacs_edge.hardware.device_list import devices_of
from webmacs_edge.hardware.driver import Driver
from webmacs_edge.hardware.pictory import load_layout
from webmacs_edge.hardware.resets import read_plate, write_plate
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.codec import default_image
from webmacs_edge.hardware.simulator.modules import to_text
from webmacs_edge.model.errors import (
    DriverError,
    DriverNotRunningError,
    LayoutMismatchError,
    ShortReadError,
)


@dataclass
class Device:
    """A driver, and what lies behind it."""

    driver: Driver
    image: Callable[[], bytes]
    poke: Callable[[int, bytes], None]
    is_running: Callable[[bool], None]
    truncate: Callable[[int], None]
    save: Callable[[str], object] = lambda _: None  # what PiCtory does: another configuration
    reset: Callable[[], None] = lambda: None
    give_up: Callable[[int], None] = lambda _: None  # a module that does not answer


class Beating:
    """An image file that a stand-in keeps writing, which is how a file says that it is alive."""

    def __init__(self, path) -> None:
        self.path = path
        self.beats = True
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(0.02):
            if self.beats:
                os.utime(self.path)

    def poke(self, address: int, data: bytes) -> None:
        handle = os.open(self.path, os.O_RDWR)
        os.pwrite(handle, data, address)
        os.close(handle)

    def run(self, running: bool) -> None:
        self.beats = running

    def end(self) -> None:
        self._ended.set()
        self._thread.join()


@pytest.fixture(params=["RAM", "file", "shim"])
def device(request, config_path, image_path) -> Iterator[Device]:
    """A device that nobody has opened yet."""
    match request.param:
        case "RAM":
            yield in_ram(config_path)
        case "file":
            yield from on_file(config_path, image_path)
        case "shim":
            yield from on_shim(request.getfixturevalue("kernel"))


CAN_FAIL = pytest.mark.parametrize("device", ["file", "shim"], indirect=True)


def in_ram(config_path) -> Device:
    driver = FakeDriver(load_layout(config_path))

    def poke(address: int, data: bytes) -> None:
        driver.image[address : address + len(data)] = data

    return Device(driver, lambda: bytes(driver.image), poke, lambda _: None, lambda _: None)


def on_file(config_path, image_path) -> Iterator[Device]:
    file, driver = Beating(image_path), RevPi(image_path, config_path)
    resets = itertools.count()

    def reset() -> None:
        layout = load_layout(config_path)
        file.poke(0, default_image(layout))
        write_plate(image_path, next(resets), devices_of(layout))

    def give_up(position: int) -> None:
        plate = read_plate(image_path)
        assert plate is not None
        devices = [replace(it, state=0) if it.position == position else it for it in plate[1]]
        write_plate(image_path, plate[0], tuple(devices))

    reset()
    yield Device(
        driver, image_path.read_bytes, file.poke, file.run,
        lambda length: os.truncate(image_path, length), config_path.write_text, reset, give_up,
    )  # fmt: skip
    driver.close()
    file.end()


def on_shim(kernel: Kernel) -> Iterator[Device]:
    driver = Remote(kernel)
    yield Device(
        driver, kernel.image, kernel.poke, lambda running: kernel.is_running(running=running),
        lambda length: os.truncate(kernel.image_path, length), kernel.config_path.write_text,
        lambda: kernel.reset(pause_s=0.02), kernel.give_up,
    )  # fmt: skip
    driver.end()


def test_the_whole_image_is_read_with_the_time_of_reading(device):
    device.driver.open()
    device.poke(3, b"\x12\x34")

    before_ns = time.monotonic_ns()
    image = patiently(device.driver.read)

    assert len(image.data) >= device.driver.layout().length
    assert image.data == device.image()
    assert image.data[3:5] == b"\x12\x34"
    assert before_ns <= image.mono_ns <= time.monotonic_ns()


def test_opening_and_closing_change_nothing(device):
    device.poke(0, bytes(range(200)))
    before = device.image()

    for _ in range(2):
        patiently(device.driver.open)
        device.driver.feed()
        device.driver.disarm()
        device.driver.close()

    assert device.image() == before


def test_only_the_masked_bits_are_written(device):
    device.poke(0, b"\xaa" * 20)
    device.driver.open()

    device.driver.write({5: (0x0F, 0xF5), 6: (0xFF, 0x12), 9: (0x80, 0x00)})

    assert device.image()[:12] == b"\xaa" * 5 + b"\xa5\x12\xaa\xaa\x2a\xaa\xaa"


def test_bits_of_others_in_the_same_byte_survive(device):
    device.driver.open()
    device.driver.write({7: (0x01, 0x01)})
    device.poke(7, b"\x41")  # another program sets a bit after our last read

    device.driver.write({7: (0x03, 0x02)})

    assert device.image()[7] == 0x42


def test_what_is_written_is_in_the_next_image(device):
    device.driver.open()

    device.driver.write({10: (0xFF, 0x34), 11: (0xFF, 0x12)})

    assert patiently(device.driver.read).data[10:12] == b"\x34\x12"


def test_without_a_watchdog_there_is_nothing_to_complain_of(device):
    device.driver.open()
    device.driver.feed()

    assert device.driver.watchdog_problem == ""
    assert device.driver.events() == ()


@CAN_FAIL
def test_before_it_is_opened_every_use_is_refused(device):
    for use in (device.driver.layout, device.driver.read, lambda: device.driver.write({0: (1, 1)})):
        with pytest.raises(DriverError, match="not open"):
            use()


@CAN_FAIL
async def test_a_driver_that_does_not_run_is_named_and_used_again_when_it_does(device):
    device.driver.open()

    device.is_running(False)
    await eventually(lambda: read_error(device.driver) is DriverNotRunningError)
    device.poke(4, b"\x77")
    device.is_running(True)
    await eventually(lambda: read_error(device.driver) is None)

    assert device.driver.read().data[4] == 0x77


@CAN_FAIL
def test_an_image_that_is_cut_off_gives_no_zeros_but_an_error(device):
    device.driver.open()

    device.truncate(130)

    with pytest.raises(ShortReadError, match="gave 130 bytes"):
        device.driver.read()


@CAN_FAIL
def test_after_closing_it_can_be_opened_again(device):
    device.driver.open()
    layout = device.driver.layout()
    device.driver.write({5: (0x01, 0x01)})
    device.driver.close()

    patiently(device.driver.open)

    assert device.driver.layout() == layout
    assert patiently(device.driver.read).data[5] & 1


@CAN_FAIL
async def test_a_reset_of_the_driver_is_told_once(device):
    device.driver.open()
    assert device.driver.events() == ()

    heard = []

    def reset_until_heard() -> bool:
        device.reset()
        heard.extend(device.driver.events())
        return bool(heard)

    await eventually(reset_until_heard)  # whoever listens may have begun late
    patiently(device.driver.open)

    assert set(heard) == {"driver-reset"}
    assert device.driver.events() == ()


@CAN_FAIL
def test_saved_in_pictory_but_not_reset_it_is_not_read_by_the_new_places(device):
    device.poke(0, bytes(range(200)))
    before = device.image()
    device.save(to_text(rig_moved({32: 36})))

    with pytest.raises(LayoutMismatchError, match=r"of position 33 are at .*Reset the driver"):
        device.driver.open()
    with pytest.raises(DriverError):
        device.driver.write({5: (1, 1)})

    assert device.image() == before
    device.reset()
    patiently(device.driver.open)
    assert patiently(device.driver.read).data == device.image()


@CAN_FAIL
def test_another_range_that_is_not_in_use_yet_is_found_when_it_is_opened(device):
    config = rig()
    entry_of(config, "Input1Range")[1] = "2"
    device.save(to_text(config))

    patiently(device.driver.open)

    assert device.driver.events() == ("configuration-not-in-use",)
    assert device.driver.events() == ()
    device.reset()
    patiently(device.driver.open)
    assert "configuration-not-in-use" not in device.driver.events()


@CAN_FAIL
def test_a_module_that_the_driver_has_given_up_is_named(device):
    patiently(device.driver.open)
    assert device.driver.lost_modules() == set()

    device.give_up(32)

    assert device.driver.lost_modules() == {32}
