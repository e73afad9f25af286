"""Pages about devices: what there is, how each does, and which channels each feeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.model.devices import (
    EDGE_SYSTEM,
    HARDWARE,
    OWN,
    ChannelDirection,
    kind_name,
    kinds,
)
from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.channel_mappings import add_mapping, remove_mapping
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.plugin_instances import (
    all_instances,
    create_instance,
    delete_instance,
    get_instance,
    update_instance,
)
from webmacs_edge.web.device_rows import (
    choose_event,
    device_out,
    find_mapping,
    last_data_ms,
    reload_devices,
)
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, DEVICES, STATION, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.plugins import (
    ChannelMappingOut,
    DeviceChannelForm,
    DeviceForm,
    DeviceMappingForm,
    DeviceNameForm,
    PluginInstanceOut,
)
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Event, PluginInstance

Errors = dict[str, str]


@dataclass(frozen=True, slots=True)
class Card:
    """A device as its card and its page show it."""

    device: PluginInstanceOut
    kind: str
    mapped: int
    last_ms: int | None
    is_own: bool
    is_hardware: bool
    is_box: bool


async def index(request: web.Request) -> web.Response:
    """All devices, and for administrators the form for a new external one."""
    return await _index(request)


async def cards(request: web.Request) -> web.Response:
    """How the devices do now: the part of the page that keeps itself up to date."""
    response = render(request, "devices/_cards.html", cards=await _cards(request))
    response.headers["HX-Trigger"] = "webmacs:alive"
    return response


async def create(request: web.Request) -> web.Response:
    """Make an external device, or show the form again with what is wrong."""
    typed, form, errors = await read_form(request, DeviceForm)
    if form is None:
        return await _index(request, status=422, typed=typed, errors=errors)
    user, at_ms, values = request[USER], now_ms(), form.model_dump()

    async def work(session: "AsyncSession") -> "PluginInstance":
        made = await create_instance(session, at_ms=at_ms, user_public_id=user.public_id, **values)
        await _note(session, request, f"Device “{made.instance_name}” was added")
        return made

    try:
        instance = await write(request, work)
    except (ConflictError, InvalidError) as error:
        status = 409 if isinstance(error, ConflictError) else 422
        return await _index(request, status=status, typed=typed, errors={error.field: str(error)})
    await reload_devices(request.app)
    raise web.HTTPSeeOther(f"/devices/{instance.public_id}")


async def detail(request: web.Request) -> web.Response:
    """One device with its channels."""
    return await _detail(request)


async def rename(request: web.Request) -> web.Response:
    """Give a device another name."""
    typed, form, errors = await read_form(request, DeviceNameForm)
    if form is None:
        return await _detail(request, status=422, typed=typed, errors=errors)
    values = {"instance_name": form.instance_name}
    try:
        await _change(request, values, f"Device “{form.instance_name}” was renamed")
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await _detail(request, status=409, typed=typed, errors=errors)
    raise web.HTTPSeeOther(f"/devices/{request.match_info['public_id']}")


async def confirm_disabling(request: web.Request) -> web.Response:
    """Ask before a device is read or listened to no more."""
    return render(request, "devices/disable.html", card=await _card(request))


async def disable(request: web.Request) -> web.Response:
    """Read, or listen to, a device no more."""
    card = await _card(request)
    name = card.device.instance_name
    await _change(request, {"enabled": False}, f"Device “{name}” was disabled")
    raise web.HTTPSeeOther(f"/devices/{card.device.public_id}")


async def enable(request: web.Request) -> web.Response:
    """Read, or listen to, a device again."""
    card = await _card(request)
    await _change(request, {"enabled": True}, f"Device “{card.device.instance_name}” was enabled")
    raise web.HTTPSeeOther(f"/devices/{card.device.public_id}")


async def confirm_removal(request: web.Request) -> web.Response:
    """Ask before an external device goes, and say what stays."""
    return render(request, "devices/remove.html", card=await _card(request))


async def remove(request: web.Request) -> web.Response:
    """Remove an external device; the channels that it fed stay."""
    public_id = request.match_info["public_id"]

    async def work(session: "AsyncSession") -> None:
        gone = await delete_instance(session, public_id)
        await _note(session, request, f"Device “{gone.instance_name}” was removed; channels stay")

    await write(request, work)
    await reload_devices(request.app)
    raise web.HTTPSeeOther("/devices")


async def add_channel(request: web.Request) -> web.Response:
    """Give an external device another channel."""
    typed, form, errors = await read_form(request, DeviceChannelForm)
    if form is None:
        return await _detail(request, status=422, typed=typed, errors=errors)
    public_id, at_ms, values = request.match_info["public_id"], now_ms(), form.model_dump()
    values["direction"] = form.direction.value

    async def work(session: "AsyncSession") -> None:
        await add_mapping(session, await get_instance(session, public_id), at_ms=at_ms, **values)

    try:
        await write(request, work)
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await _detail(request, status=409, typed=typed, errors=errors)
    await reload_devices(request.app)
    raise web.HTTPSeeOther(f"/devices/{public_id}#channels")


async def edit_channel(request: web.Request) -> web.Response:
    """Choose which channel a device's own channel feeds, or who reads an I/O point."""
    return await _channel(request)


