"""Waits for deadlines without missing what arrives at sockets."""

import select
import time
from collections.abc import Callable

Callback = Callable[[], None]


class Poller:
    """Waits for the next deadline and calls back whoever has something to read meanwhile."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._callbacks: dict[int, Callback] = {}

    def add(self, handle: int, callback: Callback) -> None:
        """Call back when the handle has something to read."""
        self._callbacks[handle] = callback
        self._poll.register(handle, select.POLLIN)

    def remove(self, handle: int) -> None:
        """Forget the handle."""
        self._callbacks.pop(handle)
        self._poll.unregister(handle)

    def serve_until(self, deadline_s: float) -> None:
        """Serve what arrives until the deadline (monotonic); at least one look at the sockets."""
        while True:
            left_s = deadline_s - time.monotonic()
            for handle, _ in self._poll.poll(max(0.0, left_s * 1000)):
                callback = self._callbacks.get(handle)
                if callback is not None:
                    callback()
            if left_s <= 0:
                return
