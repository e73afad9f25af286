"""Writers of the file that stands in for the device take turns, as calls of a driver would."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

TRIES, PAUSE_S = 20, 0.0002


@contextmanager
def turn(handle: int) -> Iterator[None]:
    """Alone with the file for one reading and writing of a byte.

    Nobody waits longer than a few milliseconds: who holds the file may have been stopped.
    """
    for _ in range(TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        time.sleep(PAUSE_S)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
