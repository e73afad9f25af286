"""Queries on the `plugin_instances` table: the devices."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from webmacs_edge.model.devices import (
    EDGE_REVPI,
    EDGE_SYSTEM,
    EDGE_VIRTUAL,
    HARDWARE,
    OWN,
    TEMPLATES,
    ChannelTemplate,
    kind_name,
)
from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.store.channel_mappings import add_template_channels
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import PluginInstance

MAX_DEVICES = 200


async def all_instances(session: AsyncSession) -> Sequence[PluginInstance]:
    """Every device with its channels, in the order they were made; at most 200."""
    query = _with_channels().order_by(PluginInstance.id).limit(MAX_DEVICES)
    return (await session.scalars(query)).all()


async def list_instances(
    session: AsyncSession, *, page: int, page_size: int
) -> Page[PluginInstance]:
    """One page with the channels, in the order they were made."""
    query = _with_channels().order_by(PluginInstance.id)
    return await read_page(session, query, page=page, page_size=page_size)


async def get_instance(session: AsyncSession, public_id: str) -> PluginInstance:
    """The device with this public id, and its channels."""
    query = _with_channels().where(PluginInstance.public_id == public_id)
    instance: PluginInstance | None = await session.scalar(query)
    if instance is None:
        raise NotFoundError(text("There is no device {public_id}.", public_id=public_id))
    return instance


async def create_instance(
    session: AsyncSession, *, at_ms: int, auto_create_events: bool, **values: Any
) -> PluginInstance:
    """Store a device that is fed from outside; with channels where its kind is known to have some.

    Of the devices that we run ourselves there is one each; only this box itself may be missing.
    """
    plugin_id = values["plugin_id"]
    if plugin_id in OWN and (plugin_id in HARDWARE or await _find_kind(session, {plugin_id})):
        raise ConflictError(
            text(
                "There is one device {plugin_id}, which this appliance keeps itself. "
                "Enable or disable that one.",
                plugin_id=plugin_id,
            ),
            field="plugin_id",
        )
    return await _create(
        session,
        TEMPLATES.get(plugin_id, ()),
        at_ms=at_ms,
        make_events=auto_create_events or plugin_id in OWN,
        **values,
    )


async def update_instance(
    session: AsyncSession, public_id: str, *, values: Mapping[str, Any], at_ms: int
) -> PluginInstance:
    """Change a device; of one that we run ourselves only its name and whether it is enabled."""
    instance = await get_instance(session, public_id)
    if instance.plugin_id in OWN:
        _check_own(instance, values)
    changed = {name: value for name, value in values.items() if getattr(instance, name) != value}
    for name, value in changed.items():
        setattr(instance, name, value)
    if changed:
        instance.updated_on_ms = at_ms
        await _flush(session, instance.instance_name)
    return instance


async def delete_instance(session: AsyncSession, public_id: str) -> PluginInstance:
    """Remove a device; channels that it fed stay, with all they recorded. Returns it as it was."""
    instance = await get_instance(session, public_id)
    if instance.plugin_id in OWN:
        raise ConflictError(
            text(
                "“{instance_name}” belongs to this appliance. It can be disabled, not removed.",
                instance_name=instance.instance_name,
            )
        )
    await session.delete(instance)
    await session.flush()
    return instance


async def ensure_own_instances(
    session: AsyncSession, *, is_simulated: bool, box: Sequence[ChannelTemplate], at_ms: int
) -> None:
    """The devices that we run ourselves: the plant's I/O, and the box if it has `box` figures."""
    kind = EDGE_VIRTUAL if is_simulated else EDGE_REVPI
    hardware = await _find_kind(session, HARDWARE)
    if hardware is None:
        await _create(
            session,
            at_ms=at_ms,
            plugin_id=kind,
            instance_name=await _free_name(session, kind_name(kind)),
            demo_mode=is_simulated,
        )
    elif hardware.plugin_id != kind:  # the data came from a demo, or goes into one
        if hardware.instance_name == kind_name(hardware.plugin_id):
            hardware.instance_name = await _free_name(session, kind_name(kind))
        hardware.plugin_id, hardware.demo_mode = kind, is_simulated
        await session.flush()
    if box and await _find_kind(session, {EDGE_SYSTEM}) is None:
        name = await _free_name(session, kind_name(EDGE_SYSTEM))
        await _create(
            session, box, at_ms=at_ms, make_events=True, plugin_id=EDGE_SYSTEM, instance_name=name
        )


async def _create(
    session: AsyncSession,
    templates: Sequence[ChannelTemplate] = (),
    *,
    at_ms: int,
    make_events: bool = False,
    **values: Any,
) -> PluginInstance:
    if (await session.scalar(select(func.count(PluginInstance.id))) or 0) >= MAX_DEVICES:
        raise ConflictError(
            text(
                "There are {max_devices} devices already. Remove one first.",
                max_devices=MAX_DEVICES,
            )
        )
    instance = PluginInstance(
        public_id=str(uuid4()), created_on_ms=at_ms, channel_mappings=[], **values
    )
    session.add(instance)
    await _flush(session, instance.instance_name)
    await add_template_channels(session, instance, templates, make_events=make_events, at_ms=at_ms)
    return instance


def _check_own(instance: PluginInstance, values: Mapping[str, Any]) -> None:
    for field in ("demo_mode", "config_json"):
        if field in values and values[field] != getattr(instance, field):
            raise ConflictError(
                text(
                    "“{instance_name}” belongs to this appliance: its name can be changed, "
                    "and it can be disabled. Leave {field} as it is.",
                    instance_name=instance.instance_name,
                    field=field,
                ),
                field=field,
            )


async def _find_kind(
    session: AsyncSession, plugin_ids: set[str] | frozenset[str]
) -> PluginInstance | None:
    query = select(PluginInstance).where(PluginInstance.plugin_id.in_(plugin_ids))
    return await session.scalar(query.order_by(PluginInstance.id).limit(1))


async def _free_name(session: AsyncSession, name: str) -> str:
    taken = set((await session.scalars(select(PluginInstance.instance_name))).all())
    numbered = (name + f" ({n})" for n in range(2, MAX_DEVICES + 3))
    return next(free for free in (name, *numbered) if free not in taken)


def _with_channels() -> "Select[Any]":
    return select(PluginInstance).options(selectinload(PluginInstance.channel_mappings))


async def _flush(session: AsyncSession, name: str) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        raise ConflictError(
            text("There is a device named “{name}” already. Choose another name.", name=name),
            field="instance_name",
        ) from error
