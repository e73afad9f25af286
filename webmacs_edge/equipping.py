"""Joins the devices to the store, the history and the watchers; makes those we run ourselves."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.acquisition.box import BoxWatch
from webmacs_edge.acquisition.devices import Devices, Hooks
from webmacs_edge.acquisition.station import Station
from webmacs_edge.hardware.system import Box
from webmacs_edge.model.devices import BOX
from webmacs_edge.model.errors import StoreUnreachableError
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.plugin_instances import all_instances, ensure_own_instances
from webmacs_edge.web import keys

if TYPE_CHECKING:
    from webmacs_edge.store.tables import PluginInstance


def make_devices(
    app: web.Application, station: Station, spread: Callable[[Scan], None]
) -> tuple[Devices, BoxWatch]:
    """The registry of devices, empty until `reload`, and what watches this box."""
    hub = app[keys.HUB]

    async def list_instances() -> Sequence["PluginInstance"]:
        try:
            async with app[keys.DATABASE].read() as session:
                return await all_instances(session)
        except StoreUnreachableError:
            return ()  # until it is back: channels without a point take values from anybody

    def show_silence(event_keys: Collection[int], reason: str) -> None:
        hub.mark_stale(event_keys, reason, at_ms=now_ms())

    devices = Devices(
        station,
        Hooks(
            list_instances=list_instances,
            show_silence=show_silence,
            box_failure=lambda: watch.health.failure,
        ),
    )
    box = Box(app[keys.SETTINGS].data_dir)
    watch = BoxWatch(box.read, channels=devices.box_channels, hand_on=spread)
    return devices, watch


async def set_up_devices(app: web.Application) -> None:
    """Make the devices that we run ourselves, where they are missing, and take them up."""
    settings, station = app[keys.SETTINGS], app[keys.STATION]
    figures = await asyncio.to_thread(Box(settings.data_dir).read) if settings.watch_box else {}
    box = [
        template
        for template in BOX
        if template.id in figures
        and (figures[template.id] is not None or template.id == "cpu_percent")  # asked twice
    ]
    at_ms, is_simulated = now_ms(), station.is_simulated
    await app[keys.DATABASE].write(
        lambda session: ensure_own_instances(
            session, is_simulated=is_simulated, box=box, at_ms=at_ms
        )
    )
    await take_up_devices(app)


async def take_up_devices(app: web.Application) -> None:
    """Read the devices again, then the channels: the stages follow those."""
    await app[keys.DEVICES].reload()
    await app[keys.STATION].reload()
