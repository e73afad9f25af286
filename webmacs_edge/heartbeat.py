"""Tells systemd that the process is alive."""

import asyncio

from webmacs_edge.acquisition.scanner import Scanner
from webmacs_edge.service import every
from webmacs_edge.systemd import notify, watchdog_interval_s


class Heartbeat:
    """Tells systemd that both the event loop and the acquisition thread are alive."""

    name = "heartbeat"

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._beats = -1

    async def run(self) -> None:
        """Beat at half the period that systemd allows; sleep when it does not watch."""
        interval_s = watchdog_interval_s()
        if interval_s is None:
            await asyncio.Event().wait()
        else:
            await every(interval_s, self._beat)

    async def _beat(self) -> None:
        beats = self._scanner.statistics.beats
        if beats != self._beats:
            notify("WATCHDOG=1")
        self._beats = beats
