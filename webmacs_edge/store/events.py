"""Queries on the `events` table: the channels."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.channels import check_limits, check_range
from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.site_settings import check_days
from webmacs_edge.store.tables import ChannelMapping, Event

_PRESENT = Event.removed_on_ms.is_(None)
MAX_CHANNELS = 2000
LAST_POSITION = 1_000_000  # of channels that stay behind all others on pages


async def all_events(session: AsyncSession) -> Sequence[Event]:
    """Every channel, in the order of pages; at most 2000."""
    query = select(Event).where(_PRESENT).order_by(Event.position, Event.id).limit(MAX_CHANNELS)
    return (await session.scalars(query)).all()


async def ever_events(session: AsyncSession) -> Sequence[Event]:
    """Every channel there ever was, for exports: removed ones keep what they recorded."""
    return (await session.scalars(select(Event).order_by(Event.position, Event.id))).all()


async def list_events(session: AsyncSession, *, page: int, page_size: int) -> Page[Event]:
    """One page, in the order of pages."""
    query = select(Event).where(_PRESENT).order_by(Event.position, Event.id)
    return await read_page(session, query, page=page, page_size=page_size)


async def get_event(session: AsyncSession, public_id: str) -> Event:
    """The channel with this public id."""
    event = await session.scalar(select(Event).where(Event.public_id == public_id, _PRESENT))
    if event is None:
        raise NotFoundError(text("There is no channel {public_id}.", public_id=public_id))
    return event


async def find_ever_event(
    session: AsyncSession, *, public_id: str = "", key: int = 0
) -> Event | None:
    """The channel with this public id or key, also one that was removed."""
    which = Event.public_id == public_id if public_id else Event.id == key
    return await session.scalar(select(Event).where(which))


async def has_bound_events(session: AsyncSession) -> bool:
    """Whether any channel, present or removed, was ever bound to an I/O point."""
    query = select(Event.id).where(Event.point_id.is_not(None)).limit(1)
    return await session.scalar(query) is not None


async def create_event(session: AsyncSession, *, at_ms: int, **values: Any) -> Event:
    """Store a new channel under a fresh public id; `values` are its columns."""
    count = await session.scalar(select(func.count()).where(_PRESENT)) or 0
    if count >= MAX_CHANNELS:
        raise ConflictError(
            text(
                "There are {max_channels} channels already; remove some first.",
                max_channels=MAX_CHANNELS,
            )
        )
    last = await session.scalar(
        select(func.max(Event.position)).where(Event.position < LAST_POSITION)
    )
    values.setdefault("position", 0 if last is None else last + 1)
    event = Event(public_id=str(uuid4()), created_on_ms=at_ms, **values)
    session.add(event)
    await _flush(session, event)
    return event


async def create_first_events(
    session: AsyncSession, proposals: Sequence[Mapping[str, Any]], *, at_ms: int
) -> int:
    """The channels of a fresh appliance, one per proposal; returns how many were made.

    Does nothing once any channel was ever bound to an I/O point: from then on people decide.
    """
    if await has_bound_events(session):
        return 0
    taken = {event.name for event in await all_events(session)}
    for proposal in proposals[:MAX_CHANNELS]:
        name = free_name(str(proposal["name"]), taken)
        taken.add(name)
        await create_event(session, at_ms=at_ms, **{**proposal, "name": name})
    return len(proposals)


def free_name(name: str, taken: set[str]) -> str:
    """`name`, with a number behind it when it is taken."""
    if name not in taken:
        return name
    return next(f"{name} ({n})" for n in range(2, MAX_CHANNELS + 2) if f"{name} ({n})" not in taken)


async def update_event(
    session: AsyncSession, public_id: str, *, values: Mapping[str, Any]
) -> Event:
    """Change columns of a channel; InvalidError and ConflictError name the field."""
    event = await get_event(session, public_id)
    for name, value in values.items():
        setattr(event, name, value)
    await _flush(session, event)
    return event


async def remove_event(session: AsyncSession, public_id: str, *, at_ms: int) -> Event:
    """Take a channel out of use; what it recorded stays, under its key."""
    event = await get_event(session, public_id)
    event.removed_on_ms = at_ms
    mappings = select(ChannelMapping).where(ChannelMapping.event_public_id == public_id)
    for mapping in await session.scalars(mappings):
        mapping.event_public_id = None  # its device feeds it no more
    await session.flush()
    return event


async def _flush(session: AsyncSession, event: Event) -> None:
    check_range(event.min_value, event.max_value)
    check_limits(
        event.low_limit,
        event.high_limit,
        min_value=event.min_value,
        max_value=event.max_value,
        unit=event.unit,
    )
    check_days(event.retention_days, event.rollup_days)
    name = event.name  # after a failed flush the row can no longer be asked
    try:
        await session.flush()
    except IntegrityError as error:
        if "point_id" in str(error.orig):
            raise ConflictError(
                text("Another channel reads this I/O point already."), field="point_id"
            ) from error
        raise ConflictError(
            text("There is a channel named “{name}” already. Choose another name.", name=name),
            field="name",
        ) from error
