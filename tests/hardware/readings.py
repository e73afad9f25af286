"""What the driver reads, by the names of the rig."""

from tests.hardware.samples import point_of
from webmacs_edge.hardware.driver import Driver
from webmacs_edge.hardware.simulator.codec import take
from webmacs_edge.model.errors import DriverError


def native(driver: Driver, name: str) -> float:
    """The value in the native unit: °C, mV, µA, pulses, 0 or 1."""
    point = point_of(driver.layout(), name)
    return take(driver.read().data, point) * point.native_factor


def fault_words(driver: Driver, name: str) -> list[str]:
    """What the module says about the point, in words."""
    status = point_of(driver.layout(), name).status
    assert status is not None
    seen = driver.read().data[status.address]
    return [text for mask, text in status.words.items() if seen & mask]


def read_error(driver: Driver) -> type[DriverError] | None:
    """The class of error that reading gives just now."""
    try:
        driver.read()
    except DriverError as error:
        return type(error)
    return None
