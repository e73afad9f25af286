"""What we have put on a server and must not stay there: remembered until it is gone."""

import logging
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.database import Database
from webmacs_edge.store.site_settings import read_site_value, write_site_value

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.backup.server import Server

log = logging.getLogger(__name__)

MOST = 1000
MOST_REFUSALS = 20  # of one run: a server that lets nobody remove is not asked a thousand times
_KEY = "backup.leavings"


class Leavings:
    """The names at one server, oldest first. What is there but not in here is never touched.

    A backup is in here from before it is sent until it is known to be whole: what a cut leaves
    there goes as well.
    """

    def __init__(self, database: Database) -> None:
        self.names: tuple[str, ...] = ()
        self.forgotten = 0  # beyond what is remembered: somebody has to look there
        self.to = ""
        self._database, self._is_loaded = database, False

    async def load(self) -> None:
        """What the process before this one has left; StoreError when it cannot be read."""
        if self._is_loaded:
            return
        async with self._database.read() as session:
            found = await read_site_value(session, _KEY)
        if self._is_loaded:
            return  # by somebody else meanwhile
        self._is_loaded = True
        if isinstance(found, dict):
            self.names = tuple(map(str, found.get("names", ())))
            self.forgotten = int(found.get("forgotten", 0))
            self.to = str(found.get("to", ""))

    def take(self, to: str, names: Iterable[str], *, kept: Collection[str] = ()) -> None:
        """These must go from there, and none of `kept`. What lies elsewhere stays where it is."""
        if to != self.to:
            self.to, self.names, self.forgotten = to, (), 0
        wanted = [it for it in dict.fromkeys((*self.names, *names)) if it not in kept]
        self.forgotten += max(0, len(wanted) - MOST)
        self.names = tuple(wanted[-MOST:])

    async def write(self, session: "AsyncSession") -> None:
        """Store them."""
        value: dict[str, Any] = {
            "to": self.to, "names": list(self.names), "forgotten": self.forgotten,
        }  # fmt: skip
        await write_site_value(session, _KEY, value, at_ms=now_ms())

    async def remove(self, server: "Server") -> None:
        """Ask for each to go; those that stay are asked for at the next run, last of all."""
        if not self.names:
            return
        waiting, refused = list(self.names), list[str]()
        try:
            while waiting and len(refused) < MOST_REFUSALS:
                if not await server.delete(waiting[0]):
                    refused.append(waiting[0])
                waiting.pop(0)
        except StoreError as error:  # it will not be reached for the others either
            log.warning("Old backups could not be removed: %s", error)
        self.names = (*waiting, *refused)
        if refused:
            log.warning("%d old backups could not be removed from %s.", len(self.names), self.to)
        await self._database.write(self.write)
