"""Keeps the audit trail: notices when its end was cut off, and prunes what is very old."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from webmacs_edge.model.actors import APPLIANCE
from webmacs_edge.model.audit import KEY_PURPOSE, AuditAction, Change
from webmacs_edge.model.box_keys import derive_key
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import Health, every
from webmacs_edge.store.audit_chain import Head, is_in_chain, prunable, prune, read_head
from webmacs_edge.store.audit_entries import append_entries
from webmacs_edge.store.audit_file import read_seen, write_seen
from webmacs_edge.store.database import Database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

log = logging.getLogger(__name__)

BEAT_S = 60.0  # gentle to the flash: at most one small file a minute, and only after changes
BEATS_PER_DAY = 1440


class OnBeat(Protocol):
    """What else is to be written down on every beat, and on the last one."""

    async def __call__(self, *, is_last: bool) -> object:
        """Write it."""


class AuditKeeper:
    """Compares the trail with what was seen last, once; then remembers its end on every beat."""

    name = "audit keeper"

    def __init__(
        self,
        database: Database,
        *,
        box_key: bytes,
        data_dir: Path,
        on_beat: OnBeat,
        beat_s: float = BEAT_S,
    ) -> None:
        self.health = Health(self.name)
        self._database = database
        self._key = derive_key(box_key, KEY_PURPOSE)
        self._data_dir = data_dir
        self._on_beat = on_beat
        self._beat_s = beat_s
        self._seen: Head | None = None
        self._is_compared = False
        self._beats = 0

    async def run(self) -> None:
        """Look on a beat until cancelled; on the way out once more."""
        try:
            await self._try(self.look)
            await every(self._beat_s, self._beat)
        finally:
            await self._try(partial(self._on_beat, is_last=True))
            await self._try(self.look)

    async def _beat(self) -> None:
        await self._try(partial(self._on_beat, is_last=False))
        await self._try(self.look)
        if self._beats % BEATS_PER_DAY == 0:
            await self._try(self.prune_all)
        self._beats += 1

    async def _try(self, step: Callable[[], Awaitable[object]]) -> None:
        try:
            await step()
        except (StoreError, OSError) as error:
            self.health.bad(error)
        else:
            self.health.good()

    async def look(self) -> None:
        """Remember the end of the trail; before the first time, check that it only grew."""
        if not self._is_compared:
            self._seen = await asyncio.to_thread(read_seen, self._data_dir)
            await self._compare()
            self._is_compared = True
        async with self._database.read() as session:
            head = await read_head(session)
        if head != self._seen and head.id:
            await asyncio.to_thread(write_seen, self._data_dir, head)
            self._seen = head

    async def _compare(self) -> None:
        seen = self._seen
        if seen is None:
            return
        async with self._database.read() as session:
            if await is_in_chain(session, seen):
                return
            head = await read_head(session)
        log.warning(
            "The audit trail ends at entry %s or goes another way, though entry %s was there: "
            "an older database was put in place, or entries were removed.", head.id, seen.id,
        )  # fmt: skip
        change = Change(
            AuditAction.gap,
            noun="audit_entries",
            old={"newest_entry": seen.id, "hash": seen.hash},
            new={"newest_entry": head.id, "hash": head.hash},
        )
        await self._database.write(lambda session: self._append(session, change))

    async def prune_all(self) -> None:
        """Remove what is over two years old and not of the newest 200,000, bite by bite."""
        gone = True
        while gone:
            gone = await self._database.write(self._prune)

    async def _prune(self, session: "AsyncSession") -> bool:
        at_ms = now_ms()
        upto = await prunable(session, at_ms=at_ms)
        if upto is None:
            return False
        gone = await prune(session, upto, key=self._key, at_ms=at_ms)
        told = {"entries": gone, "up_to_entry": upto.id}
        change = Change(AuditAction.prune, noun="audit_entries", old=told)
        await self._append(session, change)
        return True

    async def _append(self, session: "AsyncSession", change: Change) -> None:
        await append_entries(session, [change], actor=APPLIANCE, key=self._key, at_ms=now_ms())
