"""Queries on the `forced_values` table."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.forced import Forced, check_length
from webmacs_edge.model.text import text
from webmacs_edge.model.words import EventType
from webmacs_edge.store.events import get_event
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import Event, ForcedValue

MAX_FORCED = 200
_STANDING = ForcedValue.ended_on_ms.is_(None)


async def standing_values(session: AsyncSession) -> Sequence[tuple[ForcedValue, Event]]:
    """What is forced now, with its channel."""
    query = (
        select(ForcedValue, Event)
        .join(Event, Event.public_id == ForcedValue.event_public_id)
        .where(_STANDING, Event.removed_on_ms.is_(None))
        .order_by(ForcedValue.id)
        .limit(MAX_FORCED)
    )
    return [(row, event) for row, event in await session.execute(query)]


async def list_forced(session: AsyncSession, *, page: int, page_size: int) -> Page[ForcedValue]:
    """One page of what is and was forced, newest first."""
    query = select(ForcedValue).order_by(ForcedValue.id.desc())
    return await read_page(session, query, page=page, page_size=page_size)


def forced_of(row: ForcedValue, event: Event) -> Forced:
    """The row as the acquisition knows it."""
    return Forced(
        key=event.id,
        public_id=row.public_id,
        value=row.value,
        reason=row.reason,
        by=row.forced_by,
        started_on_ms=row.started_on_ms,
        until_ms=row.until_ms,
    )


async def force_value(
    session: AsyncSession,
    event_public_id: str,
    value: float,
    *,
    reason: str,
    by: str,
    length_ms: int,
    at_ms: int,
    user_public_id: str | None = None,
) -> ForcedValue:
    """Put a value in the place of the measured one; a former one of the channel ends."""
    check_length(length_ms)
    event = await get_event(session, event_public_id)
    if event.type is not EventType.sensor:
        words = text("“{name}” is an output: command it instead.", name=event.name)
        raise ConflictError(words)
    if event.point_id is None and not event.formula:
        words = text(
            "“{name}” is sent from outside: correct it where it comes from.", name=event.name
        )
        raise ConflictError(words)
    standing = await standing_values(session)
    if len(standing) >= MAX_FORCED:
        raise ConflictError(text("{count} values are forced already.", count=MAX_FORCED))
    for row, one in standing:
        if one.public_id == event_public_id:
            row.ended_on_ms, row.ended_by = at_ms, by
    await session.flush()
    forced = ForcedValue(
        public_id=str(uuid4()),
        event_public_id=event_public_id,
        value=value,
        reason=reason,
        forced_by=by,
        started_on_ms=at_ms,
        until_ms=at_ms + length_ms,
        user_public_id=user_public_id,
    )
    session.add(forced)
    await session.flush()
    return forced


async def end_forced(
    session: AsyncSession, event_public_id: str, *, by: str, at_ms: int
) -> ForcedValue:
    """Let the measured value of a channel through again."""
    query = select(ForcedValue).where(ForcedValue.event_public_id == event_public_id, _STANDING)
    row = await session.scalar(query)
    if row is None:
        raise NotFoundError(text("No value of this channel is forced."))
    row.ended_on_ms, row.ended_by = at_ms, by
    await session.flush()
    return row


async def note_ended(session: AsyncSession, public_id: str, *, at_ms: int) -> bool:
    """The time of a forced value is up; False when somebody had ended it already."""
    result = await session.execute(
        update(ForcedValue)
        .where(ForcedValue.public_id == public_id, _STANDING)
        .values(ended_on_ms=at_ms)
    )
    return bool(getattr(result, "rowcount", 0))
