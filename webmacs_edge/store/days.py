"""Queries on the summaries of whole days, and on what of a range they leave over."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import DAY_MS
from webmacs_edge.store.history_rows import LONGEST_CHUNK_MS, Chunk, Rollup
from webmacs_edge.store.history_tables import CHUNKS, DAYS, ROLLUPS

_ROLLUP = tuple(ROLLUPS.c[name] for name in Rollup._fields)
_CHUNK = tuple(CHUNKS.c[name] for name in Chunk._fields)


def _edges(when: str, *, with_env: bool) -> Select[Any]:
    """The rollups that begin `when`: in the parameters of this name."""
    its, from_ms = ROLLUPS.c, bindparam("from_ms", type_=BigInteger)
    mixed = and_(its.n > 0, its.worst >= Quality.BAD.value)
    needed = or_(mixed, its.t0 < from_ms, its.t1 >= bindparam("to_ms"))
    columns = _ROLLUP if with_env else (*_ROLLUP[:-1], case((needed, its.env)).label("env"))
    return (
        select(*columns)
        .where(its.channel.in_(bindparam("channels", expanding=True)))
        .where(its.t0 >= bindparam(f"{when}_ms"), its.t0 < bindparam(f"{when}_end_ms"))
        .where(its.t1 >= from_ms)
    )


def _days() -> Select[Any]:
    """Days, as far as they look like a rollup; their `t1` is empty."""
    its = DAYS.c
    empty = [null().label(name) for name in Rollup._fields[2:-1]]
    return (
        select(its.channel, its.day.label("t0"), *empty, its.data.label("env"))
        .where(its.channel.in_(bindparam("channels", expanding=True)))
        .where(its.day >= bindparam("first"), its.day < bindparam("end"))
    )


def _whole(*, with_env: bool) -> CompoundSelect[Any]:
    """Made once, and asked in one go: to do so takes longer than to answer it."""
    edges = (_edges(when, with_env=with_env) for when in ("before", "after"))
    return union_all(*edges, _days())


_WHOLE = {with_env: _whole(with_env=with_env) for with_env in (False, True)}


class Day(NamedTuple):
    """A row of `datapoints_day`; without data: read the rollups instead."""

    channel: int
    day: int  # since 1970
    data: bytes | None


async def read_range(
    session: AsyncSession,
    channels: Sequence[int],
    *,
    from_ms: int,
    to_ms: int,
    days: tuple[int, int],
    with_env: bool,
) -> tuple[list[Day], list[Rollup]]:
    """These days (from, before), and the rollups of [from_ms, to_ms) that begin in none of them.

    Both by channel and time. Without `with_env` envelopes are given only where good and bad samples
    are mixed, and at the ends of the range.
    """
    first, end = days
    asked = {
        "channels": list(channels), "first": first, "end": end, "from_ms": from_ms, "to_ms": to_ms,
        "before_ms": from_ms - LONGEST_CHUNK_MS, "before_end_ms": first * DAY_MS,
        "after_ms": end * DAY_MS, "after_end_ms": to_ms,
    }  # fmt: skip
    rows = (await session.execute(_WHOLE[with_env], asked)).all()
    whole = sorted(Day(row.channel, row.t0, row.env) for row in rows if row.t1 is None)
    edges = sorted(Rollup(*row) for row in rows if row.t1 is not None)
    return whole, edges


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
