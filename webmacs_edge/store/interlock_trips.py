"""Queries on the `interlock_trips` table: what interlocks did, with the values that caused it."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.text import kept
from webmacs_edge.store.tables import InterlockTrip

MAX_TRIPS = 10_000  # of all interlocks; the oldest go


async def add_trip(
    session: AsyncSession,
    interlock_public_id: str,
    move: str,
    *,
    at_ms: int,
    name: str,
    cause: str = "",
    actor: str = "",
) -> None:
    """Note that an interlock tripped, cleared or was reset."""
    trip = InterlockTrip(
        interlock_public_id=interlock_public_id,
        move=move,
        at_ms=at_ms,
        name=name[:255],
        cause=cause,
        actor=actor,
        cause_json=kept(cause),
    )
    session.add(trip)
    await session.flush()
    await session.execute(delete(InterlockTrip).where(InterlockTrip.id <= trip.id - MAX_TRIPS))


async def list_trips(
    session: AsyncSession, interlock_public_id: str = "", *, limit: int = 50
) -> Sequence[InterlockTrip]:
    """The latest moves, newest first; of one interlock, or of all."""
    query = select(InterlockTrip).order_by(InterlockTrip.id.desc()).limit(limit)
    if interlock_public_id:
        query = query.where(InterlockTrip.interlock_public_id == interlock_public_id)
    return (await session.scalars(query)).all()
