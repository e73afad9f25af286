"""Removes what is older than the site wants, or than the disk can hold: samples, then summaries."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from webmacs_edge.history.thinning import note_thinning
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.retention import Retention, Span, cutoff_ms, free_spans
from webmacs_edge.model.times import DAY_MS, HOUR_MS, MINUTE_MS, now_ms
from webmacs_edge.service import Health, every
from webmacs_edge.store.database import Database
from webmacs_edge.store.events import ever_events
from webmacs_edge.store.experiments import protected_spans
from webmacs_edge.store.site_settings import (
    SiteSettings,
    read_site_settings,
)
from webmacs_edge.store.upkeep import (
    FileUse,
    Oldest,
    Stored,
    chunks_within,
    delete_chunks,
    delete_rollups,
    measure_use,
    oldest_chunk_t0,
    oldest_stored,
    rollups_within,
    stored_channels,
)

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

log = logging.getLogger(__name__)

FIRST_S = 180.0  # after the start, when other things are done
BITE = 500  # rows in one transaction
PAUSE_S = 0.02  # between two bites: the recorder has its turn
LONGEST_MS = HOUR_MS + MINUTE_MS  # of a chunk


class Room(NamedTuple):
    """How much of a disk is free."""

    free_bytes: int
    total_bytes: int


@dataclass(slots=True)
class Removed:
    """What one run of retention removed."""

    samples: int = 0
    chunks: int = 0
    rollups: int = 0
    bytes: int = 0
    reasons: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What holds during one run."""

    at_ms: int
    site: SiteSettings
    retention: Retention
    protected: Sequence[Span]
    channels: Sequence[int]


class RetentionKeeper:
    """Looks once an hour."""

    name = "retention"

    def __init__(
        self,
        history: Database,
        config: Database,
        *,
        measure_room: Callable[[], Room] | None = None,
    ) -> None:
        self.health = Health(self.name)
        self.last_run_ms: int | None = None
        self.last_removed = Removed()
        self._history = history
        self._config = config
        self._measure_room = measure_room

    async def run(self) -> None:
        """Look soon after the start and then every hour, until cancelled."""
        await asyncio.sleep(FIRST_S)
        await self._look()
        await every(HOUR_MS / 1000, self._look)

    async def _look(self) -> None:
        try:
            await self.run_once(now_ms())
        except (StoreError, OSError) as error:
            self.health.bad(error)
        else:
            self.health.good()

    async def run_once(self, at_ms: int) -> Removed:
        """Remove what is due at this time, in bites; StoreError when the database refuses."""
        plan = await self._plan(at_ms)
        self.last_removed = removed = Removed()
        for days, keys in plan.retention.raw_groups(plan.channels).items():
            await self._remove_raw(plan, keys, before_ms=cutoff_ms(at_ms, days), removed=removed)
        for days, keys in plan.retention.rollup_groups(plan.channels).items():
            await self._remove_rollups(
                plan, keys, before_ms=cutoff_ms(at_ms, days), removed=removed
            )
        await self._shrink(plan, removed, why="budget")
        await self._shrink(plan, removed, why="space")
        self.last_run_ms = at_ms
        return removed

    async def _plan(self, at_ms: int) -> _Plan:
        async with self._config.read() as session:
            site = await read_site_settings(session)
            events = await ever_events(session)
            protected = await protected_spans(session)
        async with self._history.read() as session:
            channels = await stored_channels(session)
        retention = Retention(
            site.retention_days,
            site.rollup_days,
            {e.id: e.retention_days for e in events if e.retention_days is not None},
            {e.id: e.rollup_days for e in events if e.rollup_days is not None},
        )
        return _Plan(at_ms, site, retention, protected, channels)

    async def _remove_raw(
        self, plan: _Plan, keys: Sequence[int], *, before_ms: int, removed: Removed
    ) -> None:
        for start_ms, end_ms in free_spans(plan.protected, before_ms=before_ms):
            find = partial(chunks_within, channels=keys, from_ms=start_ms, to_ms=end_ms, limit=BITE)
            while await self._bite(plan, find, removed, why="age"):
                pass

    async def _remove_rollups(
        self, plan: _Plan, keys: Sequence[int], *, before_ms: int, removed: Removed
    ) -> None:
        for start_ms, end_ms in free_spans(plan.protected, before_ms=before_ms):
            find = partial(
                rollups_within, channels=keys, from_ms=start_ms, to_ms=end_ms, limit=BITE
            )
            while await self._bite(plan, find, removed, why="age", kind="rollup"):
                pass

    async def _shrink(self, plan: _Plan, removed: Removed, *, why: str) -> None:
        """Remove the oldest samples until there is room; never those of the newest day."""
        for start_ms, end_ms in free_spans(plan.protected, before_ms=plan.at_ms - DAY_MS):
            while await self._is_short(plan, why):
                async with self._history.read() as session:
                    oldest = await oldest_chunk_t0(
                        session, plan.channels, from_ms=start_ms, to_ms=end_ms
                    )
                if oldest is None:
                    break
                find = partial(
                    chunks_within, channels=plan.channels, from_ms=oldest,
                    to_ms=min(end_ms, oldest + HOUR_MS + LONGEST_MS), limit=BITE,
                )  # fmt: skip
                await self._bite(plan, find, removed, why=why)

    async def _is_short(self, plan: _Plan, why: str) -> bool:
        if why == "budget":
            budget = plan.site.history_budget_bytes
            return budget is not None and (await self.measure_use()).used_bytes > budget
        if self._measure_room is None:
            return False
        room = await asyncio.to_thread(self._measure_room)
        free_bytes = room.free_bytes + (await self.measure_use()).spare_bytes
        return free_bytes * 100 < room.total_bytes * plan.site.min_free_percent

    async def measure_use(self) -> FileUse:
        """How much of the history's database is in use."""
        async with self._history.read() as session:
            return await measure_use(session)

    async def find_oldest(self) -> Oldest:
        """Where the samples and the summaries begin."""
        async with self._history.read() as session:
            return await oldest_stored(session)

    async def _bite(
        self,
        plan: _Plan,
        find: "Callable[[AsyncSession], Awaitable[list[Stored]]]",
        removed: Removed,
        *,
        why: str,
        kind: str = "raw",
    ) -> bool:
        """Remove one bite and note it; whether there may be more."""
        async with self._history.read() as session:
            doomed = await find(session)
        if not doomed:
            return False
        remove = delete_chunks if kind == "raw" else delete_rollups
        await self._history.write(lambda session: remove(session, doomed))
        _count(removed, doomed, why=why, kind=kind)
        await self._config.write(
            lambda session: note_thinning(
                session, doomed, why=why, kind=kind, site=plan.site, at_ms=plan.at_ms
            )
        )
        await asyncio.sleep(PAUSE_S if len(doomed) == BITE else 0)
        return len(doomed) == BITE


def disk_room(path: Path) -> Room:
    """How much room the disk of a directory has."""
    found = os.statvfs(path)
    return Room(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


def _count(removed: Removed, doomed: Sequence[Stored], *, why: str, kind: str) -> None:
    removed.bytes += sum(row.bytes for row in doomed)
    removed.reasons.add(why)
    if kind == "raw":
        removed.chunks += len(doomed)
        removed.samples += sum(row.n for row in doomed)
    else:
        removed.rollups += len(doomed)
