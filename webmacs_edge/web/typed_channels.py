"""Making a channel on a typed place: checked against the configuration, then stored."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import CommandRefusedError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import EventType
from webmacs_edge.store.events import create_event
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.web.keys import STATION, USER
from webmacs_edge.web.schemas.typed_channels import TypedChannelIn
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Event


async def make_typed_channel(request: web.Request, given: TypedChannelIn) -> "Event":
    """The new channel; InvalidError names the part of the place that does not fit."""
    station, user, at_ms = request.app[STATION], request[USER], now_ms()
    if station.layout is None:
        raise CommandRefusedError(text("The device has not been read yet. Try again."))
    point, group = station.typed_point(given.place())

    async def work(session: "AsyncSession") -> "Event":
        event = await create_event(
            session,
            at_ms=at_ms,
            user_public_id=user.public_id,
            type=EventType.sensor,  # typed places are only read
            point_id=point.id,
            group_name=group,
            **given.columns(),
        )
        words = text("Channel “{name}” was added by {user}.", name=event.name, user=user.username)
        await add_log_entry(session, words, at_ms=at_ms, user_public_id=user.public_id)
        return event

    event = await write(request, work)
    await station.reload()
    return event
