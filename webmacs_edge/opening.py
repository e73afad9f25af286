"""Opens the databases: two files, or PostgreSQL with a spool of this box in front of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from webmacs_edge.backup.making import remove_leftovers
from webmacs_edge.config import RESOURCES, Settings
from webmacs_edge.history.courier import Courier
from webmacs_edge.history.history import History
from webmacs_edge.model.errors import StoreError, StoreUnreachableError
from webmacs_edge.model.times import from_ms, now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Health, Service
from webmacs_edge.store.config_keeper import ConfigKeeper, copies_of, heal_config
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.datadir import load_site_id
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.migrate import migrate
from webmacs_edge.store.swapping import NEW, put_in_place

log = logging.getLogger(__name__)

MIGRATIONS = RESOURCES / "migrations"
HISTORY_PAGE_SIZE = 1024  # measured: 5 % smaller file than 2048, 15 % than 4096
LONGEST_INTERVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class Stores:
    """The nouns, the history, and what keeps them together with a server that may be away."""

    database: Database
    history: History
    sealed: Database  # where the chunks of the history are, in the end
    recorded: Database  # the file of this box that samples are recorded into
    arrival: "Arrival | None" = None
    courier: Courier | None = None
    copies: ConfigKeeper | None = None
    _steps_back: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    @property
    def is_remote(self) -> bool:
        """Whether the nouns are on a server that may be away."""
        return self.arrival is not None

    async def when_there(self, step: Callable[[], Awaitable[object]]) -> None:
        """Take this step as soon as the database is there."""
        if self.arrival is None:
            await step()
        else:
            await self.arrival.then(step)

    async def always(self, step: Callable[[], Awaitable[object]]) -> None:
        """Take this step as soon as the database is there, and each time it was away."""
        await self.when_there(step)
        self._steps_back.append(step)

    async def when_back(self, step: Callable[[], Awaitable[object]]) -> None:
        """Take this step each time the server was away, also when it is away now."""
        if self.arrival is not None and not self.arrival.is_there:
            await self.arrival.then(step)
        self._steps_back.append(step)

    def follow(self) -> None:
        """From now on take those steps, and leave a note for the operator."""
        if self.courier is not None:
            self.courier.on_back = self._back

    async def _back(self, note: str) -> None:
        await _tell(self.database, note, LoggingType.warning)
        for step in self._steps_back:
            await step()

    @property
    def services(self) -> tuple[Service, ...]:
        """What has to run."""
        every = (self.courier, self.arrival, self.copies)
        return tuple(service for service in every if service is not None)


def database_urls(settings: Settings) -> tuple[str, str]:
    """The URLs of the nouns and of the history."""
    if settings.database_url:
        site = settings.site_id or load_site_id(settings.data_dir)
        joint = "&" if "?" in settings.database_url else "?"
        url = f"{settings.database_url}{joint}search_path=site_{site}"
        return url, url
    return (
        sqlite_url(settings.data_dir / "config.db"),
        sqlite_url(settings.data_dir / "history.db"),
    )


async def bring_up_to_date(settings: Settings) -> tuple[str, str]:
    """Bring the nouns' tables to the newest revision; returns the one before and the one after."""
    stamp = from_ms(now_ms()).strftime("%Y%m%dT%H%M%SZ")
    backups = copies_of(settings.data_dir)
    before, after = await migrate(database_urls(settings)[0], MIGRATIONS, backups, stamp=stamp)
    if before != after:
        log.info("The database was brought from revision %s to %s.", before or "nothing", after)
    return before, after


async def open_stores(settings: Settings, stack: AsyncExitStack) -> Stores:
    """Both databases, upgraded; closed again in the reverse order."""
    if settings.database_url:
        return await _open_remote(settings, stack)
    file = settings.data_dir / "config.db"
    healed = await heal_config(file, settings.data_dir)
    await bring_up_to_date(settings)
    config_url, history_url = database_urls(settings)
    database = _opened(stack, Database(config_url))
    if healed:
        await _tell(database, healed, LoggingType.error)
    samples = _opened(stack, Database(history_url, page_size=HISTORY_PAGE_SIZE, for_samples=True))
    history = History(samples, flush_interval_s=settings.flush_seconds)
    await history.open()
    copies = ConfigKeeper(file, settings.data_dir)
    return Stores(database, history, sealed=samples, recorded=samples, copies=copies)


async def restore_what_waits(data_dir: Path) -> str:
    """Put a backup in place that was made ready; what to tell the operator, or "".

    StoreError when it cannot be done: nothing is opened half old and half new.
    """
    try:
        note = await asyncio.to_thread(put_in_place, data_dir)
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(
            f"The backup that waits in {data_dir / NEW} could not be put in place: {error}. "
            "What is the matter with the disk?"
        ) from error
    await asyncio.to_thread(remove_leftovers, data_dir)
    if note:
        log.warning(note)
    return note


async def _tell(database: Database, note: str, kind: LoggingType) -> None:
    at_ms = now_ms()
    await database.write(
        lambda session: add_log_entry(session, note, at_ms=at_ms, logging_type=kind)
    )


async def _open_remote(settings: Settings, stack: AsyncExitStack) -> Stores:
    url, _ = database_urls(settings)
    interval_s = min(LONGEST_INTERVAL_S, settings.flush_seconds)
    arrival = Arrival(lambda: bring_up_to_date(settings), interval_s=interval_s)
    database = _opened(stack, Database(url, gate=arrival.wait_for))
    archive = _opened(stack, Database(url, gate=arrival.wait_for, exclusive=True))
    spool = _opened(
        stack,
        Database(
            sqlite_url(settings.data_dir / "spool.db"),
            page_size=HISTORY_PAGE_SIZE,
            for_samples=True,
            max_bytes=settings.spool_mb * 2**20,
        ),
    )
    courier = Courier(spool, archive, interval_s=interval_s)
    sealed = _opened(stack, Database(url, gate=courier.caught_up))
    history = History(sealed, spool=spool, flush_interval_s=settings.flush_seconds)
    courier.on_continued = history.replay
    await history.open()
    await arrival.try_now()
    await courier.carry()
    stores = Stores(
        database, history, sealed=sealed, recorded=spool, arrival=arrival, courier=courier
    )
    stores.follow()
    return stores


def _opened(stack: AsyncExitStack, database: Database) -> Database:
    stack.push_async_callback(database.close)
    return database


class Arrival:
    """Waits for a database server that was away at the start, and brings its tables up to date."""

    name = "database"

    def __init__(self, bring_up: Callable[[], Awaitable[object]], *, interval_s: float) -> None:
        self.health = Health(self.name)
        self.is_there = False
        self._bring_up = bring_up
        self._interval_s = interval_s
        self._steps: list[Callable[[], Awaitable[object]]] = []

    async def wait_for(self) -> None:
        """Let everybody through once it is there; StoreUnreachableError until then."""
        if not self.is_there:
            raise StoreUnreachableError(self.health.failure or "The database is being opened.")

    async def then(self, step: Callable[[], Awaitable[object]]) -> None:
        """Take this step once it is there: now, or when it comes."""
        self._steps.append(step)
        if self.is_there:
            await self.try_now()

    async def run(self) -> None:
        """Try every few seconds, until all steps are taken."""
        while True:
            if not self.is_there or self._steps:
                await self.try_now()
            await asyncio.sleep(self._interval_s)

    async def try_now(self) -> None:
        """Ask once whether it is there."""
        try:
            if not self.is_there:
                await self._bring_up()
                self.is_there = True
            while self._steps:
                await self._steps[0]()
                del self._steps[0]
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()
