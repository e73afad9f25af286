"""Devices as pages show them: a card each, and the page of one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.devices import EDGE_SYSTEM, HARDWARE, OWN, ChannelDirection, kind_name
from webmacs_edge.store.plugin_instances import all_instances, get_instance
from webmacs_edge.web.device_rows import device_out, last_data_ms
from webmacs_edge.web.keys import DATABASE, DEVICES, STATION
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.plugins import ChannelMappingOut, PluginInstanceOut

if TYPE_CHECKING:
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


async def read_cards(request: web.Request) -> list[Card]:
    """Every device."""
    async with request.app[DATABASE].read() as session:
        instances = await all_instances(session)
    return [_card_of(request.app, instance) for instance in instances]


async def read_card(request: web.Request) -> Card:
    """The device that the address names."""
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


async def show_device(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: Errors | None = None,
) -> web.Response:
    """The page of the device that the address names."""
    card = await read_card(request)
    events: dict[str, Event] = {it.public_id: it for it in request.app[STATION].events}
    return render(
        request,
        "devices/detail.html",
        status=status,
        card=card,
        events=events,
        choices=choices(request, None) if not card.is_own else [],
        directions=list(ChannelDirection),
        typed=typed or {},
        errors=errors or {},
    )


def choices(
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