async def save_channel(request: web.Request) -> web.Response:
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


async def remove_channel(request: web.Request) -> web.Response:
    """Take a channel off an external device; what it fed stays."""
    public_id, mapping_id = request.match_info["public_id"], request.match_info["mapping_id"]

    async def work(session: "AsyncSession") -> None:
        await remove_mapping(session, await get_instance(session, public_id), mapping_id)

    await write(request, work)
    await reload_devices(request.app)
    raise web.HTTPSeeOther(f"/devices/{public_id}#channels")


async def _index(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: Errors | None = None,
) -> web.Response:
    offered = [kind for kind in kinds(__version__) if kind.id not in OWN]
    return render(
        request,
        "devices/index.html",
        status=status,
        cards=await _cards(request),
        kinds=offered,
        typed=typed or {},
        errors=errors or {},
    )


async def _detail(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: Errors | None = None,
) -> web.Response:
    card = await _card(request)
    events: dict[str, Event] = {it.public_id: it for it in request.app[STATION].events}
    return render(
        request,
        "devices/detail.html",
        status=status,
        card=card,
        events=events,
        choices=_choices(request, None) if not card.is_own else [],
        directions=list(ChannelDirection),
        typed=typed or {},
        errors=errors or {},
    )


async def _channel(
    request: web.Request, *, status: int = 200, errors: Errors | None = None
) -> web.Response:
    card = await _card(request)
    mapping = find_mapping(card.device.channel_mappings, request.match_info["mapping_id"])
    return render(
        request,
        "devices/channel.html",
        status=status,
        card=card,
        mapping=mapping,
        choices=_choices(request, mapping, points=card.is_hardware),
        errors=errors or {},
    )


def _choices(
    request: web.Request, mapping: ChannelMappingOut | None, *, points: bool = False
) -> list[tuple[str, str]]:
    """Channels to choose from: with `points` those that an I/O point of ours may feed."""
    devices, chosen = request.app[DEVICES], mapping.event_public_id if mapping else None

    def fits(event: "Event") -> bool:
        if event.public_id == chosen:
            return True
        if points:
            return not devices.of_event(event.public_id)
        return not devices.is_ours(event)

    return [
        (event.public_id, f"{event.name} ({event.unit})" if event.unit else event.name)
        for event in request.app[STATION].events
        if fits(event)
    ]


async def _cards(request: web.Request) -> list[Card]:
    async with request.app[DATABASE].read() as session:
        instances = await all_instances(session)
    return [_card_of(request.app, instance) for instance in instances]


async def _card(request: web.Request) -> Card:
    async with request.app[DATABASE].read() as session:
        instance = await get_instance(session, request.match_info["public_id"])
    return _card_of(request.app, instance)


def _card_of(app: web.Application, instance: "PluginInstance") -> Card:
    device = device_out(app, instance)
    return Card(
        device=device,
        kind=kind_name(instance.plugin_id),
        mapped=sum(it.event_public_id is not None for it in device.channel_mappings),
        last_ms=last_data_ms(app, device.channel_mappings),
        is_own=instance.plugin_id in OWN,
        is_hardware=instance.plugin_id in HARDWARE,
        is_box=instance.plugin_id == EDGE_SYSTEM,
    )


async def _change(request: web.Request, values: Mapping[str, object], note: str) -> None:
    public_id, at_ms = request.match_info["public_id"], now_ms()

    async def work(session: "AsyncSession") -> None:
        await update_instance(session, public_id, values=values, at_ms=at_ms)
        await _note(session, request, note)

    await write(request, work)
    await reload_devices(request.app)


async def _note(session: "AsyncSession", request: web.Request, text: str) -> None:
    user = request[USER]
    await add_log_entry(
        session, f"{text} by {user.username}.", at_ms=now_ms(), user_public_id=user.public_id
    )
