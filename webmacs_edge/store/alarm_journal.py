"""Queries on the `alarm_journal` table: everything that ever happened to alarms."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.alarm_deeds import BY_PEOPLE
from webmacs_edge.model.alarms import Move
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.store.outbox import queue_deliveries
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import AlarmEntry

MAX_COMMENT = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: of one rule, one move, one priority, of [from_ms, to_ms)."""

    rule_public_id: str = ""
    move: str = ""
    priority: str = ""
    from_ms: int | None = None
    to_ms: int | None = None


ALL = Asked()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the journal and the webhooks say of an alarm to which something happened."""

    at_ms: int
    rule_public_id: str
    name: str
    priority: str
    group_name: str
    state: str
    value: float | None
    unit: str = ""
    sensor: str = ""  # public id of the channel
    first_out: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """Who did it, and what they said; until when a shelf lasts."""

    actor: str
    user_public_id: str | None = None
    comment: str = ""
    until_ms: int | None = None


_TOLD = {
    Move.raised: WebhookEventType.alarm_raised,
    Move.acknowledged: WebhookEventType.alarm_acknowledged,
    Move.returned: WebhookEventType.alarm_cleared,
}


async def note_moves(
    session: AsyncSession, facts: Facts, moves: Iterable[Move], *, said: Said | None = None
) -> None:
    """A row for everything that happened, and deliveries for the webhooks that are told."""
    value = facts.value if facts.value is not None and math.isfinite(facts.value) else None
    for move in moves:
        by = said if said is not None and move in BY_PEOPLE else None
        await add_alarm_entry(
            session,
            at_ms=facts.at_ms,
            rule_public_id=facts.rule_public_id,
            name=facts.name,
            priority=facts.priority,
            group_name=facts.group_name,
            move=move.value,
            value=value,
            unit=facts.unit,
            first_out=facts.first_out and move is Move.raised,
            user_public_id=by.user_public_id if by else None,
            actor=by.actor if by else "",
            comment=by.comment if by else "",
            until_ms=by.until_ms if by else None,
        )
        if move in _TOLD:
            await _tell(session, facts, move, value=value)


async def _tell(session: AsyncSession, facts: Facts, move: Move, *, value: float | None) -> None:
    details = {
        "alarm": facts.name,
        "priority": facts.priority,
        "sensor": facts.sensor,
        "value": value,
        "unit": facts.unit,
        "state": facts.state,
    }
    shown = "" if value is None else f" at {value:g} {facts.unit}".rstrip()
    word = "cleared" if move is Move.returned else move.value
    text = f"Alarm {word} ({facts.priority}): {facts.name}{shown}."
    await queue_deliveries(session, _TOLD[move], at_ms=facts.at_ms, details=details, text=text)


async def newest_entries(
    session: AsyncSession, rule_public_ids: Sequence[str], *, most: int = 1000
) -> dict[str, AlarmEntry]:
    """Of each of these alarms the last thing that somebody did to it."""
    by_people = [it.value for it in BY_PEOPLE]
    newest = (
        select(func.max(AlarmEntry.id))
        .where(AlarmEntry.rule_public_id.in_(rule_public_ids[:most]))
        .where(AlarmEntry.move.in_(by_people))
        .group_by(AlarmEntry.rule_public_id)
    )
    rows = await session.scalars(select(AlarmEntry).where(AlarmEntry.id.in_(newest)))
    return {row.rule_public_id: row for row in rows}


async def list_alarm_entries_before(
    session: AsyncSession, asked: Asked = ALL, *, before: AlarmEntry | None, limit: int
) -> Sequence[AlarmEntry]:
    """Entries after this one in the order of the list, newest first: to walk through all."""
    query: Select[AlarmEntry] = select(AlarmEntry).where(*_conditions(asked))
    if before is not None:
        query = query.where(
            or_(
                AlarmEntry.at_ms < before.at_ms,
                and_(AlarmEntry.at_ms == before.at_ms, AlarmEntry.id < before.id),
            )
        )
    ordered = query.order_by(AlarmEntry.at_ms.desc(), AlarmEntry.id.desc())
    return (await session.scalars(ordered.limit(limit))).all()


async def raised_after(
    session: AsyncSession, after: tuple[int, int], *, to_ms: int, limit: int
) -> Sequence[AlarmEntry]:
    """Annunciations after this (time, id) and before `to_ms`, oldest first: to walk through all."""
    at_ms, entry_id = after
    later = or_(AlarmEntry.at_ms > at_ms, and_(AlarmEntry.at_ms == at_ms, AlarmEntry.id > entry_id))
    query = (
        select(AlarmEntry)
        .where(AlarmEntry.move == Move.raised.value, later, AlarmEntry.at_ms < to_ms)
        .order_by(AlarmEntry.at_ms, AlarmEntry.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def count_moves(session: AsyncSession, move: Move, *, from_ms: int, to_ms: int) -> int:
    """How often this happened to any alarm in [from_ms, to_ms)."""
    query = select(func.count(AlarmEntry.id)).where(
        AlarmEntry.move == move.value, AlarmEntry.at_ms >= from_ms, AlarmEntry.at_ms < to_ms
    )
    return await session.scalar(query) or 0


async def add_alarm_entry(session: AsyncSession, **values: Any) -> None:
    """Note something that happened to an alarm; `values` are its columns."""
    comment = str(values.pop("comment", ""))[:MAX_COMMENT]
    session.add(AlarmEntry(comment=comment, **values))
    await session.flush()


async def list_alarm_entries(
    session: AsyncSession, asked: Asked = ALL, *, page: int, page_size: int
) -> Page[AlarmEntry]:
    """One page, newest first."""
    query: Select[AlarmEntry] = select(AlarmEntry).where(*_conditions(asked))
    ordered = query.order_by(AlarmEntry.at_ms.desc(), AlarmEntry.id.desc())
    return await read_page(session, ordered, page=page, page_size=page_size)


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.rule_public_id:
        found.append(AlarmEntry.rule_public_id == asked.rule_public_id)
    if asked.move:
        found.append(AlarmEntry.move == asked.move)
    if asked.priority:
        found.append(AlarmEntry.priority == asked.priority)
    if asked.from_ms is not None:
        found.append(AlarmEntry.at_ms >= asked.from_ms)
    if asked.to_ms is not None:
        found.append(AlarmEntry.at_ms < asked.to_ms)
    return found
