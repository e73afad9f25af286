"""The writing half of a cycle: what the outputs decide goes into the image, whatever happens."""

import logging
import time
from collections.abc import Mapping
from typing import Protocol

from webmacs_edge.hardware.driver import Driver, Image, Layout
from webmacs_edge.model.errors import DriverError
from webmacs_edge.model.samples import Scan

log = logging.getLogger(__name__)

LEAVE_TRIES, LEAVE_PAUSE_S = 10, 0.1  # a device that is being reset may be back in a second

Bits = tuple[int, int]  # mask, value


class Outputs(Protocol):
    """Who decides what is written; every method is called by the acquisition thread."""

    def opened(self, layout: Layout) -> None:
        """A device was opened; what was known of another layout is void."""

    def decide(self, image: Image, scan: Scan | None, *, notice: str) -> Mapping[int, Bits]:
        """What to write in this cycle: address -> (mask, value)."""

    def wrote(self, error: DriverError | None) -> None:
        """What was decided is in the image, or could not be written."""

    def lost(self, reason: str) -> None:
        """The device cannot be read."""

    def rest(self) -> Mapping[int, Bits]:
        """What to write before nobody looks at the device for a while: safe."""

    def leave(self) -> Mapping[int, Bits]:
        """What to write on the way out."""


class Writer:
    """Carries what the outputs decide to the driver; without outputs nothing is ever written."""

    def __init__(self, driver: Driver, outputs: Outputs | None) -> None:
        self._driver = driver
        self._outputs = outputs
        self.problem = ""  # why the last write failed

    def opened(self, layout: Layout) -> None:
        """A device was opened."""
        if self._outputs is not None:
            self._outputs.opened(layout)

    def follow(self, image: Image, scan: Scan | None, *, notice: str) -> None:
        """Let the outputs follow what was just read, before anybody else hears of it."""
        if self._outputs is None:
            return
        changes = self._outputs.decide(image, scan, notice=notice)
        self._outputs.wrote(self._write(changes))

    def lost(self, reason: str) -> None:
        """The device cannot be read."""
        if self._outputs is not None:
            self._outputs.lost(reason)

    def rest(self) -> None:
        """The device is going to be left alone: without interlocks nothing may be driven."""
        if self._outputs is not None:
            self._let_be(self._outputs.rest())

    def leave(self) -> None:
        """The way out, by whatever door: outputs safe first, then let go of the device."""
        try:
            if self._outputs is not None:
                self._let_be(self._outputs.leave())
        finally:
            self._driver.close()

    def _let_be(self, changes: Mapping[int, Bits]) -> None:
        """Outputs stay as this makes them, and nobody feeds the driver's watchdog any more.

        Where safe could not be written it stays armed: it then zeroes them.
        """
        try:
            if self._leave_safe(changes):
                self._driver.disarm()
        except DriverError as error:
            log.warning("The output watchdog could not be disarmed: %s", error)

    def _leave_safe(self, changes: Mapping[int, Bits]) -> bool:
        for attempt in range(LEAVE_TRIES):
            if attempt:
                time.sleep(LEAVE_PAUSE_S)
            if not changes or self._write(changes) is None:
                return True
        log.critical("The outputs could not be made safe: %s", self.problem)
        return False

    def _write(self, changes: Mapping[int, Bits]) -> DriverError | None:
        try:
            if changes:
                self._driver.write(changes)
            else:
                self._driver.feed()
        except DriverError as error:
            if str(error) != self.problem:
                log.warning("Outputs cannot be written: %s", error)
            self.problem = str(error)
            return error
        self.problem = ""
        return None
