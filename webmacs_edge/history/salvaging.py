"""Brings what a damaged history file still holds into the new one, while recording goes on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from webmacs_edge.history.chunks import ChunkError, Samples, decode_chunk, pick
from webmacs_edge.history.clearing import taken_stamps
from webmacs_edge.history.envelope import decode_envelope, encode_envelope
from webmacs_edge.history.journal import LATE, Group, decode_groups
from webmacs_edge.history.late import split_by_hour
from webmacs_edge.history.recorder import Recorder
from webmacs_edge.history.recovery import Recovery
from webmacs_edge.history.sealing import rollup_of, seal_samples
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Health
from webmacs_edge.store.database import Database
from webmacs_edge.store.datapoints import add_sealed
from webmacs_edge.store.files import note_salvaged, waiting_files
from webmacs_edge.store.history_rows import LONGEST_CHUNK_MS, Chunk, JournalRow, Rollup
from webmacs_edge.store.salvage import salvage_rows

log = logging.getLogger(__name__)

BITE = 50  # chunks in one transaction
AGAIN_S = 60.0  # when the disk refuses
Sealed = tuple[Chunk | None, Rollup]
WriteNote = Callable[[str, LoggingType], Awaitable[object]]


@dataclass(slots=True)
class Salvaged:
    """What came out of a damaged file."""

    chunks: int = 0
    samples: int = 0
    beyond_repair: int = 0  # rows whose checksum is wrong
    is_complete: bool = False


class Salvager:
    """Works through the files that were set aside, one after the other."""

    name = "salvage"

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        recovery: Recovery,
        *,
        write_note: WriteNote,
    ) -> None:
        self.health = Health(self.name)
        self.current = Salvaged(is_complete=True)
        self._database = database
        self._recorder = recorder
        self._has_new = recovery.has_new
        self._write_note = write_note

    async def run(self) -> None:
        """Salvage what waits, then wait for more, until cancelled."""
        while True:
            self._has_new.clear()
            try:
                await self.run_once()
            except (StoreError, OSError) as error:
                self.health.bad(error)
                await asyncio.sleep(AGAIN_S)
            else:
                self.health.good()
                await self._has_new.wait()

    async def run_once(self) -> None:
        """Salvage every file that waits; what was begun before a restart is begun again."""
        file = self._database.file
        if file is None:
            return
        for aside in await asyncio.to_thread(waiting_files, file):
            await self._write_note(
                text(
                    "The history file was damaged and is kept as {aside}. Recording goes on in a "
                    "new file; what can still be read is being brought over.",
                    aside=aside.name,
                ),
                LoggingType.error,
            )
            done = await self.salvage(aside)
            await asyncio.to_thread(note_salvaged, aside)
            await self._write_note(
                text(
                    "{samples:,} samples were salvaged from {aside}; {lost} of its parts were "
                    "beyond repair. You may delete that file.",
                    samples=done.samples,
                    aside=aside.name,
                    lost=done.beyond_repair,
                ),
                LoggingType.warning,
            )

    async def salvage(self, aside: Path) -> Salvaged:
        """Bring over one file; nothing is doubled when this is done twice."""
        self.current = done = Salvaged()
        journal: list[JournalRow] = []
        rows = salvage_rows(aside)
        while bite := await asyncio.to_thread(_next_bite, rows, done, journal):
            await self._store(bite, done)
        for group in await asyncio.to_thread(_groups, journal, done):
            await self._store_group(group, done)
        done.is_complete = True
        log.info("Salvaged %s samples from %s.", done.samples, aside)
        return done

    async def _store(self, bite: list[Sealed], done: Salvaged) -> None:
        chunks = [chunk for chunk, _ in bite if chunk is not None]
        rollups = [rollup for _, rollup in bite]
        await self._database.write(
            lambda session: add_sealed(session, chunks=chunks, rollups=rollups)
        )
        done.chunks += len(chunks)
        done.samples += sum(chunk.n for chunk in chunks)
        for chunk in chunks:
            self._recorder.head(chunk.channel).note_stored(chunk.t0, chunk.t1)

    async def _store_group(self, group: Group, done: Salvaged) -> None:
        """Store what was in the journal alone; the rest is in chunks or in RAM."""
        head = self._recorder.head(group.stream & ~LATE)
        for part in split_by_hour(group.samples):
            first_ms, last_ms = int(part.at_ms[0]), int(part.at_ms[-1])
            taken = await taken_stamps(
                self._database, head.key, head.runs, from_ms=first_ms, to_ms=last_ms + 1
            )
            rest = pick(part, ~np.isin(part.at_ms, taken))
            if len(rest.at_ms):
                sealed = await asyncio.to_thread(_seal, group, rest, channel=head.key)
                await self._store([sealed], done)


def _next_bite(
    rows: Iterator[Chunk | Rollup | JournalRow], done: Salvaged, journal: list[JournalRow]
) -> list[Sealed]:
    """The next rows to store; those of the journal are put aside."""
    bite: list[Sealed] = []
    for row in islice(rows, 100 * BITE):
        if isinstance(row, JournalRow):
            journal.append(row)
            continue
        sealed = _checked_chunk(row) if isinstance(row, Chunk) else _checked_rollup(row)
        if sealed is None:
            done.beyond_repair += 1
        else:
            bite.append(sealed)
        if len(bite) == BITE:
            break
    return bite


def _checked_chunk(chunk: Chunk) -> Sealed | None:
    """The chunk with a rollup made anew; None when it is damaged."""
    try:
        samples, _ = decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)
    except ChunkError:
        return None
    chunk = chunk._replace(t1=int(samples.at_ms[-1]))
    tag = chunk.data[0]
    env = encode_envelope(samples, channel=chunk.channel, t0=chunk.t0, decimals=tag)
    return chunk, rollup_of(samples, channel=chunk.channel, t0=chunk.t0)._replace(env=env)


def _checked_rollup(rollup: Rollup) -> Sealed | None:
    """A rollup whose chunk may be gone; None when it cannot be right."""
    if not 0 <= rollup.t1 - rollup.t0 <= LONGEST_CHUNK_MS or rollup.n < 0 or rollup.channel < 0:
        return None
    numbers = (rollup.vmin, rollup.vmax, rollup.vsum, rollup.vlast)
    if not np.isfinite(numbers).all() or rollup.vmin > rollup.vmax:
        return None
    if rollup.env is not None:
        try:
            decode_envelope(rollup.env, channel=rollup.channel, t0=rollup.t0)
        except ChunkError:
            rollup = rollup._replace(env=None)
    return None, rollup


def _groups(journal: Iterable[JournalRow], done: Salvaged) -> list[Group]:
    """The samples of the journal, those of each stream, resolution and anchor joined."""
    found: dict[tuple[int, int, tuple[int, ...]], list[Group]] = {}
    for row in sorted(journal):
        try:
            groups = decode_groups(row.data)
        except ChunkError:
            done.beyond_repair += 1
            continue
        for group in groups:
            found.setdefault((group.stream, group.decimals, group.anchor), []).append(group)
    return [_joined(groups) for groups in found.values()]


def _joined(groups: list[Group]) -> Group:
    columns = zip(*(group.samples for group in groups), strict=True)
    samples = Samples(*(np.concatenate(column) for column in columns))
    order = np.unique(samples.at_ms, return_index=True)[1]
    return groups[0]._replace(samples=pick(samples, order))


def _seal(group: Group, samples: Samples, *, channel: int) -> tuple[Chunk, Rollup]:
    return seal_samples(
        samples,
        channel=channel,
        t0=int(samples.at_ms[0]),
        decimals=group.decimals,
        anchor=group.anchor,
    )
