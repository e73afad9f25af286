"""Makes backups by itself, as often as the settings say, and knows how old the newest one is."""

import asyncio
import logging
import shutil
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import aiohttp

from webmacs_edge.backup.done import Done, read_done, write_done
from webmacs_edge.backup.folder import write_file
from webmacs_edge.backup.leavings import Leavings
from webmacs_edge.backup.making import WORK, Course, Source, make_backup
from webmacs_edge.backup.plans import open_part, plan_of, read_plan, unseal_plan
from webmacs_edge.backup.server import Server
from webmacs_edge.config import Settings
from webmacs_edge.model.backups import Wanted, backup_name
from webmacs_edge.model.errors import BusyError, StoreError, WebmacsError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import HOUR_MS, now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Health, every
from webmacs_edge.store.database import Database
from webmacs_edge.store.vault import SealedElsewhereError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.backup.reading import Report

log = logging.getLogger(__name__)

FIRST_S = 300.0  # after the start, when other things are done
LOOK_S = 300.0
RETRY_MS = HOUR_MS


class BackupKeeper:
    """One at a time, also of those that people ask for."""

    name = "backup"

    def __init__(
        self,
        settings: Settings,
        source: Source,
        database: Database,
        *,
        note: Callable[[str, LoggingType], Awaitable[object]],
        box_key: bytes = b"",
        first_s: float = FIRST_S,
    ) -> None:
        self.health = Health(self.name)
        self.plan = plan_of(settings)
        self.is_of_page = False  # whether the plan was made on the page
        self.lost = ""  # why the secrets of the plan cannot be read
        self.done: Done | None = None
        self.course: Course | None = None  # of one that is being made
        self.source = source
        self.leavings = Leavings(database)  # on a server
        self._settings, self._database, self._note = settings, database, note
        self._zone = ZoneInfo(settings.time_zone)
        self._first_s, self._box_key = first_s, box_key
        self._tried_ms, self._since_ms = 0, now_ms()

    @property
    def is_scheduled(self) -> bool:
        """Whether it is said where to."""
        return bool(self.plan.to)

    @property
    def every_ms(self) -> int:
        """Between two of them."""
        return self.plan.every_ms

    @property
    def next_ms(self) -> int | None:
        """When the next one is due, also in the past; None where none is."""
        if not self.is_scheduled:
            return None
        if self.done is None:
            return self.plan.first_ms(self._since_ms, self._zone)
        at_ms = now_ms()
        if self.done.at_ms > at_ms:
            return at_ms  # the clock was ahead when that one was made
        return self.plan.next_ms(self.done.at_ms, self._zone)

    async def load(self) -> None:
        """Take up the plan that the page has stored."""
        async with self._database.read() as session:
            found = await read_plan(session)
        self.lost = ""
        if found is None:
            self.plan, self.is_of_page = plan_of(self._settings), False
            return
        sealed, self._since_ms = found
        self.is_of_page = True
        try:
            self.plan = await unseal_plan(sealed, self._box_key)
        except SealedElsewhereError as error:
            self.plan, self.lost = open_part(sealed), str(error)

    async def run(self) -> None:
        """Look now and then whether one is due, until cancelled."""
        try:
            await self.load()
        except StoreError as error:
            log.warning("The plan of backups cannot be read: %s", error)
        await asyncio.sleep(self._first_s)
        await self.look()
        await every(LOOK_S, self.look)

    async def read_state(self) -> None:
        """What the process before this one has done."""
        async with self._database.read() as session:
            done = await read_done(session)
        await self.leavings.load()
        self.done = done

    async def look(self) -> None:
        """Make one if it is due; a failure is told, and tried again after an hour."""
        at_ms = now_ms()
        try:
            if not self.is_scheduled:
                return
            if self.done is None:
                await self.read_state()
            waits = self.health.failing_since_ms is not None and at_ms < self._tried_ms + RETRY_MS
            if not waits and at_ms >= (self.next_ms or 0):
                await self.back_up()
        except (StoreError, BusyError) as error:
            log.info("No backup now: %s", error)

    async def back_up(self) -> None:
        """Make one now; StoreError when it did not work, BusyError while one is being made."""
        if self.course is not None:
            raise BusyError(text("A backup is being made already."))
        was_good, self.course, self._tried_ms = self.health.is_good, Course(), now_ms()
        try:
            self.done = await self._make(self._tried_ms, self.course)
        except (WebmacsError, OSError, aiohttp.ClientError, ValueError) as error:
            # never the appliance's end, nor is a name or an address that no server can have
            failure = error if isinstance(error, StoreError) else StoreError(str(error))
            self.health.bad(failure)
            if was_good:
                told = text("The backup failed: {failure}", failure=failure)
                await self._tell(told, LoggingType.error)
            raise failure from error
        finally:
            self.course = None
        if not was_good:
            await self._tell(text("Backups work again."), LoggingType.info)
        self.health.good()

    async def _make(self, at_ms: int, course: Course) -> Done:
        plan = self.plan
        if self.lost:
            raise StoreError(self.lost)  # never an open one where a sealed one is wanted
        wanted = Wanted(plan.scope, plan.days)
        passphrase = plan.passphrase
        name = backup_name(socket.gethostname(), wanted, at_ms=at_ms, is_sealed=bool(passphrase))
        to_server = plan.is_for_server
        folder = self.source.data_dir / WORK / "out" if to_server else Path(plan.to)
        if to_server:
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        parts = make_backup(self.source, wanted, at_ms=at_ms, passphrase=passphrase, course=course)
        keep = 0 if to_server else plan.keep
        writing = asyncio.to_thread(
            write_file, folder, name, parts, passphrase=passphrase, keep=keep
        )
        await _written(asyncio.ensure_future(writing), course)
        done = Done(at_ms, name, course.size_bytes, was_read_back=True)
        if not to_server:
            await self._remember(done)
            return done
        server = Server(plan.to, plan.user, plan.password, plan.region)
        try:
            done = await self._send(server, done, folder, keep=plan.keep)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        await self._thin_out(server)
        return done

    async def _send(self, server: Server, done: Done, folder: Path, *, keep: int) -> Done:
        there, left = await self._names_at(server.url), self.leavings
        await left.load()
        if done.name not in there:  # else two within a second, and the first of them is whole
            left.take(server.url, [done.name])
            await self._database.write(left.write)
        was_read = await server.put(done.name, folder / done.name)
        names = tuple(dict.fromkeys((*there, done.name)))
        left.take(server.url, names, kept=names[-keep:])
        done = replace(done, was_read_back=was_read, names=names[-keep:], to=server.url)
        await self._remember(done)
        return done

    async def _thin_out(self, server: Server) -> None:
        try:
            await self.leavings.remove(server)
        except StoreError as error:  # the backup is there all the same
            log.warning("What was removed from the server was not written down: %s", error)

    async def _names_at(self, to: str) -> Sequence[str]:
        """What we have put on this server, also before the last start; not what another has."""
        if self.done is None:
            await self.read_state()
        done = self.done
        return done.names if done and done.to == to else ()

    async def _remember(self, done: Done) -> None:
        async def work(session: "AsyncSession") -> None:
            await write_done(session, done)
            await self.leavings.write(session)

        await self._database.write(work)

    async def _tell(self, words: str, kind: LoggingType) -> None:
        try:
            await self._note(words, kind)
        except StoreError as error:
            log.warning("The operator's log could not be written: %s", error)


async def _written(writing: "asyncio.Future[Report]", course: Course) -> None:
    """Wait for the thread, also when cancelled: then it ends by itself, and soon."""
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        course.is_wanted = False
        await asyncio.wait([writing])
        writing.exception()
        raise
