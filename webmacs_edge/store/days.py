"""Queries on the summaries of whole days, and on what of a range they leave over."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, and_, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import DAY_MS
from webmacs_edge.store.history_rows import LONGEST_CHUNK_MS, Chunk, Rollup
from webmacs_edge.store.history_tables import CHUNKS, DAYS, ROLLUPS

_ROLLUP = tuple(ROLLUPS.c[name] for name in Rollup._fields)
_CHUNK = tuple(CHUNKS.c[name] for name in Chunk._fields)


_IN_RANGE = (
    select(DAYS.c.channel, DAYS.c.day, DAYS.c.data)
    .where(DAYS.c.channel.in_(bindparam("channels", expanding=True)))
    .where(DAYS.c.day >= bindparam("first"), DAYS.c.day < bindparam("end"))
    .order_by(DAYS.c.channel, DAYS.c.day)
)


def _edges(*, with_env: bool) -> Select[Any]:
    """Made once: to put the query together takes longer than to answer it."""
    its, from_ms = ROLLUPS.c, bindparam("from_ms", type_=BigInteger)
    mixed = and_(its.n > 0, its.worst >= Quality.BAD.value)
    needed = or_(mixed, its.t0 < from_ms, its.t1 >= bindparam("to_ms"))
    columns = _ROLLUP if with_env else (*_ROLLUP[:-1], case((needed, its.env)).label("env"))
    return (
        select(*columns)
        .where(its.channel.in_(bindparam("channels", expanding=True)))
        .where(its.t0 >= bindparam("start_ms"), its.t0 < bindparam("end_ms"), its.t1 >= from_ms)
        .order_by(its.channel, its.t0)
    )


_EDGES = {with_env: _edges(with_env=with_env) for with_env in (False, True)}


class Day(NamedTuple):
    """A row of `datapoints_day`; without data: read the rollups instead."""

    channel: int
    day: int  # since 1970
    data: bytes | None


async def read_days(
    session: AsyncSession, channels: Sequence[int], *, first: int, end: int
) -> list[Day]:
    """The days from `first` on, before `end`, by channel and day."""
    asked = {"channels": list(channels), "first": first, "end": end}
    rows = await session.execute(_IN_RANGE, asked)
    return [Day(*row) for row in rows]


async def read_edges(
    session: AsyncSession,
    channels: Sequence[int],
    *,
    from_ms: int,
    to_ms: int,
    days: tuple[int, int],
    with_env: bool,
) -> list[Rollup]:
    """Rollups of [from_ms, to_ms) that do not begin in these days (from, before), by channel, t0.

    Without `with_env` envelopes are given only where good and bad samples are mixed, and at the
    ends of the range.
    """
    before, after = days[0] * DAY_MS, days[1] * DAY_MS
    parts = ((from_ms - LONGEST_CHUNK_MS, before), (after, to_ms))
    asked = {"channels": list(channels), "from_ms": from_ms, "to_ms": to_ms}
    rows: list[Rollup] = []
    for start_ms, end_ms in parts:
        found = await session.execute(
            _EDGES[with_env], {**asked, "start_ms": start_ms, "end_ms": end_ms}
        )
        rows += [Rollup(*row) for row in found]
    return rows


async def stale_days(session: AsyncSession, *, limit: int, locked: bool = False) -> list[Day]:
    """Days whose summary is to be made; never the last one of a channel, which still grows."""
    later = DAYS.alias()
    is_past = select(later.c.day).where(later.c.channel == DAYS.c.channel, later.c.day > DAYS.c.day)
    wanted = (
        select(DAYS.c.channel, DAYS.c.day, DAYS.c.data)
        .where(DAYS.c.data.is_(None), is_past.exists())
        .order_by(DAYS.c.channel, DAYS.c.day)
        .limit(limit)
    )
    if locked:
        wanted = wanted.with_for_update()
    rows = await session.execute(wanted)
    return [Day(*row) for row in rows]


async def days_after(session: AsyncSession, after: tuple[int, int], *, limit: int) -> list[Day]:
    """The summaries that there are after this channel and day."""
    key = DAYS.c.channel
    rows = await session.execute(
        select(key, DAYS.c.day, DAYS.c.data)
        .where(key >= after[0], or_(key > after[0], DAYS.c.day > after[1]))
        .where(func.length(DAYS.c.data) > 0)
        .order_by(key, DAYS.c.day)
        .limit(limit)
    )
    return [Day(*row) for row in rows]


async def rollups_of_day(session: AsyncSession, day: Day) -> list[Rollup]:
    """The rollups that begin in it, by t0."""
    its, start_ms = ROLLUPS.c, day.day * DAY_MS
    rows = await session.execute(
        select(*_ROLLUP)
        .where(its.channel == day.channel, its.t0 >= start_ms, its.t0 < start_ms + DAY_MS)
        .order_by(its.t0)
    )
    return [Rollup(*row) for row in rows]


async def chunks_of_rollups(session: AsyncSession, rollups: Sequence[Rollup]) -> list[Chunk]:
    """The chunks of these rollups of one channel, as far as they are there."""
    if not rollups:
        return []
    starts = [rollup.t0 for rollup in rollups]
    rows = await session.execute(
        select(*_CHUNK).where(CHUNKS.c.channel == rollups[0].channel, CHUNKS.c.t0.in_(starts))
    )
    return [Chunk(*row) for row in rows]


async def store_days(session: AsyncSession, days: Sequence[Day]) -> None:
    """Keep what was made; in the transaction in which the rollups were read."""
    for day in days:
        mine = (DAYS.c.channel == day.channel, DAYS.c.day == day.day)
        await session.execute(update(DAYS).where(*mine).values(data=day.data))
