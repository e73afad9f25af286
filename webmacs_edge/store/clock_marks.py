"""What happened to the clock, kept as JSON among the site's values; the newest 500."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.clock_marks import ClockEvent, ClockMark, merged
from webmacs_edge.store.site_settings import read_site_value, write_site_value

KEY = "clock.marks"
MOST_MARKS = 500


async def list_clock_marks(session: AsyncSession) -> list[ClockMark]:
    """In the order in which they happened."""
    rows = await read_site_value(session, KEY, [])
    return [ClockMark(ClockEvent(event), at_ms, step_ms) for event, at_ms, step_ms in rows]


async def add_clock_marks(
    session: AsyncSession, news: Iterable[ClockMark], *, at_ms: int
) -> list[ClockMark]:
    """Keep what is new of these; returns it."""
    known = await list_clock_marks(session)
    fresh = merged(known, news)
    if fresh:
        kept = [*known, *fresh][-MOST_MARKS:]
        rows = [(mark.event.value, mark.at_ms, mark.step_ms) for mark in kept]
        await write_site_value(session, KEY, rows, at_ms=at_ms)
    return fresh
