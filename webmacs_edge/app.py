"""Composition root: builds the stages, joins them, starts sinks first and the source last."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack
from functools import partial

from aiohttp import web

from webmacs_edge.acquisition.box import BoxWatch
from webmacs_edge.acquisition.diary import Diary
from webmacs_edge.announcing import set_up_announcing
from webmacs_edge.audit_keeper import AuditKeeper
from webmacs_edge.backup.keeper import BackupKeeper
from webmacs_edge.backup.making import Source
from webmacs_edge.config import DEFAULT_CONFIG_FILE, RESOURCES, Settings
from webmacs_edge.controlling import make_control, make_journal
from webmacs_edge.equipping import make_devices, set_up_devices, take_up_devices
from webmacs_edge.feeding import make_intake, to_all
from webmacs_edge.firmware.files import UpdateFiles
from webmacs_edge.firmware.installer import Installer
from webmacs_edge.hardware.bus_figures import read_bus_figures
from webmacs_edge.hardware.driver import Driver
from webmacs_edge.heartbeat import Heartbeat
from webmacs_edge.history.reasons import Reasons
from webmacs_edge.history.upkeep import Upkeep, make_upkeep
from webmacs_edge.horning import set_up_horn
from webmacs_edge.live.hub import Hub
from webmacs_edge.mailing import set_up_mail
from webmacs_edge.model.actors import APPLIANCE
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.opening import Stores, open_stores, restore_what_waits
from webmacs_edge.record_keeper import RecordKeeper
from webmacs_edge.ruling import set_up_rules
from webmacs_edge.service import Service, running
from webmacs_edge.signalling import set_up_signals
from webmacs_edge.stationing import make_station, note_writer, scanning
from webmacs_edge.store.datadir import hold_data_dir, load_secret_key
from webmacs_edge.store.experiments import newest_experiments
from webmacs_edge.store.reasons import add_reasons
from webmacs_edge.store.remembered import Remembered
from webmacs_edge.store.users import count_users
from webmacs_edge.systemd import notify
from webmacs_edge.telling import set_up_telling
from webmacs_edge.timekeeping import Timekeeper
from webmacs_edge.web import keys
from webmacs_edge.web.auth import create_admin
from webmacs_edge.web.check_runs import CHECK_RUNS, CheckRuns
from webmacs_edge.web.claiming import CLAIMS, Claims
from webmacs_edge.web.datapoint_rows import NEWEST_EXPERIMENTS
from webmacs_edge.web.described import DESCRIPTION
from webmacs_edge.web.export_jobs import set_up_exports
from webmacs_edge.web.front import open_front, set_up_front
from webmacs_edge.web.limits import set_up_limits
from webmacs_edge.web.middleware import MIDDLEWARES, prepare_response
from webmacs_edge.web.presence import PRESENCE, Presence
from webmacs_edge.web.refusals import set_up_refusals, tell_untold
from webmacs_edge.web.render import COMPILER, set_up_templates
from webmacs_edge.web.restoring import UPLOADING
from webmacs_edge.web.routes import routes
from webmacs_edge.web.set_points import SET_POINTS, SetPoints
from webmacs_edge.web.socket_places import SOCKETS, Sockets
from webmacs_edge.web.streams.publisher import PUBLISHER, Publisher
from webmacs_edge.web.throttle import set_up_sign_in
from webmacs_edge.web.tokens import ENDED, KNOWN, RECENT, UNWRITTEN
from webmacs_edge.web.update_keeper import set_up_updates
from webmacs_edge.web.update_token import TOKEN, set_up_releases
from webmacs_edge.web.writing import write_as

MAX_BODY_BYTES = 1024 * 1024


def make_app(
    settings: Settings, driver: Driver, *, on_death: Callable[[str], None]
) -> web.Application:
    """The appliance on this device; `on_death(name)` is called when a service dies."""
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=MAX_BODY_BYTES)
    app[keys.SETTINGS] = settings
    app[keys.STARTED_AT] = time.monotonic()
    app[keys.MOVED_PORTS] = {}
    app[keys.HUB] = Hub()
    app[keys.BUS_FIGURES] = read_bus_figures
    app[PUBLISHER], app[SOCKETS], app[CHECK_RUNS] = Publisher(app), Sockets(), CheckRuns()
    app[RECENT], app[KNOWN], app[UNWRITTEN], app[ENDED] = {}, {}, set(), set()
    app[CLAIMS], app[UPLOADING] = Claims(), asyncio.Lock()
    app.add_routes(routes())
    app.on_response_prepare.append(prepare_response)
    app.on_shutdown.append(_close_streams)
    set_up_templates(app)
    set_up_sign_in(app)
    set_up_refusals(app)
    set_up_limits(app)
    app[DESCRIPTION] = {}
    set_up_releases(app)
    app[keys.UPDATE_FILES] = UpdateFiles(settings.data_dir / "updates", suffix=".tar")
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
    stores = await _open_stores(app, stack)
    history = stores.history
    await stores.when_there(lambda: _take_up(app))
    hub, control = app[keys.HUB], make_control(app)
    app[keys.CONTROL] = control
    tellers, rules = (*set_up_telling(app), set_up_mail(app)), set_up_rules(app)
    await stores.always(control.reload)

    reasons = app[keys.REASONS]
    spread = to_all(history.recorder.take, hub.take, rules.take, reasons.take)
    station = make_station(app, stores, driver, control=control, on_scan=spread)
    app[keys.STATION] = station
    outside, signals = station.scanner.conditioner.outside, await set_up_signals(app, stores)
    devices, box_watch = make_devices(app, station, outside.also(spread))
    app[keys.DEVICES] = devices
    app[keys.INTAKE] = make_intake(
        station,
        history,
        hub,
        accepts=devices.accepts,
        note_data=devices.note_data,
        look=to_all(control.outputs.inputs.note, rules.take_arrivals, outside.note),
    )
    await station.reload()
    await stores.when_there(lambda: set_up_devices(app))
    await stores.when_back(lambda: take_up_devices(app))
    await stores.always(rules.reload)
    upkeep = app[keys.UPKEEP] = _make_upkeep(app, stores)
    await stores.when_there(upkeep.apply_settings)
    note = note_writer(stores.database)
    backups = _make_backups(app, stores)
    front = await open_front(app, lambda it: note(it, LoggingType.info))
    first = (*front, *stores.services, *signals, *backups)
    services = _services(app, first=first, tellers=tellers, watch=box_watch)
    for service in services:  # sinks first, the source last
        await stack.enter_async_context(running(service, on_death))
    await stack.enter_async_context(scanning(station.scanner, on_death))


def _services(
    app: web.Application,
    *,
    first: Iterable[Service],
    tellers: Iterable[Service],
    watch: BoxWatch,
) -> tuple[Service, ...]:
    """All that runs beside the scanner: sinks first."""
    rules, control = app[keys.RULES], app[keys.CONTROL]
    scanner = app[keys.STATION].scanner
    return (
        *first,
        *([app[COMPILER]] if COMPILER in app else ()),
        _make_audit_keeper(app),
        app[keys.HISTORY].recorder,
        *app[keys.UPKEEP].services,
        *tellers,
        *set_up_announcing(app),
        *set_up_updates(app, Installer(app[keys.UPDATE_FILES].folder, resources=RESOURCES)),
        rules.scribe,
        rules.doer,
        rules,
        set_up_horn(app),
        RecordKeeper(app),
        app[keys.REASONS],
        app[PRESENCE],
        app[SET_POINTS],
        app[keys.INTAKE],
        app[PUBLISHER],
        watch,
        app[keys.STATION],
        Diary(scanner, note_writer(app[keys.DATABASE])),
        Timekeeper(app),
        make_journal(app, control),
        control.writers,
        control,
        Heartbeat(scanner),
    )


def _make_upkeep(app: web.Application, stores: Stores) -> Upkeep:
    settings = app[keys.SETTINGS]
    return make_upkeep(
        stores.history,
        stores.database,
        sealed=stores.sealed,
        recorded=stores.recorded,
        data_dir=settings.data_dir,
        default_flush_s=settings.flush_seconds,
        write_note=note_writer(stores.database),
    )


def _make_backups(app: web.Application, stores: Stores) -> tuple[Service, ...]:
    """None where a server keeps the data: its own tools do it."""
    settings = app[keys.SETTINGS]
    if stores.is_remote:
        return ()
    source = Source(
        data_dir=settings.data_dir, site_name=settings.site_name, settings_file=DEFAULT_CONFIG_FILE
    )
    keeper = BackupKeeper(
        settings, source, stores.database,
        note=note_writer(stores.database), box_key=app[keys.SECRET_KEY],
    )  # fmt: skip
    app[keys.BACKUPS] = keeper
    return (keeper,)


def _make_reasons(app: web.Application) -> Reasons:
    database = app[keys.DATABASE]
    return Reasons(lambda marks: database.write(lambda session: add_reasons(session, marks)))


def _make_audit_keeper(app: web.Application) -> AuditKeeper:
    return AuditKeeper(
        app[keys.DATABASE],
        box_key=app[keys.SECRET_KEY],
        data_dir=app[keys.SETTINGS].data_dir,
        on_beat=partial(tell_untold, app),
    )


async def _open_stores(app: web.Application, stack: AsyncExitStack) -> Stores:
    settings = app[keys.SETTINGS]
    data_dir = stack.enter_context(hold_data_dir(settings.data_dir))
    restored = "" if settings.database_url else await restore_what_waits(data_dir)
    app[keys.SECRET_KEY] = load_secret_key(data_dir)
    stores = await open_stores(settings, stack)
    app[keys.DATABASE], app[keys.HISTORY] = stores.database, stores.history
    if restored:
        await note_writer(stores.database)(restored, LoggingType.warning)
    app[PRESENCE], app[SET_POINTS] = Presence(stores.database), SetPoints(app)
    app[keys.REASONS] = _make_reasons(app)
    app[NEWEST_EXPERIMENTS] = Remembered(stores.database, newest_experiments)
    if stores.courier is not None:
        app[keys.COURIER] = stores.courier
    return stores


async def _take_up(app: web.Application) -> None:
    await app[TOKEN].load()
    await _set_up_unattended(app)


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


async def _close_streams(app: web.Application) -> None:
    if keys.CONTROL in app:
        app[keys.CONTROL].stop()  # outputs first: what follows may take its time
    app[keys.HUB].close()
    app[SOCKETS].close()
