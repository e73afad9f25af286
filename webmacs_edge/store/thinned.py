"""Queries on the `thinned` table: what retention removed."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.times import DAY_MS
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import Thinned


async def add_thinned(session: AsyncSession, removed: Thinned) -> None:
    """Note what was removed, in the row of its day, kind and reason."""
    day_ms = removed.at_ms - removed.at_ms % DAY_MS
    row = await session.scalar(
        select(Thinned)
        .where(Thinned.at_ms >= day_ms, Thinned.at_ms < day_ms + DAY_MS)
        .where(Thinned.kind == removed.kind, Thinned.why == removed.why)
        .limit(1)
    )
    if row is None:
        session.add(removed)
    else:
        row.at_ms = max(row.at_ms, removed.at_ms)
        row.channel = row.channel if row.channel == removed.channel else None
        row.from_ms, row.to_ms = min(row.from_ms, removed.from_ms), max(row.to_ms, removed.to_ms)
        row.samples += removed.samples
        row.bytes += removed.bytes
    await session.flush()


async def list_thinned(session: AsyncSession, *, page: int, page_size: int) -> Page[Thinned]:
    """One page, newest first."""
    query = select(Thinned).order_by(Thinned.at_ms.desc(), Thinned.id.desc())
    return await read_page(session, query, page=page, page_size=page_size)
