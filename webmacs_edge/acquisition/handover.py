"""From the acquisition thread to the event loop: calls, and scans in a bounded queue."""

import asyncio
from collections import deque
from collections.abc import Callable

from webmacs_edge.acquisition.statistics import ScanStatistics
from webmacs_edge.model.samples import Scan

MAX_WAITING_SCANS = 2000


class Handover:
    """`take` is called in the loop for each scan; what it cannot keep up with is counted."""

    def __init__(self, take: Callable[[Scan], None], statistics: ScanStatistics) -> None:
        self._take = take
        self._statistics = statistics
        self._waiting: deque[Scan] = deque()
        self._is_draining = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """From now on, to the loop that runs."""
        self._loop = asyncio.get_running_loop()

    def give(self, scan: Scan) -> None:
        """Hand a scan over; never waits."""
        if len(self._waiting) >= MAX_WAITING_SCANS:
            self._statistics.dropped += 1
        else:
            self._waiting.append(scan)
        if not self._is_draining:
            self._is_draining = True
            self.call(self._drain)

    def call(self, function: Callable[..., None], *arguments: object) -> None:
        """Call it in the loop."""
        if self._loop is not None and not self._loop.is_closed():
            try:
                self._loop.call_soon_threadsafe(function, *arguments)
            except RuntimeError:  # the loop closed in between: nobody is left to tell
                return

    def _drain(self) -> None:
        self._is_draining = False
        while self._waiting:
            self._take(self._waiting.popleft())
