"""What the driver reads, by the names of the rig."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.hardware.samples import point_of
from webmacs_edge.hardware.driver import Driver
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.codec import take
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.errors import DriverError, DriverNotRunningError

T = TypeVar("T")

_PATIENCE_S = 10.0  # a busy machine may let the plant wait for its turn


def open_driver(plant: VirtualRevPi) -> RevPi:
    """The driver, open on the plant."""
    driver = RevPi(plant.image_path, plant.config_path, simulated=True)
    patiently(driver.open)
    return driver


def beat(image_path: Path) -> None:
    """A sign of life of whoever writes the image: it counts from when somebody looks at it."""
    ahead_ns = max(time.time_ns(), image_path.stat().st_mtime_ns) + 3600 * 10**9
    os.utime(image_path, ns=(ahead_ns, ahead_ns))


def patiently(call: Callable[[], T]) -> T:
    """What the call gives once the plant has its turn."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return call()
        except DriverNotRunningError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.01)


def native(driver: Driver, name: str) -> float:
    """The value in the native unit: °C, mV, µA, pulses, 0 or 1."""
    point = point_of(driver.layout(), name)
    return take(patiently(driver.read).data, point) * point.native_factor


def fault_words(driver: Driver, name: str) -> list[str]:
    """What the module says about the point, in words."""
    status = point_of(driver.layout(), name).status
    assert status is not None
    seen = patiently(driver.read).data[status.address]
    return [text for mask, text in status.words.items() if seen & mask]


def read_error(driver: Driver) -> type[DriverError] | None:
    """The class of error that reading gives just now."""
    try:
        driver.read()
    except DriverError as error:
        return type(error)
    return None
