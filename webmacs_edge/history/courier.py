"""Carries what is sealed from the spool on this box to the archive, without loss or doubling."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

from webmacs_edge.history.chunks import ChunkError
from webmacs_edge.history.fitting import fit_between
from webmacs_edge.history.recorder import Recorder
from webmacs_edge.history.replay import replay
from webmacs_edge.history.sealing import seal_runs, seal_samples
from webmacs_edge.model.errors import StoreError, StoreUnreachableError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import MINUTE_MS, now_ms
from webmacs_edge.service import Health, every, finish
from webmacs_edge.store.archive import newest_load, store_snapshot
from webmacs_edge.store.database import Database
from webmacs_edge.store.datapoints import has_chunk, read_chunks
from webmacs_edge.store.history_files import create_history_tables
from webmacs_edge.store.history_rows import Chunk
from webmacs_edge.store.spool import (
    Key,
    Load,
    Row,
    adopt,
    count_waiting,
    drop_chunks,
    forget_carried,
    journal_keys,
    key_of,
    read_origin,
    replace_chunk,
    snapshot,
    write_origin,
)

log = logging.getLogger(__name__)

BITE = 50  # chunks in one transaction
SPARE_MS = 60_000  # into which samples may move when stamps are taken
MOST_OTHERS = 1000


class Courier:
    """Every step can be repeated: the archive takes what it lacks, the spool then lets go of it.

    The archive also gets a copy of the journal, so that it lacks no more than a power cut takes.
    """

    name = "courier"

    def __init__(
        self,
        spool: Database,
        archive: Database,
        *,
        interval_s: float = 5.0,
        patience_s: float = 5.0,
    ) -> None:
        self.on_continued: Callable[[], Awaitable[object]] = _nothing  # a lost spool is continued
        self.on_back: Callable[[str], Awaitable[object]] = _nothing  # the archive is there again
        self.health = Health(self.name)
        self.waiting = 0  # chunks that the archive lacked when it was last asked
        self._spool = spool
        self._archive = archive
        self._interval_s = interval_s
        self._patience_s = patience_s  # of readers, while there is much to carry
        self._spool_id = ""  # once the archive was met
        self._away_since_ms: int | None = None
        self._cleared: set[Key] = set()  # chunks that fit between those of their time
        self._carrying = asyncio.Lock()

    async def run(self) -> None:
        """Carry on a beat; on the way out once more."""
        try:
            await every(self._interval_s, self.carry)
        finally:
            await self.carry()

    async def carry(self) -> bool:
        """Carry all there is; False when the archive, or the disk, refuses."""
        try:
            while await finish(self._carry()):
                pass
            if self._away_since_ms is not None:
                await self.on_back(_back_note(now_ms() - self._away_since_ms))
                self._away_since_ms = None
        except StoreError as error:
            self._away_since_ms = self._away_since_ms or now_ms()
            self.health.bad(error)
            return False
        self.health.good()
        return True

    async def caught_up(self) -> None:
        """Return once the archive has all that is sealed; StoreError when that takes too long.

        Ask before the archive is read, and after the heads were looked at: what is in neither
        of them is on its way.
        """
        if not self.health.is_good or not (self._spool_id or await self.carry()):
            raise StoreUnreachableError(self.health.failure)
        patient_until_s = time.monotonic() + self._patience_s
        while count := await self._count_waiting():
            if time.monotonic() > patient_until_s:
                raise StoreError(
                    text(
                        "The history is catching up with PostgreSQL: {value} chunks are on their "
                        "way. Try again in a minute.",
                        value=count,
                    )
                )
            await finish(self._carry())

    async def _count_waiting(self) -> int:
        async with self._spool.read() as session:
            return await count_waiting(session)

    async def _carry(self) -> bool:
        """Carry a bite; whether there is more."""
        async with self._carrying:
            if not self._spool_id:
                self._spool_id = await self._meet()
            elif not await _origin(self._spool):  # it was damaged, and is a new file since
                await self._spool.write(lambda session: write_origin(session, self._spool_id))
            return await self._carry_bite()

    async def _meet(self) -> str:
        """Make sure that the archive is ours, or continue a spool that was lost; the spool's id."""
        await create_history_tables(self._archive)
        ours, theirs = await _origin(self._spool), await _origin(self._archive)
        if theirs and not ours:
            await self._continue(theirs)
            return theirs
        if theirs and ours != theirs:
            raise StoreError(
                text(
                    "Samples of another appliance were stored under this site. Give this one "
                    "another "
                    "WEBMACS_SITE_ID; what it measures is kept here until then."
                )
            )
        spool_id = ours or str(uuid4())
        for database, known in ((self._spool, ours), (self._archive, theirs)):
            if not known:
                await database.write(lambda session: write_origin(session, spool_id))
        return spool_id

    async def _continue(self, spool_id: str) -> None:
        """Seal what the copy of the lost spool's journal holds, and go on from there."""
        lost = Recorder(self._archive)
        await replay(self._archive, lost)
        runs = [run for head in lost.heads.values() for run in head.runs]
        async with self._spool.read() as session:
            for run in runs:
                run.t0 = run.at_ms[0]
                while await has_chunk(session, run.key, run.t0):  # the same samples, perhaps
                    run.t0 -= 1
        sealed = await asyncio.to_thread(seal_runs, runs)
        async with self._archive.read() as session:
            kept = await newest_load(session)
        chunks, rollups = [c._asdict() for c, _ in sealed], [r._asdict() for _, r in sealed]
        load = Load(chunks, rollups)
        await self._spool.write(lambda session: adopt(session, load, kept=kept, spool_id=spool_id))
        log.info("This box continues the history of one that it replaces.")
        await self.on_continued()

    async def _carry_bite(self) -> bool:
        """Carry some chunks, with the last of them the journal; whether there is more."""
        async with self._archive.read() as session:
            known = await journal_keys(session)
        found = await self._spool.write(lambda session: snapshot(session, known=known, limit=BITE))
        self.waiting = found.waiting
        if not found.load.chunks and found.journal == known:
            return False
        taken = await self._archive.write(
            lambda session: store_snapshot(session, found, known=known, cleared=self._cleared)
        )
        carried = [row for row in found.load.chunks if key_of(row) not in taken]
        if carried:
            await self._spool.write(lambda session: forget_carried(session, carried))
            self._cleared.difference_update(map(key_of, carried))
        for row in found.load.chunks:
            if key_of(row) in taken:
                await self._clear(row)
        self.waiting -= len(carried)
        return self.waiting > 0

    async def _clear(self, row: Row) -> None:
        """Let a chunk fit between what the archive has of its time: late samples, a clock set back.

        Its samples go or move as they would have if the archive had been asked when they came.
        """
        chunk = Chunk(**row)
        key = (chunk.channel, chunk.t0)
        try:
            rows = await self._fitting(chunk)
        except ChunkError as error:
            log.error("%s It does not go to PostgreSQL.", error)  # noqa: TRY400 it says it all
            rows = None
        if rows is None:
            await self._spool.write(lambda session: drop_chunks(session, [key]))
            return
        await self._spool.write(lambda session: replace_chunk(session, key, *rows))
        self._cleared.add((chunk.channel, rows[0]["t0"]))

    async def _fitting(self, chunk: Chunk) -> tuple[Row, Row] | None:
        """The chunk and its rollup as they fit, under a free key; None when nothing is left."""
        key, to_ms = chunk.channel, chunk.t1 + SPARE_MS
        async with self._archive.read() as session:
            others = await read_chunks(
                session, key, from_ms=chunk.t0, to_ms=to_ms, limit=MOST_OTHERS
            )
        samples, anchor = await asyncio.to_thread(fit_between, chunk, others)
        if not len(samples.at_ms):
            return None
        t0 = int(samples.at_ms[0])
        while await self._is_taken(key, t0, own_t0=chunk.t0):
            t0 -= 1
        decimals = chunk.data[0]
        fitted = await asyncio.to_thread(
            seal_samples, samples, channel=key, t0=t0, decimals=decimals, anchor=anchor
        )
        return fitted[0]._asdict(), fitted[1]._asdict()

    async def _is_taken(self, channel: int, t0: int, *, own_t0: int) -> bool:
        async with self._archive.read() as session:
            if await has_chunk(session, channel, t0):
                return True
        async with self._spool.read() as session:
            return t0 != own_t0 and await has_chunk(session, channel, t0)


async def _origin(database: Database) -> str:
    async with database.read() as session:
        return await read_origin(session)


async def _nothing(*_: object) -> None:
    """Nobody wants to know."""


def _back_note(away_ms: int) -> str:
    minutes = max(1, round(away_ms / MINUTE_MS))
    return (
        f"PostgreSQL is reached again after about {minutes} min; what was measured meanwhile was "
        "kept here and has been carried there."
    )
