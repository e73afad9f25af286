"""Pages about devices: what there is, how each does, and which channels each feeds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.model.devices import OWN, kinds
from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.model.text import Text, text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.plugin_instances import (
    create_instance,
    delete_instance,
    update_instance,
)
from webmacs_edge.web.device_cards import read_card, read_cards, show_device
from webmacs_edge.web.device_rows import reload_devices
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.plugins import DeviceForm, DeviceNameForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import PluginInstance

_ADDED = text("Device “{name}” was added by {user}.")
_RENAMED = text("Device “{name}” was renamed by {user}.")
_DISABLED = text("Device “{name}” was disabled by {user}.")
_ENABLED = text("Device “{name}” was enabled by {user}.")
_REMOVED = text("Device “{name}” was removed by {user}; channels stay.")


async def index(request: web.Request) -> web.Response:
    """All devices, and for administrators the form for a new external one."""
    return await _index(request)


async def cards(request: web.Request) -> web.Response:
    """How the devices do now: the part of the page that keeps itself up to date."""
    response = render(request, "devices/_cards.html", cards=await read_cards(request))
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
        await _note(session, request, _ADDED, name=made.instance_name)
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
    return await show_device(request)


async def rename(request: web.Request) -> web.Response:
    """Give a device another name."""
    typed, form, errors = await read_form(request, DeviceNameForm)
    if form is None:
        return await show_device(request, status=422, typed=typed, errors=errors)
    values = {"instance_name": form.instance_name}
    try:
        await _change(request, values, did=_RENAMED, name=form.instance_name)
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await show_device(request, status=409, typed=typed, errors=errors)
    raise web.HTTPSeeOther(f"/devices/{request.match_info['public_id']}")


async def confirm_disabling(request: web.Request) -> web.Response:
    """Ask before a device is read or listened to no more."""
    return render(request, "devices/disable.html", card=await read_card(request))


async def disable(request: web.Request) -> web.Response:
    """Read, or listen to, a device no more."""
    card = await read_card(request)
    name = card.device.instance_name
    await _change(request, {"enabled": False}, did=_DISABLED, name=name)
    raise web.HTTPSeeOther(f"/devices/{card.device.public_id}")


async def enable(request: web.Request) -> web.Response:
    """Read, or listen to, a device again."""
    card = await read_card(request)
    await _change(request, {"enabled": True}, did=_ENABLED, name=card.device.instance_name)
    raise web.HTTPSeeOther(f"/devices/{card.device.public_id}")


async def confirm_removal(request: web.Request) -> web.Response:
    """Ask before an external device goes, and say what stays."""
    return render(request, "devices/remove.html", card=await read_card(request))


async def remove(request: web.Request) -> web.Response:
    """Remove an external device; the channels that it fed stay."""
    public_id = request.match_info["public_id"]

    async def work(session: "AsyncSession") -> None:
        gone = await delete_instance(session, public_id)
        await _note(session, request, _REMOVED, name=gone.instance_name)

    await write(request, work)
    await reload_devices(request.app)
    raise web.HTTPSeeOther("/devices")


async def _index(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    offered = [kind for kind in kinds(__version__) if kind.id not in OWN]
    return render(
        request,
        "devices/index.html",
        status=status,
        cards=await read_cards(request),
        kinds=offered,
        typed=typed or {},
        errors=errors or {},
    )


async def _change(
    request: web.Request, values: Mapping[str, object], did: Text, *, name: str
) -> None:
    public_id, at_ms = request.match_info["public_id"], now_ms()

    async def work(session: "AsyncSession") -> None:
        await update_instance(session, public_id, values=values, at_ms=at_ms)
        await _note(session, request, did, name=name)

    await write(request, work)
    await reload_devices(request.app)


async def _note(session: "AsyncSession", request: web.Request, did: Text, *, name: str) -> None:
    user = request[USER]
    words = text(did, name=name, user=user.username)
    await add_log_entry(session, words, at_ms=now_ms(), user_public_id=user.public_id)
