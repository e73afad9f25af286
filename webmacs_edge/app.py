"""Composition root: builds the stages, joins them, starts sinks first and the source last."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.acquisition.diary import Diary
from webmacs_edge.acquisition.proposals import Proposal
from webmacs_edge.acquisition.scanner import Scanner
from webmacs_edge.acquisition.station import ChannelStore, Station
from webmacs_edge.acquisition.writer import Outputs
from webmacs_edge.audit_keeper import AuditKeeper
from webmacs_edge.config import Settings
from webmacs_edge.control.control import Control
from webmacs_edge.controlling import create_first, make_control, make_journal
from webmacs_edge.equipping import make_devices, set_up_devices, take_up_devices
from webmacs_edge.feeding import make_intake, to_all
from webmacs_edge.firmware.files import UpdateFiles
from webmacs_edge.firmware.github import Releases
from webmacs_edge.hardware.driver import Driver
from webmacs_edge.history.history import History
from webmacs_edge.history.upkeep import make_upkeep
from webmacs_edge.live.hub import Hub
from webmacs_edge.model.actors import APPLIANCE
from webmacs_edge.model.errors import StoreUnreachableError
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.opening import Stores, open_stores
from webmacs_edge.ruling import set_up_rules
from webmacs_edge.service import Service, every, running
from webmacs_edge.store.database import Database
from webmacs_edge.store.datadir import hold_data_dir, load_secret_key
from webmacs_edge.store.events import all_events
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.remembered_events import remember_events, remembered_events
from webmacs_edge.store.users import count_users
from webmacs_edge.systemd import notify, watchdog_interval_s
from webmacs_edge.telling import set_up_telling
from webmacs_edge.web import keys
from webmacs_edge.web.auth import create_admin
from webmacs_edge.web.described import DESCRIPTION
from webmacs_edge.web.export_jobs import set_up_exports
from webmacs_edge.web.front import open_front, set_up_front
from webmacs_edge.web.limits import set_up_limits
from webmacs_edge.web.middleware import MIDDLEWARES, prepare_response
from webmacs_edge.web.presence import PRESENCE, Presence
from webmacs_edge.web.refusals import set_up_refusals, tell_untold
from webmacs_edge.web.render import set_up_templates
from webmacs_edge.web.routes import routes
from webmacs_edge.web.socket_places import SOCKETS, Sockets
from webmacs_edge.web.streams.publisher import PUBLISHER, Publisher
from webmacs_edge.web.throttle import set_up_sign_in
from webmacs_edge.web.tokens import RECENT, UNWRITTEN
from webmacs_edge.web.writing import write_as

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1024 * 1024


def make_app(
    settings: Settings, driver: Driver, *, on_death: Callable[[str], None]
) -> web.Application:
    """The appliance on this device; `on_death(name)` is called when a service dies."""
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=MAX_BODY_BYTES)
    app[keys.SETTINGS] = settings
    app[keys.STARTED_AT] = time.monotonic()
    app[keys.HUB] = Hub()
    app[PUBLISHER], app[SOCKETS] = Publisher(app), Sockets()
    app[RECENT], app[UNWRITTEN] = {}, set()
    app.add_routes(routes())
    app.on_response_prepare.append(prepare_response)
    app.on_shutdown.append(_close_streams)
    set_up_templates(app)
    set_up_sign_in(app)
    set_up_refusals(app)
    set_up_limits(app)
    app[DESCRIPTION] = {}
    app[keys.RELEASES] = Releases(settings.update_api_url, settings.update_repository)
    app[keys.UPDATE_FILES] = UpdateFiles(settings.data_dir / "updates")
    app[keys.DRIVER_FILES] = UpdateFiles(settings.data_dir / "drivers", suffix=".whl")
    set_up_exports(app)
    set_up_front(app)

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
    stores = await _open_stores(app, stack)
    database, history = stores.database, stores.history
    await stores.when_there(lambda: _set_up_unattended(app))
    hub, control = app[keys.HUB], make_control(app)
    app[keys.CONTROL] = control
    tellers, rules = set_up_telling(app), set_up_rules(app)
    await stores.always(control.reload)

    def spread(scan: Scan) -> None:
        history.recorder.take(scan)
        hub.take(scan)
        rules.take(scan)

    station = app[keys.STATION] = _make_station(
        driver,
        settings,
        _channel_store(app, stores, control, is_demo=driver.info().simulated),
        on_scan=spread,
        on_channels=lambda it: _tell_stages(app, it, history),
        outputs=control.outputs,
    )
    devices, box_watch = make_devices(app, station, spread)
    app[keys.DEVICES] = devices
    app[keys.INTAKE] = make_intake(
        station,
        history,
        hub,
        accepts=devices.accepts,
        note_data=devices.note_data,
        look=to_all(control.outputs.inputs.note, rules.take_arrivals),
    )
    scanner = station.scanner
    await station.reload()
    await stores.when_there(lambda: set_up_devices(app))
    await stores.when_back(lambda: take_up_devices(app))
    await stores.always(rules.reload)
    note = _note_writer(database)
    upkeep = make_upkeep(
        history, database, sealed=stores.sealed, recorded=stores.recorded,
        data_dir=settings.data_dir, default_flush_s=settings.flush_seconds,
        write_note=_note_writer(database),
    )  # fmt: skip
    app[keys.UPKEEP] = upkeep
    await stores.when_there(upkeep.apply_settings)
    front = await open_front(app, lambda it: note(it, LoggingType.info))
    services: tuple[Service, ...] = (
        *front,
        *stores.services,
        _make_audit_keeper(app),
        history.recorder,
        *upkeep.services,
        *tellers,
        rules.scribe,
        rules.doer,
        rules,
        app[PRESENCE],
        app[keys.INTAKE],
        app[PUBLISHER],
        box_watch,
        station,
        Diary(scanner, _note_writer(database)),
        make_journal(app, control),
        control.writers,
        control,
        Heartbeat(scanner),
    )
    for service in services:  # sinks first, the source last
        await stack.enter_async_context(running(service, on_death))
    await stack.enter_async_context(_scanning(scanner, on_death))


def _make_audit_keeper(app: web.Application) -> AuditKeeper:
    return AuditKeeper(
        app[keys.DATABASE],
        box_key=app[keys.SECRET_KEY],
        data_dir=app[keys.SETTINGS].data_dir,
        on_beat=partial(tell_untold, app),
    )


def _make_station(
    driver: Driver,
    settings: Settings,
    channels: ChannelStore,
    *,
    on_scan: Callable[[Scan], None],
    on_channels: Callable[[Station], None],
    outputs: Outputs,
) -> Station:
    scanner = Scanner(
        driver,
        outputs=outputs,
        scan_hz=settings.scan_hz,
        on_scan=on_scan,
        on_layout=lambda layout: station.layout_opened(layout),  # noqa: PLW0108 made below
    )
    station = Station(scanner, channels, on_channels)
    return station


async def _open_stores(app: web.Application, stack: AsyncExitStack) -> Stores:
    settings = app[keys.SETTINGS]
    data_dir = stack.enter_context(hold_data_dir(settings.data_dir))
    app[keys.SECRET_KEY] = load_secret_key(data_dir)
    stores = await open_stores(settings, stack)
    app[keys.DATABASE], app[keys.HISTORY] = stores.database, stores.history
    app[PRESENCE] = Presence(stores.database)
    if stores.courier is not None:
        app[keys.COURIER] = stores.courier
    return stores


async def _set_up_unattended(app: web.Application) -> None:
    database, settings = app[keys.DATABASE], app[keys.SETTINGS]
    if not settings.initial_admin_email:
        return
    async with database.read() as session:
        if await count_users(session):
            return
    await create_admin(
        lambda work: write_as(app, APPLIANCE, work),
        email=settings.initial_admin_email,
        username="admin",
        password=settings.initial_admin_password,
        at_ms=now_ms(),
    )


def _channel_store(
    app: web.Application, stores: Stores, control: Control, *, is_demo: bool
) -> ChannelStore:
    """What a database server says, and a file while it is away."""
    database, file = stores.database, app[keys.SETTINGS].data_dir / "channels.json"

    async def list_events() -> Sequence["Event"]:
        try:
            async with database.read() as session:
                events = await all_events(session)
        except StoreUnreachableError:
            return await asyncio.to_thread(remembered_events, file)
        if stores.is_remote:
            await asyncio.to_thread(remember_events, file, events)
        return events

    async def add_proposals(proposals: Sequence[Proposal]) -> int:
        rows = [dataclasses.asdict(proposal) for proposal in proposals]
        at_ms = now_ms()
        try:
            added = await write_as(
                app, APPLIANCE, lambda it: create_first(it, rows, at_ms=at_ms, is_demo=is_demo)
            )
        except StoreUnreachableError:
            if not await list_events():
                raise
            return 0
        if added and is_demo:
            await control.reload()
        return added

    return ChannelStore(list_events=list_events, add_proposals=add_proposals)


def _note_writer(database: Database) -> Callable[[str, LoggingType], Awaitable[object]]:
    async def write_note(content: str, logging_type: LoggingType) -> object:
        at_ms = now_ms()
        return await database.write(
            lambda session: add_log_entry(session, content, at_ms=at_ms, logging_type=logging_type)
        )

    return write_note


def _tell_stages(app: web.Application, station: Station, history: History) -> None:
    """The channels have changed: the stages that keep something by channel follow.

    Values from outside are kept as they come, those of ours at the resolution of their channel.
    """
    history.recorder.set_resolution(
        {event.id: event.decimals for event in station.events if app[keys.DEVICES].is_ours(event)}
    )
    hub, configured = app[keys.HUB], {event.id for event in station.events}
    gone = {sample.key for sample in hub.all_latest()} - configured
    hub.forget(gone)
    app[keys.INTAKE].forget(gone)
    app[keys.DEVICES].refresh()
    app[keys.INTAKE].refresh()
    app[keys.CONTROL].use_channels(station.events, station.layout)
    app[keys.RULES].refresh()


@asynccontextmanager
async def _scanning(scanner: Scanner, on_death: Callable[[str], None]) -> AsyncIterator[None]:
    scanner.start(on_death)
    try:
        yield
    finally:
        await asyncio.to_thread(scanner.stop)


async def _close_streams(app: web.Application) -> None:
    if keys.CONTROL in app:
        app[keys.CONTROL].stop()  # outputs first: what follows may take its time
    app[keys.HUB].close()
    app[SOCKETS].close()


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
