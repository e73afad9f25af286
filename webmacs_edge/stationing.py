"""Joins the scanner of this device to the channels in the store and to the stages they feed."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.acquisition.proposals import Proposal
from webmacs_edge.acquisition.scanner import Scanner
from webmacs_edge.acquisition.station import ChannelStore, Station
from webmacs_edge.control.control import Control
from webmacs_edge.controlling import create_first
from webmacs_edge.hardware.driver import Driver
from webmacs_edge.laying_out import changes_of, follow_up, take_up
from webmacs_edge.model.actors import APPLIANCE
from webmacs_edge.model.curves import Curve
from webmacs_edge.model.errors import StoreUnreachableError
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.opening import Stores
from webmacs_edge.store.calibrations import read_curves
from webmacs_edge.store.database import Database
from webmacs_edge.store.events import all_events
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.remembered_events import remember_events, remembered_events
from webmacs_edge.web import keys
from webmacs_edge.web.writing import write_as

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event


def make_station(
    app: web.Application,
    stores: Stores,
    driver: Driver,
    *,
    control: Control,
    on_scan: Callable[[Scan], None],
) -> Station:
    """The scanner of this device and the channels it feeds; nothing runs yet."""
    channels = _channel_store(app, stores, control, is_demo=driver.info().simulated)
    scanner = Scanner(
        driver,
        outputs=control.outputs,
        scan_hz=app[keys.SETTINGS].scan_hz,
        on_scan=on_scan,
        on_layout=lambda layout: station.layout_opened(layout),  # noqa: PLW0108 made below
    )
    station = Station(scanner, channels, lambda it: _tell_stages(app, it))
    return station


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

    return ChannelStore(
        list_events=list_events,
        add_proposals=add_proposals,
        read_curves=_curve_reader(app),
        take_up=lambda points: take_up(app, points),
        list_changes=lambda: changes_of(app),
        follow_up=lambda: follow_up(app),
    )


def _curve_reader(app: web.Application) -> Callable[[], Awaitable[Mapping[str, Curve]]]:
    """One that reads the calibrations; those known before while the database is away."""

    async def read_calibrations() -> Mapping[str, Curve]:
        try:
            async with app[keys.DATABASE].read() as session:
                return await read_curves(session)
        except StoreUnreachableError:
            return app[keys.STATION].curves if keys.STATION in app else {}

    return read_calibrations


def note_writer(database: Database) -> Callable[[str, LoggingType], Awaitable[object]]:
    """One that writes a line to the operator's log."""

    async def write_note(content: str, logging_type: LoggingType) -> object:
        at_ms = now_ms()
        return await database.write(
            lambda session: add_log_entry(session, content, at_ms=at_ms, logging_type=logging_type)
        )

    return write_note


def _tell_stages(app: web.Application, station: Station) -> None:
    """The channels have changed: the stages that keep something by channel follow.

    Values from outside are kept as they come, those of ours at the resolution of their channel.
    """
    app[keys.HISTORY].recorder.set_resolution(
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
async def scanning(scanner: Scanner, on_death: Callable[[str], None]) -> AsyncIterator[None]:
    """The acquisition thread, for as long as the block lasts."""
    scanner.start(on_death)
    try:
        yield
    finally:
        await asyncio.to_thread(scanner.stop)
