"""What pages and API say of a device: its row, its channels, and how it does now."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from aiohttp import web

from webmacs_edge.acquisition.proposals import readable_name
from webmacs_edge.model.devices import HARDWARE, ChannelDirection
from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import EventType
from webmacs_edge.store.channel_mappings import map_event
from webmacs_edge.store.plugin_instances import get_instance
from webmacs_edge.store.point_bindings import PointBinding, bind_point
from webmacs_edge.web.keys import DEVICES, HUB, STATION
from webmacs_edge.web.schemas.plugins import ChannelMappingOut, PluginInstanceOut

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.hardware.driver import Point
    from webmacs_edge.store.tables import Event, PluginInstance

_NO_UNIT = "–"
_MOST_REMEMBERED = 8192


def device_out(app: web.Application, instance: "PluginInstance") -> PluginInstanceOut:
    """A device with its channels and how it does now."""
    status, message = app[DEVICES].state(instance.public_id)
    return PluginInstanceOut(
        public_id=instance.public_id,
        plugin_id=instance.plugin_id,
        instance_name=instance.instance_name,
        demo_mode=instance.demo_mode,
        enabled=instance.enabled,
        status=status,
        config_json=instance.config_json,
        error_message=message,
        created_on=instance.created_on_ms,
        updated_on=instance.updated_on_ms,
        user_public_id=instance.user_public_id,
        channel_mappings=mappings_of(app, instance),
    )


def mappings_of(app: web.Application, instance: "PluginInstance") -> list[ChannelMappingOut]:
    """The channels of a device; of our own I/O: its points, as the channels say who reads them."""
    if instance.plugin_id not in HARDWARE:
        return [ChannelMappingOut.model_validate(row) for row in instance.channel_mappings]
    station = app[STATION]
    layout = station.layout
    points = {point.id: point for point in layout.points} if layout else {}
    bound = [
        _bound(instance, event, points.get(event.point_id))
        for event in station.events
        if event.point_id is not None
    ]
    return bound + [_unbound(instance, point) for point in station.unused_points()]


def last_data_ms(app: web.Application, mappings: Iterable[ChannelMappingOut]) -> int | None:
    """When the newest value of these channels was read."""
    hub, station = app[HUB], app[STATION]
    newest = 0
    for mapping in mappings:
        event = station.event_by_public_id(mapping.event_public_id or "")
        sample = hub.latest(event.id) if event is not None else None
        if sample is not None and sample.value is not None:
            newest = max(newest, sample.read_at_ms)
    return newest or None


async def choose_event(
    session: "AsyncSession", app: web.Application, place: tuple[str, str], *, event_id: str | None
) -> str:
    """Let a device's channel feed this event, or none; `place`: the device's public id, its own.

    Returns the name of the device's channel.
    """
    instance = await get_instance(session, place[0])
    if instance.plugin_id not in HARDWARE:
        return (await map_event(session, instance, place[1], event_public_id=event_id)).channel_name
    mapping = find_mapping(mappings_of(app, instance), place[1])
    if event_id is not None or mapping.event_public_id is not None:
        await bind_point(session, _binding(app, mapping, is_freed=event_id is None), event_id)
    return mapping.channel_name


def find_mapping(mappings: Iterable[ChannelMappingOut], public_id: str) -> ChannelMappingOut:
    """The one with this public id."""
    found = next((it for it in mappings if it.public_id == public_id), None)
    if found is None:
        raise NotFoundError(text("This device has no channel {public_id}.", public_id=public_id))
    return found


async def reload_devices(app: web.Application) -> None:
    """Somebody changed a device or its channels: go by what is stored now."""
    await app[DEVICES].reload()
    await app[STATION].reload()  # the stages follow


def _binding(app: web.Application, mapping: ChannelMappingOut, *, is_freed: bool) -> PointBinding:
    if is_freed:
        return PointBinding(mapping.channel_id, is_output=False, proposal={})
    proposal = app[STATION].proposal(mapping.channel_id)
    if proposal is None:
        if app[STATION].layout is None:
            raise ConflictError(
                text("The I/O of this appliance is not being read. Try again later.")
            )
        raise ConflictError(
            text(
                "{channel_id} is not in the PiCtory configuration any more. Bind its channel "
                "to another point.",
                channel_id=mapping.channel_id,
            )
        )
    columns: dict[str, Any] = asdict(proposal)
    return PointBinding(mapping.channel_id, proposal.type is not EventType.sensor, proposal=columns)


def _bound(instance: "PluginInstance", event: "Event", point: "Point | None") -> ChannelMappingOut:
    is_output = event.type is not EventType.sensor
    if point is not None:
        is_output = point.direction.value == ChannelDirection.output
    return ChannelMappingOut(
        public_id=_point_id(instance.public_id, event.point_id or ""),
        channel_id=event.point_id or "",
        channel_name=event.name,
        direction=ChannelDirection.output if is_output else ChannelDirection.input,
        unit=event.unit or _NO_UNIT,
        event_public_id=event.public_id,
        created_on=event.created_on_ms,
    )


def _unbound(instance: "PluginInstance", point: "Point") -> ChannelMappingOut:
    is_output = point.direction.value == ChannelDirection.output
    return ChannelMappingOut(
        public_id=_point_id(instance.public_id, point.id),
        channel_id=point.id,
        channel_name=readable_name(point),
        direction=ChannelDirection.output if is_output else ChannelDirection.input,
        unit=point.unit or _NO_UNIT,
        event_public_id=None,
        created_on=instance.created_on_ms,
    )


@lru_cache(_MOST_REMEMBERED)
def _point_id(device_public_id: str, point_id: str) -> str:
    """The public id of a point of ours: always the same, although it is stored nowhere."""
    return str(uuid5(UUID(device_public_id), point_id))
