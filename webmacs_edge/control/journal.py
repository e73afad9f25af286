"""Tells the operator's log and the audit trail what the acquisition thread did, afterwards."""

import time
from collections.abc import Awaitable, Callable

from webmacs_edge.control.crowds import Crowds
from webmacs_edge.control.orders import Happening
from webmacs_edge.control.tidings import Tidings
from webmacs_edge.model.errors import StoreError
from webmacs_edge.service import Health, every, finish

INTERVAL_S = 0.25
MAX_KEPT = 2000


class Journal:
    """Writes happenings in their order; while the disk refuses they wait, the oldest kept."""

    name = "control journal"

    def __init__(self, tidings: Tidings, write: Callable[[Happening], Awaitable[object]]) -> None:
        self.health = Health(self.name)
        self.dropped = 0
        self._tidings = tidings
        self._write = write
        self._crowds = Crowds()
        self._kept: list[Happening] = []

    async def run(self) -> None:
        """Look on a beat; on the way out write what is left."""
        try:
            await every(INTERVAL_S, self.flush)
        finally:
            await self.flush(is_last=True)

    async def flush(self, *, is_last: bool = False) -> None:
        """Write what waits; of crowds of commands a summary when their minute is over."""
        now_s = time.monotonic()
        fresh = self._crowds.thin(self._tidings.take_all(), now_s=now_s)
        fresh += self._crowds.summaries(now_s=now_s, is_last=is_last)
        room = MAX_KEPT - len(self._kept)
        self.dropped += max(0, len(fresh) - room)
        self._kept += fresh[:room]
        while self._kept:
            try:
                await finish(self._write_first())  # half way it would be told again at the end
            except StoreError as error:
                self.health.bad(error)
                return
            self.health.good()

    async def _write_first(self) -> None:
        await self._write(self._kept[0])
        self._kept.pop(0)
