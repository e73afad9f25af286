"""Which event reads an I/O point of ours: `events.point_id`, and what comes with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import EventType
from webmacs_edge.store.channel_mappings import feeders_of, present_event
from webmacs_edge.store.events import update_event
from webmacs_edge.store.tables import Event


@dataclass(frozen=True, slots=True)
class PointBinding:
    """An I/O point of ours for a channel, and what a new channel on it would look like."""

    point_id: str
    is_output: bool
    proposal: Mapping[str, Any]  # columns of `events`


async def bind_point(
    session: AsyncSession, binding: PointBinding, event_public_id: str | None
) -> Event | None:
    """Let an I/O point of ours be read by this event, or by none; returns the event.

    An event that was never scaled takes scaling, unit and range of the point.
    """
    holder = await session.scalar(
        select(Event).where(Event.point_id == binding.point_id, Event.removed_on_ms.is_(None))
    )
    if holder is not None and holder.public_id == event_public_id:
        return holder
    event = None
    if event_public_id is not None:
        event = await present_event(session, event_public_id)
        await _check_fits(session, event, binding)
    if holder is not None:
        holder.point_id = None
        await session.flush()
    if event is not None:
        values = {"point_id": binding.point_id, **_taken_over(event, binding)}
        await update_event(session, event.public_id, values=values)
    return event


async def _check_fits(session: AsyncSession, event: Event, binding: PointBinding) -> None:
    feeders = await feeders_of(session, event)
    if feeders:
        raise ConflictError(
            text(
                "“{event_name}” is fed by “{instance_name}”. Take it off there first.",
                event_name=event.name,
                instance_name=feeders[0].instance_name,
            ),
            field="event_public_id",
        )
    if binding.is_output != (event.type is not EventType.sensor):
        raise ConflictError(
            text("The point is an output, but “{name}” is an input.", name=event.name)
            if binding.is_output
            else text("The point is an input, but “{name}” is an output.", name=event.name),
            field="event_public_id",
        )


def _taken_over(event: Event, binding: PointBinding) -> dict[str, Any]:
    """What an event takes from the point that it reads from now on."""
    same_kind = event.is_digital == binding.proposal["is_digital"]
    is_scaled = (event.factor, event.offset) != (1.0, 0.0)
    if same_kind and (is_scaled or event.point_id is not None):
        return {}
    kept = {"point_id", "name", "type", *(["group_name"] if event.group_name else [])}
    return {name: value for name, value in binding.proposal.items() if name not in kept}
