"""What the checks of the system page need to know that takes a look elsewhere."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from webmacs_edge.history.clock import Clock, clock_state
from webmacs_edge.history.retention import Room, disk_room
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.wear import WearReport
from webmacs_edge.store.site_settings import SiteSettings, read_site_settings
from webmacs_edge.store.upkeep import FileUse, Oldest
from webmacs_edge.web.keys import BUS_FIGURES, DATABASE, SETTINGS, UPKEEP

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Facts:
    """None: it could not be found out."""

    at_ms: int
    failure: str  # of the database; "" while it answers
    answer_ms: float  # how long it took
    site: SiteSettings
    wear: WearReport | None
    use: FileUse | None  # on PostgreSQL it takes too long to ask
    oldest: Oldest | None
    room: Room | None
    clock: Clock
    memory_bytes: int | None
    bus: Mapping[str, int]  # what the driver of the module bus says


async def look(app: web.Application) -> Facts:
    """Never raises: whatever does not answer is a fact of its own."""
    at_ms, began_s, failure = now_ms(), time.monotonic(), ""
    site, wear = SiteSettings(), None
    try:
        async with app[DATABASE].read() as session:
            site = await read_site_settings(session)
        answer_ms = (time.monotonic() - began_s) * 1000
        wear = await app[UPKEEP].wear.report(at_ms)
    except StoreError as error:
        answer_ms, failure = (time.monotonic() - began_s) * 1000, str(error)
    use, oldest = await _stored(app)
    return Facts(
        at_ms=at_ms,
        failure=failure,
        answer_ms=answer_ms,
        site=site,
        wear=wear,
        use=use,
        oldest=oldest,
        room=await _room(app),
        clock=clock_state(),
        memory_bytes=memory_bytes(),
        bus=await asyncio.to_thread(app[BUS_FIGURES]),
    )


async def _stored(app: web.Application) -> tuple[FileUse | None, Oldest | None]:
    keeper = app[UPKEEP].retention
    try:
        use = await keeper.measure_use() if app[DATABASE].is_sqlite else None
        return use, await keeper.find_oldest()
    except StoreError:
        return None, None


async def _room(app: web.Application) -> Room | None:
    try:
        return await asyncio.to_thread(disk_room, app[SETTINGS].data_dir)
    except OSError:
        return None


def memory_bytes() -> int | None:
    """What of this process is in RAM."""
    try:
        lines = _STATUS.read_text().splitlines()
        words = next(line for line in lines if line.startswith("VmRSS:")).split()
        return int(words[1]) * 1024
    except (OSError, StopIteration, ValueError, IndexError):
        return None
