"""The driver contract by hand: what a real device does of all that we rely on, step by step.

`look` writes nothing. `switch` and `starve` write, and are only for whoever has confirmed it.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webmacs_edge.hardware.bus_figures import read_bus_figures
from webmacs_edge.hardware.device_list import (
    DeviceInfo,
    first_difference,
    first_wrong_variable,
    read_device_list,
    variables_of,
    wrong_settings,
)
from webmacs_edge.hardware.driver import Direction, Layout, Point
from webmacs_edge.hardware.entries import IMAGE_LENGTH
from webmacs_edge.hardware.pictory import load_layout
from webmacs_edge.hardware.resets import EventWatch
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.model.errors import DriverError, DriverNotRunningError, InvalidError

READS = 300
CYCLE_S = 0.01
OPENINGS = 3
WATCHDOG_MS = 1000
_SETTLE_S = 0.3
_NOTHING_TO_ASK = "this device has no such call (only piControl has)"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried; `is_good` None: it could not be."""

    name: str
    is_good: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Target:
    """The device that is tried."""

    image_path: Path
    config_path: Path


def look(target: Target) -> Iterator[Step]:
    """Everything that can be seen without writing, in order; ends where nothing more can be."""
    try:
        layout = load_layout(target.config_path)
    except DriverError as error:
        yield Step("Configuration", is_good=False, words=str(error))
        return
    yield Step("Configuration", is_good=True, words=_about(layout))
    try:
        with _handle_on(target.image_path) as handle:
            yield _kind(handle, target.image_path)
            yield _device_list(handle, layout)
            yield _variables(handle, layout)
            yield _settings(handle, layout)
            yield _reads(handle, layout)
    except OSError as error:
        words = f"{target.image_path}: {error.strerror}. Is the driver loaded and running?"
        yield Step("Process image", is_good=False, words=words)
        return
    yield _events(target.image_path)
    yield _opening(target, layout)
    yield _bus()


def switch(target: Target, point_id: str) -> Iterator[Step]:
    """Turn one switched output over and back; everything beside it must stay as it is."""
    point = _output(load_layout(target.config_path), point_id)
    driver = RevPi(target.image_path, target.config_path)
    driver.open()
    try:
        before = driver.read().data
        mask = 1 << (point.bit or 0)
        was = before[point.address] & mask
        try:
            driver.write({point.address: (mask, was ^ mask)})
            time.sleep(_SETTLE_S)
            yield _turned(driver, point, before, wanted=was ^ mask)
        finally:
            driver.write({point.address: (mask, was)})
        time.sleep(_SETTLE_S)
        yield _turned(driver, point, before, wanted=was)
    finally:
        driver.close()


def starve(target: Target, point_id: str) -> Iterator[Step]:
    """Arm the output watchdog, feed it, then do not: **all** outputs must go to 0 and stay so."""
    point = _output(load_layout(target.config_path), point_id)
    driver = RevPi(target.image_path, target.config_path, watchdog_ms=WATCHDOG_MS)
    driver.open()
    try:
        if driver.watchdog_problem:
            yield Step("Watchdog armed", is_good=False, words=driver.watchdog_problem)
            return
        mask = 1 << (point.bit or 0)
        driver.write({point.address: (mask, mask)})
        until_s = time.monotonic() + 2 * WATCHDOG_MS / 1000
        while time.monotonic() < until_s:
            driver.feed()
            time.sleep(CYCLE_S)
        is_on = bool(driver.read().data[point.address] & mask)
        yield Step("Watchdog fed", is_good=is_on, words=f"{point_id} is {'on' if is_on else 'off'}")
        time.sleep(1.5 * WATCHDOG_MS / 1000)
        is_on = bool(driver.read().data[point.address] & mask)
        words = f"{point_id} is {'still on' if is_on else 'off'} {1.5 * WATCHDOG_MS:g} ms later"
        yield Step("Watchdog not fed", is_good=not is_on, words=words)
    finally:
        driver.close()


def _output(layout: Layout, point_id: str) -> Point:
    for point in layout.points:
        if point.id == point_id:
            if point.direction is Direction.output and point.bit is not None:
                return point
            break
    raise InvalidError(
        f"{point_id} is no switched output of {layout.source}. "
        "Give one as POSITION/NAME, such as 31/O_14."
    )


