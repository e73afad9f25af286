"""Queries on the `calibrations` table: only ever added to."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.curves import Curve, curve_of, make_curve
from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.text import text
from webmacs_edge.store.events import get_event
from webmacs_edge.store.tables import Calibration, Event

MAX_CALIBRATIONS = 500  # of one channel: ten years of weekly ones


async def read_curves(session: AsyncSession) -> dict[str, Curve]:
    """The curves that hold, by public id of the channel."""
    newest = select(func.max(Calibration.id)).group_by(Calibration.event_public_id)
    query = select(Calibration).where(Calibration.id.in_(newest))
    found = {row.event_public_id: curve_of(row.points_json) for row in await session.scalars(query)}
    return {public_id: curve for public_id, curve in found.items() if curve is not None}


async def list_calibrations(session: AsyncSession, event_public_id: str) -> Sequence[Calibration]:
    """All of one channel, the one that holds first."""
    query = (
        select(Calibration)
        .where(Calibration.event_public_id == event_public_id)
        .order_by(Calibration.id.desc())
        .limit(MAX_CALIBRATIONS)
    )
    return (await session.scalars(query)).all()


async def due_calibrations(session: AsyncSession, *, before_ms: int) -> list[tuple[str, int]]:
    """Names of channels whose next calibration is due by then, and when."""
    newest = select(func.max(Calibration.id)).group_by(Calibration.event_public_id)
    query = (
        select(Event.name, Calibration.due_on_ms)
        .join(Event, Event.public_id == Calibration.event_public_id)
        .where(Calibration.id.in_(newest), Event.removed_on_ms.is_(None))
        .where(Calibration.due_on_ms <= before_ms)
        .order_by(Calibration.due_on_ms)
        .limit(MAX_CALIBRATIONS)
    )
    return [(name, due or 0) for name, due in await session.execute(query)]


async def add_calibration(
    session: AsyncSession,
    event_public_id: str,
    points: Sequence[Sequence[float]],
    *,
    at_ms: int,
    user_public_id: str | None = None,
    **values: Any,
) -> Calibration:
    """A new one holds from now on; those before it stay as they are. No points: as scaled.

    `values`: its other columns.
    """
    make_curve(points)
    event = await get_event(session, event_public_id)
    if event.point_id is None or event.is_digital:
        words = text(
            "“{name}” is not calibrated: only measured, analog channels are.", name=event.name
        )
        raise ConflictError(words)
    count = select(func.count()).where(Calibration.event_public_id == event_public_id)
    if (await session.scalar(count) or 0) >= MAX_CALIBRATIONS:
        words = text(
            "“{name}” has {count} calibrations already; make a new channel for it.",
            name=event.name,
            count=MAX_CALIBRATIONS,
        )
        raise ConflictError(words)
    row = Calibration(
        public_id=str(uuid4()),
        event_public_id=event_public_id,
        points_json=json.dumps(sorted([float(shown), float(true)] for shown, true in points)),
        created_on_ms=at_ms,
        user_public_id=user_public_id,
        **values,
    )
    session.add(row)
    await session.flush()
    return row
