"""What is known about the wall clock and the boot of the device."""

import ctypes
from enum import IntEnum
from pathlib import Path

CLOCK_STEP_MS = 1000  # the clock was set when it leaves the monotonic one by more than that
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_TIMEX_BYTES = 512  # more than struct timex takes anywhere; its first field, modes, is 0: read only


class Clock(IntEnum):
    """Where the stamps of a chunk come from."""

    UNKNOWN = 0
    SYNCHRONISED = 1  # this device's clock, held by a time server
    FREE = 2  # this device's clock, not synchronised since the boot or for long
    GIVEN = 3  # whoever sent the values


def boot_id() -> int:
    """A number for this boot of the device; 0 where the kernel does not tell."""
    try:
        return int(_BOOT_ID.read_text().strip().replace("-", "")[:16], 16)
    except (OSError, ValueError):
        return 0


def clock_state() -> Clock:
    """Whether the kernel says that the clock is synchronised."""
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):  # not the GNU C library
        return Clock.UNKNOWN
    if answer < 0:
        return Clock.UNKNOWN
    return Clock.FREE if answer == _UNSYNCHRONISED else Clock.SYNCHRONISED
