"""A sink of scans: writes down why values are doubted, beside the history that holds how much."""

from collections.abc import Awaitable, Callable, Sequence

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.reasons import ReasonMark, ReasonWatch
from webmacs_edge.model.samples import Scan
from webmacs_edge.service import Health, every, finish

LOOK_S = 5.0
MAX_WAITING = 2000


class Reasons:
    """A service; a reason costs a row when it begins, and samples nothing."""

    name = "reasons"

    def __init__(self, write: Callable[[Sequence[ReasonMark]], Awaitable[object]]) -> None:
        self._write = write
        self._watch = ReasonWatch()
        self._waiting: list[ReasonMark] = []
        self.dropped = 0
        self.health = Health(self.name)

    def take(self, scan: Scan) -> None:
        """Look at a scan; when the disk cannot keep up, count what is lost."""
        found = self._watch.look(scan)
        room = MAX_WAITING - len(self._waiting)
        self._waiting += found[:room]
        self.dropped += max(0, len(found) - room)

    async def run(self) -> None:
        """Write every few seconds; on the way out what is left."""
        try:
            await every(LOOK_S, self.flush)
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            await finish(self._flush())

    async def _flush(self) -> None:
        batch = tuple(self._waiting)
        try:
            await self._write(batch)
        except StoreError as error:
            self.health.bad(error)
            return
        del self._waiting[: len(batch)]
        self.health.good()
