"""Queries on the `alarm_journal` table: everything that ever happened to alarms."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

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
