"""Queries on the `written_days` table: how much was written on which day."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.wear import DayWritten
from webmacs_edge.store.tables import WrittenDay

MOST_DAYS = 400


async def add_written(session: AsyncSession, written: DayWritten) -> None:
    """Add to what was written on this day."""
    row = await session.get(WrittenDay, written.day)
    if row is None:
        row = WrittenDay(day=written.day, app_bytes=0, device_bytes=0, counted_s=0)
        session.add(row)
    row.app_bytes += written.app_bytes
    row.device_bytes += written.device_bytes
    row.counted_s = min(86_400, row.counted_s + written.counted_s)
    await session.flush()


async def list_written(session: AsyncSession, *, limit: int = MOST_DAYS) -> list[DayWritten]:
    """The newest days, newest first."""
    rows = await session.scalars(select(WrittenDay).order_by(WrittenDay.day.desc()).limit(limit))
    return [DayWritten(row.day, row.app_bytes, row.device_bytes, row.counted_s) for row in rows]
