"""Devices (plugins) for programs: what kinds there are, and those that are configured."""

from aiohttp import web
from pydantic import TypeAdapter

from webmacs_edge import __version__
from webmacs_edge.model.devices import kinds
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.pages import Page
from webmacs_edge.store.plugin_instances import (
    create_instance,
    delete_instance,
    get_instance,
    list_instances,
    update_instance,
)
from webmacs_edge.web.api.answers import answer, answer_rows, answer_unless_known, done
from webmacs_edge.web.device_rows import device_out, reload_devices
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut
from webmacs_edge.web.schemas.plugins import (
    PluginInstanceIn,
    PluginInstanceOut,
    PluginInstancePatch,
    PluginMetaOut,
)
from webmacs_edge.web.writing import write

_KINDS = TypeAdapter(list[PluginMetaOut])


@operation(returns=list[PluginMetaOut])
async def available(request: web.Request) -> web.Response:
    """List the kinds of devices: those that we read ourselves, and those of WebMACS 2.x."""
    rows = [PluginMetaOut.model_validate(kind) for kind in kinds(__version__)]
    return answer_unless_known(request, _KINDS.dump_json(rows))


@operation(query=PageQuery, returns=PageOut[PluginInstanceOut])
async def index(request: web.Request) -> web.Response:
    """List the devices with their channels, in the order they were made."""
    asked = read_query(request, PageQuery)
    async with request.app[DATABASE].read() as session:
        page = await list_instances(session, page=asked.page, page_size=asked.page_size)
    rows = [device_out(request.app, instance) for instance in page.rows]
    return answer_rows(Page(page.page, page.page_size, page.total, rows))


@operation(body=PluginInstanceIn, returns=StatusOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Create a device that is fed from outside; a known kind comes with its channels."""
    values = read_body(request, PluginInstanceIn).model_dump()
    owner, at_ms = request[USER].public_id, now_ms()
    instance = await write(
        request,
        lambda session: create_instance(session, at_ms=at_ms, user_public_id=owner, **values),
    )
    await reload_devices(request.app)
    return done(f"The device “{instance.instance_name}” was created.", status=201)


@operation(returns=PluginInstanceOut)
async def show(request: web.Request) -> web.Response:
    """One device with its channels."""
    async with request.app[DATABASE].read() as session:
        instance = await get_instance(session, request.match_info["public_id"])
    return answer(device_out(request.app, instance))


@operation(body=PluginInstancePatch, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Change a device; of one that we read ourselves the name and whether it is enabled."""
    values = read_body(request, PluginInstancePatch).model_dump(exclude_unset=True)
    public_id, at_ms = request.match_info["public_id"], now_ms()
    instance = await write(
        request, lambda session: update_instance(session, public_id, values=values, at_ms=at_ms)
    )
    await reload_devices(request.app)
    return done(f"The device “{instance.instance_name}” was changed.")


@operation(returns=StatusOut, errors=(409,))
async def remove(request: web.Request) -> web.Response:
    """Remove a device; the channels that it fed stay, with all they recorded."""
    public_id = request.match_info["public_id"]
    instance = await write(request, lambda session: delete_instance(session, public_id))
    await reload_devices(request.app)
    return done(
        f"The device “{instance.instance_name}” was removed. The channels that it fed stay, with "
        "all they recorded."
    )
