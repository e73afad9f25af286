"""Channels of devices for programs: which event each of them feeds."""

from typing import TYPE_CHECKING

from aiohttp import web
from pydantic import TypeAdapter

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.channel_mappings import add_mapping, remove_mapping
from webmacs_edge.store.plugin_instances import get_instance
from webmacs_edge.web.api.answers import answer_unless_known, done
from webmacs_edge.web.device_rows import (
    choose_event,
    find_mapping,
    mappings_of,
    reload_devices,
)
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body
from webmacs_edge.web.schemas.lists import StatusOut
from webmacs_edge.web.schemas.plugins import (
    ChannelMappingIn,
    ChannelMappingOut,
    ChannelMappingPatch,
)
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import ChannelMapping

_CHANNELS = TypeAdapter(list[ChannelMappingOut])


@operation(returns=list[ChannelMappingOut])
async def index(request: web.Request) -> web.Response:
    """List the channels of a device; of our own I/O: its points, those with a channel first."""
    async with request.app[DATABASE].read() as session:
        instance = await get_instance(session, request.match_info["public_id"])
    rows = mappings_of(request.app, instance)
    return answer_unless_known(request, _CHANNELS.dump_json(rows))


@operation(body=ChannelMappingIn, returns=StatusOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Give a device that is fed from outside another channel."""
    values = read_body(request, ChannelMappingIn).model_dump(mode="json")
    public_id, at_ms = request.match_info["public_id"], now_ms()

    async def work(session: "AsyncSession") -> "ChannelMapping":
        instance = await get_instance(session, public_id)
        return await add_mapping(session, instance, at_ms=at_ms, **values)

    mapping = await write(request, work)
    await reload_devices(request.app)
    return done(f"The channel “{mapping.channel_name}” was added.", status=201)


@operation(body=ChannelMappingPatch, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Let a channel of a device feed this event; null: none. Of our own I/O: who reads a point."""
    values = read_body(request, ChannelMappingPatch).model_dump(exclude_unset=True)
    place = request.match_info["public_id"], request.match_info["mapping_id"]
    if "event_public_id" not in values:
        name = await _name_of(request, place)
        return done(f"The channel “{name}” was left as it is.")
    app, event_id = request.app, values["event_public_id"]
    name = await write(
        request, lambda session: choose_event(session, app, place, event_id=event_id)
    )
    await reload_devices(app)
    return done(f"The channel “{name}” was changed.")


@operation(returns=StatusOut, errors=(409,))
async def remove(request: web.Request) -> web.Response:
    """Take a channel off a device; the event that it fed stays, with all it recorded."""
    public_id, mapping_id = request.match_info["public_id"], request.match_info["mapping_id"]

    async def work(session: "AsyncSession") -> "ChannelMapping":
        instance = await get_instance(session, public_id)
        return await remove_mapping(session, instance, mapping_id)

    mapping = await write(request, work)
    await reload_devices(request.app)
    return done(f"The channel “{mapping.channel_name}” was removed from its device.")


async def _name_of(request: web.Request, place: tuple[str, str]) -> str:
    async with request.app[DATABASE].read() as session:
        instance = await get_instance(session, place[0])
    return find_mapping(mappings_of(request.app, instance), place[1]).channel_name
