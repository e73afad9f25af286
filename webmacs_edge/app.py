"""Composition root: builds the stages, joins them, starts sinks first and the source last."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.acquisition.diary import Diary
from webmacs_edge.acquisition.proposals import Proposal
from webmacs_edge.acquisition.scanner import Scanner
from webmacs_edge.acquisition.station import ChannelStore, Station
from webmacs_edge.config import RESOURCES, Settings
from webmacs_edge.hardware.driver import Driver
from webmacs_edge.history.history import History
from webmacs_edge.live.hub import Hub
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import from_ms, now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Service, every, running
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.datadir import hold_data_dir, load_secret_key
from webmacs_edge.store.events import all_events, create_first_events
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.migrate import migrate
from webmacs_edge.store.users import count_users
from webmacs_edge.systemd import notify, watchdog_interval_s
from webmacs_edge.web import keys
from webmacs_edge.web.auth import create_admin
from webmacs_edge.web.export_jobs import set_up_exports
from webmacs_edge.web.middleware import MIDDLEWARES, prepare_response
from webmacs_edge.web.render import set_up_templates
from webmacs_edge.web.routes import routes
from webmacs_edge.web.throttle import set_up_sign_in

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1024 * 1024
MIGRATIONS = RESOURCES / "migrations"
HISTORY_PAGE_SIZE = 2048  # measured: 22 % smaller file than 4096


def make_app(
    settings: Settings, driver: Driver, *, on_death: Callable[[str], None]
) -> web.Application:
    """The appliance on this device; `on_death(name)` is called when a service dies."""
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=MAX_BODY_BYTES)
    app[keys.SETTINGS] = settings
    app[keys.STARTED_AT] = time.monotonic()
    app[keys.HUB] = Hub()
    app.add_routes(routes())
    app.on_response_prepare.append(prepare_response)
    app.on_shutdown.append(_close_streams)
    set_up_templates(app)
    set_up_sign_in(app)
    set_up_exports(app)

    async def appliance(app: web.Application) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await _start(app, stack, driver, on_death=on_death)
            yield
            notify("STOPPING=1")

    app.cleanup_ctx.append(appliance)
    return app


async def _start(
    app: web.Application,
    stack: AsyncExitStack,
    driver: Driver,
    *,
    on_death: Callable[[str], None],
) -> None:
    settings = app[keys.SETTINGS]
    database, history = await _open_stores(app, stack)
    await _set_up_unattended(database, settings)
    hub = app[keys.HUB]

    def spread(scan: Scan) -> None:
        history.recorder.take(scan)
        hub.take(scan)

    scanner = Scanner(
        driver,
        scan_hz=settings.scan_hz,
        on_scan=spread,
        on_layout=lambda layout: station.layout_opened(layout),  # noqa: PLW0108 made below
    )
    station = Station(
        scanner, _channel_store(database), on_channels=lambda it: _tell_stages(it, history, hub)
    )
    app[keys.STATION] = station
    await station.reload()
    services: tuple[Service, ...] = (
        history.recorder,
        station,
        Diary(scanner, _note_writer(database)),
        Heartbeat(scanner),
    )
    for service in services:  # sinks first, the source last
        await stack.enter_async_context(running(service, on_death))
    await stack.enter_async_context(_scanning(scanner, on_death))


async def _open_stores(app: web.Application, stack: AsyncExitStack) -> tuple[Database, History]:
    """Both databases, upgraded; closed again in the reverse order."""
    settings = app[keys.SETTINGS]
    data_dir = stack.enter_context(hold_data_dir(settings.data_dir))
    app[keys.SECRET_KEY] = load_secret_key(data_dir)
    config_url, history_url = database_urls(settings)
    stamp = from_ms(now_ms()).strftime("%Y%m%dT%H%M%SZ")
    before, after = await migrate(config_url, MIGRATIONS, data_dir / "backups", stamp=stamp)
    if before != after:
        log.info("The database was brought from revision %s to %s.", before or "nothing", after)
    database = Database(config_url)
    stack.push_async_callback(database.close)
    samples = Database(history_url, page_size=HISTORY_PAGE_SIZE, foreign_keys=False)
    stack.push_async_callback(samples.close)
    history = History(samples, flush_interval_s=settings.flush_seconds)
    await history.open()
    app[keys.DATABASE], app[keys.HISTORY] = database, history
    return database, history


def database_urls(settings: Settings) -> tuple[str, str]:
    """The URLs of the nouns and of the history."""
    if settings.database_url:
        return settings.database_url, settings.database_url
    return (
        sqlite_url(settings.data_dir / "config.db"),
        sqlite_url(settings.data_dir / "history.db"),
    )


async def _set_up_unattended(database: Database, settings: Settings) -> None:
    if not settings.initial_admin_email:
        return
    async with database.read() as session:
        if await count_users(session):
            return
    await create_admin(
        database,
        email=settings.initial_admin_email,
        username="admin",
        password=settings.initial_admin_password,
        at_ms=now_ms(),
    )


def _channel_store(database: Database) -> ChannelStore:
    async def list_events() -> Sequence["Event"]:
        async with database.read() as session:
            return await all_events(session)

    async def add_proposals(proposals: Sequence[Proposal]) -> int:
        rows = [dataclasses.asdict(proposal) for proposal in proposals]
        at_ms = now_ms()

        return await database.write(lambda session: create_first_events(session, rows, at_ms=at_ms))

    return ChannelStore(list_events=list_events, add_proposals=add_proposals)


def _note_writer(database: Database) -> Callable[[str, LoggingType], Awaitable[object]]:
    async def write_note(content: str, logging_type: LoggingType) -> object:
        at_ms = now_ms()
        return await database.write(
            lambda session: add_log_entry(session, content, at_ms=at_ms, logging_type=logging_type)
        )

    return write_note


def _tell_stages(station: Station, history: History, hub: Hub) -> None:
    """The channels have changed: the stages that keep something by channel follow."""
    history.recorder.set_resolution({event.id: event.decimals for event in station.events})
    configured = {event.id for event in station.events}
    hub.forget({sample.key for sample in hub.all_latest()} - configured)


@asynccontextmanager
async def _scanning(scanner: Scanner, on_death: Callable[[str], None]) -> AsyncIterator[None]:
    scanner.start(on_death)
    try:
        yield
    finally:
        await asyncio.to_thread(scanner.stop)


async def _close_streams(app: web.Application) -> None:
    app[keys.HUB].close()


class Heartbeat:
    """Tells systemd that both the event loop and the acquisition thread are alive."""

    name = "heartbeat"

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._beats = -1

    async def run(self) -> None:
        """Beat at half the period that systemd allows; sleep when it does not watch."""
        interval_s = watchdog_interval_s()
        if interval_s is None:
            await asyncio.Event().wait()
        else:
            await every(interval_s, self._beat)

    async def _beat(self) -> None:
        beats = self._scanner.statistics.beats
        if beats != self._beats:
            notify("WATCHDOG=1")
        self._beats = beats
