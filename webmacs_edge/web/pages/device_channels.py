"""Pages about the channels of a device: which channel each feeds."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.channel_mappings import add_mapping, remove_mapping
from webmacs_edge.store.plugin_instances import get_instance
from webmacs_edge.web.device_cards import Errors, choices, read_card, show_device
from webmacs_edge.web.device_rows import choose_event, find_mapping, reload_devices
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.plugins import DeviceChannelForm, DeviceMappingForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def create(request: web.Request) -> web.Response:
    """Give an external device another channel."""
    typed, form, errors = await read_form(request, DeviceChannelForm)
    if form is None:
        return await show_device(request, status=422, typed=typed, errors=errors)
    public_id, at_ms, values = request.match_info["public_id"], now_ms(), form.model_dump()
    values["direction"] = form.direction.value

    async def work(session: "AsyncSession") -> None:
        await add_mapping(session, await get_instance(session, public_id), at_ms=at_ms, **values)

    try:
        await write(request, work)
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await show_device(request, status=409, typed=typed, errors=errors)
    await reload_devices(request.app)
    raise web.HTTPSeeOther(f"/devices/{public_id}#channels")


async def edit(request: web.Request) -> web.Response:
    """Choose which channel a device's own channel feeds, or who reads an I/O point."""
    return await _channel(request)


async def save(request: web.Request) -> web.Response:
    """Go by the choice, or show it again with what is wrong."""
    _typed, form, errors = await read_form(request, DeviceMappingForm)
    if form is None:
        return await _channel(request, status=422, errors=errors)
    app, place = request.app, (request.match_info["public_id"], request.match_info["mapping_id"])
    chosen = form.event_public_id
    try:
        await write(request, lambda session: choose_event(session, app, place, event_id=chosen))
    except (ConflictError, InvalidError) as error:
        status = 409 if isinstance(error, ConflictError) else 422
        errors = {"event_public_id": str(error)}
        return await _channel(request, status=status, errors=errors)
    await reload_devices(app)
    raise web.HTTPSeeOther(f"/devices/{place[0]}#channels")


async def remove(request: web.Request) -> web.Response:
    """Take a channel off an external device; what it fed stays."""
    public_id, mapping_id = request.match_info["public_id"], request.match_info["mapping_id"]

    async def work(session: "AsyncSession") -> None:
        await remove_mapping(session, await get_instance(session, public_id), mapping_id)

    await write(request, work)
    await reload_devices(request.app)
    raise web.HTTPSeeOther(f"/devices/{public_id}#channels")


async def _channel(
    request: web.Request, *, status: int = 200, errors: Errors | None = None
) -> web.Response:
    card = await read_card(request)
    mapping = find_mapping(card.device.channel_mappings, request.match_info["mapping_id"])
    return render(
        request,
        "devices/channel.html",
        status=status,
        card=card,
        mapping=mapping,
        choices=choices(request, mapping, points=card.is_hardware),
        errors=errors or {},
    )
