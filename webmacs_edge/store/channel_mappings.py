"""Queries on the `channel_mappings` table: which channel belongs to which I/O of a device.

Those of our own I/O modules are not stored: `events.point_id` says it all.
"""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.channels import BOX_GROUP
from webmacs_edge.model.devices import (
    EDGE_SYSTEM,
    HARDWARE,
    OWN,
    SEVERAL_WORDS,
    TYPE_OF,
    ChannelTemplate,
)
from webmacs_edge.model.errors import ConflictError, InvalidError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import EventType
from webmacs_edge.store.events import LAST_POSITION, create_event
from webmacs_edge.store.tables import ChannelMapping, Event, PluginInstance

MAX_CHANNELS = 1000  # of one device
_MAX_NAME = 255


async def add_template_channels(
    session: AsyncSession,
    instance: PluginInstance,
    templates: Sequence[ChannelTemplate],
    *,
    make_events: bool,
    at_ms: int,
) -> None:
    """Give a new device the channels of its kind, each with an event of its own if wanted."""
    for template in templates:
        event = None
        if make_events:
            event = await _event_for(session, instance, template, at_ms=at_ms)
        mapping = ChannelMapping(
            public_id=str(uuid4()),
            plugin_instance_id=instance.id,
            channel_id=template.id,
            channel_name=template.name,
            direction=template.direction.value,
            unit=template.unit,
            event_public_id=event.public_id if event else None,
            created_on_ms=at_ms,
        )
        session.add(mapping)
        instance.channel_mappings.append(mapping)
    await session.flush()


async def add_mapping(
    session: AsyncSession, instance: PluginInstance, *, at_ms: int, **values: Any
) -> ChannelMapping:
    """Give a device that is fed from outside another channel."""
    _check_changeable(instance)
    if len(instance.channel_mappings) >= MAX_CHANNELS:
        raise ConflictError(
            text(
                "This device has {max_channels} channels already. Remove some first.",
                max_channels=MAX_CHANNELS,
            )
        )
    if values["event_public_id"] is not None:
        await _free_event(session, values["event_public_id"], instance)
    mapping = ChannelMapping(
        public_id=str(uuid4()), plugin_instance_id=instance.id, created_on_ms=at_ms, **values
    )
    session.add(mapping)
    device, channel_id = instance.instance_name, mapping.channel_id
    try:
        await session.flush()
    except IntegrityError as error:
        raise ConflictError(
            text(
                "“{device}” has a channel {channel_id} already.",
                device=device,
                channel_id=channel_id,
            ),
            field="channel_id",
        ) from error
    return mapping


async def map_event(
    session: AsyncSession,
    instance: PluginInstance,
    public_id: str,
    *,
    event_public_id: str | None,
) -> ChannelMapping:
    """Let a channel of a device feed this event, or none."""
    mapping = get_mapping(instance, public_id)
    if event_public_id is not None and event_public_id != mapping.event_public_id:
        await _free_event(session, event_public_id, instance)
    mapping.event_public_id = event_public_id
    await session.flush()
    return mapping


async def remove_mapping(
    session: AsyncSession, instance: PluginInstance, public_id: str
) -> ChannelMapping:
    """Take a channel off a device; the event that it fed stays. Returns it as it was."""
    _check_changeable(instance)
    mapping = get_mapping(instance, public_id)
    await session.delete(mapping)
    await session.flush()
    return mapping


def get_mapping(instance: PluginInstance, public_id: str) -> ChannelMapping:
    """The channel of this device with this public id."""
    found = next((it for it in instance.channel_mappings if it.public_id == public_id), None)
    if found is None:
        raise NotFoundError(
            text(
                "“{instance_name}” has no channel {public_id}.",
                instance_name=instance.instance_name,
                public_id=public_id,
            )
        )
    return found


def _check_changeable(instance: PluginInstance) -> None:
    if instance.plugin_id in HARDWARE:
        raise ConflictError(
            text(
                "The I/O points of “{instance_name}” come from its configuration in "
                "PiCtory. Choose which channel reads a point instead.",
                instance_name=instance.instance_name,
            )
        )
    if instance.plugin_id in OWN:
        raise ConflictError(
            text(
                "The channels of “{instance_name}” are always the same.",
                instance_name=instance.instance_name,
            )
        )


async def _event_for(
    session: AsyncSession, instance: PluginInstance, template: ChannelTemplate, *, at_ms: int
) -> Event:
    """A fresh event; of a device from outside, the one of the same name if it is free."""
    is_box = instance.plugin_id == EDGE_SYSTEM
    name = template.name if is_box else _joined(instance.instance_name, template.name)
    names = select(Event).where(Event.name == name, Event.removed_on_ms.is_(None))
    there = await session.scalar(names)
    if there is not None and not is_box and await _reason_against(session, there, instance) == "":
        return there
    if there is not None:
        name = f"{name} ({template.id})"
    more = {"position": LAST_POSITION, "group_name": BOX_GROUP} if is_box else {}
    return await create_event(
        session,
        at_ms=at_ms,
        name=name,
        unit=template.unit,
        min_value=template.min_value,
        max_value=template.max_value,
        type=TYPE_OF[template.direction],
        decimals=template.decimals,
        deadband=template.deadband,
        silence_s=template.silence_s,
        user_public_id=instance.user_public_id,
        **more,
    )


def _joined(device: str, channel: str) -> str:
    name = f"{device}{SEVERAL_WORDS}{channel}"
    if len(name) > _MAX_NAME:
        raise InvalidError(
            text("This name is too long: the channels of this device are called after it."),
            field="instance_name",
        )
    return name


async def _free_event(session: AsyncSession, public_id: str, instance: PluginInstance) -> Event:
    """The event, if this device may feed it; else ConflictError."""
    event = await present_event(session, public_id)
    reason = await _reason_against(session, event, instance)
    if reason:
        raise ConflictError(reason, field="event_public_id")
    return event


async def _reason_against(session: AsyncSession, event: Event, instance: PluginInstance) -> str:
    """Why this device may not feed an event; "" if it may."""
    if event.point_id is not None:
        return text("“{name}” is measured by the I/O of this appliance already.", name=event.name)
    if event.formula:
        return text("“{name}” is worked out by its formula.", name=event.name)
    feeders = await feeders_of(session, event)
    others = [it for it in feeders if it.id != instance.id]
    if instance.plugin_id in OWN and event.type is not EventType.sensor:
        return text("“{name}” is no sensor; the figures of this box are measured.", name=event.name)
    if others and (instance.plugin_id in OWN or any(it.plugin_id in OWN for it in others)):
        return text(
            "“{name}” is fed by “{device}” already.",
            name=event.name,
            device=others[0].instance_name,
        )
    return ""


async def feeders_of(session: AsyncSession, event: Event) -> Sequence[PluginInstance]:
    """The devices that feed an event."""
    query = select(PluginInstance).join(ChannelMapping)
    query = query.where(ChannelMapping.event_public_id == event.public_id)
    return (await session.scalars(query.order_by(PluginInstance.id))).unique().all()


async def present_event(session: AsyncSession, public_id: str) -> Event:
    """The event, if there is one; else ConflictError."""
    query = select(Event).where(Event.public_id == public_id, Event.removed_on_ms.is_(None))
    event = await session.scalar(query)
    if event is None:
        raise ConflictError(
            text("There is no channel {public_id}.", public_id=public_id), field="event_public_id"
        )
    return event
