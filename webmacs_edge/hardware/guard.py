"""The write half of the process image: own bits only, and the driver's output watchdog.

The numbers are piControl's ioctls; the kernel knows them only on the character device.
"""

import fcntl
import logging
import os
import struct
import time
from collections.abc import Mapping

from webmacs_edge.hardware.driver import Direction, Layout, PointKind
from webmacs_edge.model.text import text

log = logging.getLogger(__name__)

KB_SET_VALUE = 19216  # u16 address, u8 bit, u8 value: one bit, whatever others do beside it
KB_SET_OUTPUT_WATCHDOG = 19226  # unsigned long: milliseconds, per handle; late -> all outputs 0
_WHOLE = 0xFF
_FEEDS_PER_PERIOD = 4


class OutputGuard:
    """Writes through one handle of the character device, and keeps its watchdog fed by that."""

    def __init__(self, handle: int, layout: Layout, *, watchdog_ms: int) -> None:
        self.problem = ""  # why the watchdog could not be armed
        self.is_armed = False
        self._handle = handle
        self._watchdog_ms = watchdog_ms
        self._feeding_place = _feeding_place(layout)
        self._fed_ns = time.monotonic_ns()

    def arm(self) -> None:
        """From now on silence of this handle zeroes all outputs; so does closing it.

        BlockingIOError: the driver does not run yet; another refusal is its last word.
        """
        if not self._watchdog_ms or self._feeding_place is None:
            return
        try:
            self._set_watchdog(self._watchdog_ms)
        except BlockingIOError:
            raise
        except OSError as error:
            self.problem = text(
                "The driver did not arm its output watchdog ({strerror}), so outputs stay "
                "as they are when this appliance dies. Update piControl to 1.2 or newer.",
                strerror=error.strerror,
            )
            log.error("%s", self.problem)  # noqa: TRY400 told in words
        else:
            self.is_armed = True

    def disarm(self) -> None:
        """Outputs are as they shall stay."""
        if self.is_armed:
            self._set_watchdog(0)
            self.is_armed = False

    def write(self, changes: Mapping[int, tuple[int, int]]) -> None:
        """Whole bytes in one piece per run, single bits one by one; nothing is read first."""
        whole = {address for address, (mask, _) in changes.items() if mask == _WHOLE}
        for run in runs(whole):
            data = bytes(changes[address][1] for address in run)
            if os.pwrite(self._handle, data, run.start) < len(data):
                raise OSError(5, "the driver took fewer bytes than it was given")
        for address in changes.keys() - whole:
            mask, value = changes[address]
            for bit in (bit for bit in range(8) if mask >> bit & 1):
                self._set_bit(address, bit, value >> bit & 1)
        self._fed_ns = time.monotonic_ns()

    def feed(self) -> None:
        """Write something that changes nothing, when nothing was written for a while."""
        if not self.is_armed or self._feeding_place is None:
            return
        due_ns = self._watchdog_ms * 1_000_000 // _FEEDS_PER_PERIOD
        if time.monotonic_ns() - self._fed_ns < due_ns:
            return
        address, bit = self._feeding_place
        byte = os.pread(self._handle, 1, address)[0]
        self._set_bit(address, bit, byte >> bit & 1)
        self._fed_ns = time.monotonic_ns()

    def _set_bit(self, address: int, bit: int, value: int) -> None:
        fcntl.ioctl(self._handle, KB_SET_VALUE, struct.pack("<HBB", address, bit, value))

    def _set_watchdog(self, period_ms: int) -> None:
        fcntl.ioctl(self._handle, KB_SET_OUTPUT_WATCHDOG, struct.pack("@L", period_ms))


def runs(addresses: "set[int]") -> list[range]:
    """The addresses as runs of neighbours."""
    found: list[range] = []
    for address in sorted(addresses):
        if found and found[-1].stop == address:
            found[-1] = range(found[-1].start, address + 1)
        else:
            found.append(range(address, address + 1))
    return found


def _feeding_place(layout: Layout) -> tuple[int, int] | None:
    """A bit of an output to write again as it is; the LEDs of the base, if it has any."""
    outputs = [point for point in layout.points if point.direction is Direction.output]
    bases = {device.position for device in layout.devices if device.is_base}
    outputs.sort(key=lambda it: (it.kind is not PointKind.setting, it.device not in bases))
    return next(((point.address, point.bit or 0) for point in outputs), None)
