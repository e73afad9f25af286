"""Set points of other people's devices in the audit trail: the first of a minute one by one.

Each entry costs a commit; a program that regulates would wear the flash out.
"""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.control.crowds import Crowds
from webmacs_edge.control.orders import Happening
from webmacs_edge.model.actors import Actor
from webmacs_edge.model.audit import AuditAction, Change
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import Health, every, finish
from webmacs_edge.store.auditing import record
from webmacs_edge.web.keys import HISTORY, STATION
from webmacs_edge.web.writing import write_as

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

LOOK_S = 1.0
MAX_KEPT = 1000  # while the disk refuses


class SetPoints:
    """A service that writes what was counted when its minute is over."""

    name = "set points"

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._crowds = Crowds()
        self._kept: list[Happening] = []
        self.dropped = 0
        self.health = Health(self.name)

    async def tell(self, actor: Actor, values: Mapping[str, float]) -> None:
        """Somebody set these channels, by public id; returns after the commit of what is told."""
        told = self._thin(actor, values)
        if told:
            await self._write(actor, told)

    def note(self, actor: Actor, values: Mapping[str, float]) -> None:
        """The same for whoever cannot wait: it is written within a second."""
        self._keep(self._thin(actor, values))

    async def run(self) -> None:
        """Write on the beat; on the way out what is left."""
        try:
            await every(LOOK_S, self.flush)
        finally:
            await self.flush(is_last=True)

    async def flush(self, *, is_last: bool = False) -> None:
        """Write what waits, and of crowds their number when their minute is over."""
        self._keep(self._crowds.summaries(now_s=time.monotonic(), is_last=is_last))
        await finish(self._write_kept())

    def _thin(self, actor: Actor, values: Mapping[str, float]) -> list[Happening]:
        at_ms, found = now_ms(), list[Happening]()
        for public_id, value in values.items():
            event = self._app[STATION].event_by_public_id(public_id)
            if event is not None:
                said = {"value": value}
                found.append(
                    Happening(
                        at_ms, "", actor=actor, public_id=public_id, object_name=event.name,
                        said=said,
                    )
                )  # fmt: skip
        return self._crowds.thin(found, now_s=time.monotonic())

    def _keep(self, happenings: Sequence[Happening]) -> None:
        room = MAX_KEPT - len(self._kept)
        self._kept += happenings[:room]
        self.dropped += max(0, len(happenings) - room)

    async def _write_kept(self) -> None:
        while self._kept:
            actor = self._kept[0].actor
            its = [it for it in self._kept if it.actor == actor]
            try:
                if actor is not None:
                    await self._write(actor, its)
            except StoreError as error:
                self.health.bad(error)
                return
            written = {id(it) for it in its}  # more may have come meanwhile
            self._kept = [it for it in self._kept if id(it) not in written]
            self.health.good()

    async def _write(self, actor: Actor, happenings: Sequence[Happening]) -> None:
        changes = [self._change(it) for it in happenings]

        async def work(session: "AsyncSession") -> None:
            for change in changes:
                record(session, change)

        await write_as(self._app, actor, work)

    def _change(self, it: Happening) -> Change:
        event = self._app[STATION].event_by_public_id(it.public_id)
        stored = self._app[HISTORY].latest_stored()
        before = stored.get(event.id) if event is not None else None
        old = {} if before is None else {"value": before[1]}
        return Change(
            AuditAction.command, "events", it.public_id, it.object_name, old=old, new=dict(it.said)
        )


SET_POINTS = web.AppKey("set_points", SetPoints)