@contextmanager
def _handle_on(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _about(layout: Layout) -> str:
    saved = f", saved {layout.saved_at}" if layout.saved_at else ""
    warnings = f"; {len(layout.warnings)} oddities" if layout.warnings else ""
    names = ", ".join(f"{it.kind}@{it.position}" for it in layout.devices)
    return f"{layout.source}{saved}: {names}; {layout.length} bytes{warnings}"


def _kind(handle: int, path: Path) -> Step:
    is_device = stat.S_ISCHR(os.fstat(handle).st_mode)
    kind = "a character device" if is_device else "a regular file, so a stand-in"
    access = "may write" if os.access(path, os.W_OK) else "may only read"
    return Step("Process image", is_good=True, words=f"{path} is {kind}; this user {access}")


def _asked(name: str, ask: Callable[[], Step]) -> Step:
    try:
        return ask()
    except OSError as error:
        return Step(name, is_good=False, words=f"the driver refused: {error.strerror}")


def _device_list(handle: int, layout: Layout) -> Step:
    def ask() -> Step:
        devices = read_device_list(handle)
        if devices is None:
            return Step("Device list", is_good=None, words=_NOTHING_TO_ASK)
        difference = first_difference(layout, devices)
        return Step("Device list", is_good=not difference, words=difference or _listed(devices))

    return _asked("Device list", ask)


def _listed(devices: tuple[DeviceInfo, ...]) -> str:
    return ", ".join(
        f"{it.product_type}@{it.position} state {it.state}{'' if it.is_connected else ' ABSENT'}"
        for it in devices
    )


def _variables(handle: int, layout: Layout) -> Step:
    def ask() -> Step:
        if read_device_list(handle) is None:
            return Step("Names", is_good=None, words=_NOTHING_TO_ASK)
        wrong = first_wrong_variable(handle, layout)
        words = wrong or f"{len(variables_of(layout))} names are where PiCtory says"
        return Step("Names", is_good=not wrong, words=words)

    return _asked("Names", ask)


def _settings(handle: int, layout: Layout) -> Step:
    wrong = wrong_settings(layout, os.pread(handle, IMAGE_LENGTH, 0).ljust(IMAGE_LENGTH, b"\0"))
    if not wrong:
        return Step("Settings", is_good=True, words="those in the image are those of the file")
    where = ", ".join(str(position) for position in wrong)
    words = f"those of position {where} differ from the file: was the driver reset since?"
    return Step("Settings", is_good=False, words=words)


def _reads(handle: int, layout: Layout) -> Step:
    """Whole, and in time: 100 times a second for some seconds."""
    took_ms, late_ms, short = [], [], 0
    deadline_s = time.monotonic()
    for _ in range(READS):
        deadline_s += CYCLE_S
        time.sleep(max(0.0, deadline_s - time.monotonic()))
        began_s = time.monotonic()
        short += len(os.pread(handle, IMAGE_LENGTH, 0)) < layout.length
        took_ms.append((time.monotonic() - began_s) * 1000)
        late_ms.append((began_s - deadline_s) * 1000)
    words = (
        f"{READS} of {layout.length} bytes at {1 / CYCLE_S:g} Hz, {short} short; "
        f"took {_spread(took_ms)}, late by {_spread(late_ms)}"
    )
    return Step("Reads", is_good=not short, words=words)


def _spread(numbers: list[float]) -> str:
    ranked = sorted(numbers)
    return (
        f"{ranked[len(ranked) // 2]:.2f} ms (half), {ranked[len(ranked) * 99 // 100]:.2f} (99 %), "
        f"{ranked[-1]:.2f} (longest)"
    )


def _events(path: Path) -> Step:
    watch = EventWatch(path)
    watch.start()
    time.sleep(_SETTLE_S)
    if watch.is_blind:
        return Step("Event of a reset", is_good=None, words=_NOTHING_TO_ASK)
    return Step("Event of a reset", is_good=True, words="can be waited for")


def _opening(target: Target, layout: Layout) -> Step:
    """Opening and closing must not change any output."""
    outputs = [p for p in layout.points if p.direction is Direction.output]
    driver = RevPi(target.image_path, target.config_path)
    try:
        driver.open()
        first = driver.read().data
        for _ in range(OPENINGS):
            driver.open()
        last = driver.read().data
    except DriverNotRunningError as error:
        return Step("Opening", is_good=None, words=str(error))
    except DriverError as error:
        return Step("Opening", is_good=False, words=str(error))
    finally:
        driver.close()
    moved = [p.id for p in outputs if _bytes(first, p) != _bytes(last, p)]
    if not moved:
        return Step("Opening", is_good=True, words=f"{len(outputs)} outputs are as they were")
    words = f"{', '.join(moved[:5])} moved meanwhile: does another program write outputs?"
    return Step("Opening", is_good=None, words=words)


def _bytes(image: bytes, point: Point) -> bytes:
    return image[point.address : point.address + max(1, point.bits // 8)]


def _bus() -> Step:
    figures = read_bus_figures()
    if not figures:
        return Step("Bus figures", is_good=None, words="this driver offers none in sysfs")
    words = ", ".join(f"{name} {number}" for name, number in figures.items())
    return Step("Bus figures", is_good=True, words=words)


def _turned(driver: RevPi, point: Point, before: bytes, *, wanted: int) -> Step:
    now = driver.read().data
    mask = 1 << (point.bit or 0)
    is_set = now[point.address] & mask == wanted
    beside = (now[point.address] ^ before[point.address]) & ~mask & 0xFF
    state = "on" if wanted else "off"
    words = f"{point.id} is {state if is_set else f'not {state}'}"
    words += ", and bits beside it have moved" if beside else ", its neighbours are as they were"
    return Step(f"Output {state}", is_good=is_set and not beside, words=words)
