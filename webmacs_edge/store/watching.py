"""What the site decides about its horn and its records, and the removal of old records."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.rule_definitions import Priority
from webmacs_edge.model.watching import Watching, check_watching
from webmacs_edge.store.site_settings import read_site_value, write_site_value
from webmacs_edge.store.tables import AlarmEntry, LogEntry

AT_ONCE = 1000
_KEY = "watching"
_NAMES = frozenset(field.name for field in fields(Watching))


async def read_watching(session: AsyncSession) -> Watching:
    """As it was decided; what nobody decided has its usual value."""
    found = await read_site_value(session, _KEY, {})
    said: dict[str, Any] = {name: value for name, value in found.items() if name in _NAMES}
    if "horn_least" in said:
        said["horn_least"] = Priority(said["horn_least"])
    return Watching(**said)


async def write_watching(
    session: AsyncSession, watching: Watching, *, at_ms: int, user_public_id: str | None
) -> None:
    """Decide it; InvalidError names the field."""
    check_watching(watching)
    await write_site_value(
        session, _KEY, asdict(watching), at_ms=at_ms, user_public_id=user_public_id
    )


async def prune_journal(session: AsyncSession, *, before_ms: int, most: int) -> int:
    """Remove some entries of the journal of alarms that are too old or too many."""
    return await _prune(session, AlarmEntry, AlarmEntry.at_ms, before_ms=before_ms, most=most)


async def prune_log(session: AsyncSession, *, before_ms: int, most: int) -> int:
    """Remove some log entries that are too old or too many."""
    column = LogEntry.created_on_ms
    return await _prune(session, LogEntry, column, before_ms=before_ms, most=most)


async def count_records(session: AsyncSession) -> dict[str, tuple[int, int | None]]:
    """How many there are of each, and when the oldest was written."""
    found: dict[str, tuple[int, int | None]] = {}
    for name, column in (("journal", AlarmEntry.at_ms), ("log", LogEntry.created_on_ms)):
        count, oldest_ms = (await session.execute(select(func.count(), func.min(column)))).one()
        found[name] = (count, oldest_ms)
    return found


async def _prune(
    session: AsyncSession, table: Any, column: Any, *, before_ms: int, most: int
) -> int:
    old = select(table.id).where(column < before_ms).order_by(column).limit(AT_ONCE)
    ids: Sequence[int] = (await session.scalars(old)).all()
    excess = (await session.scalar(select(func.count(table.id))) or 0) - most - len(ids)
    if excess > 0 and len(ids) < AT_ONCE:
        oldest = select(table.id).where(column >= before_ms).order_by(column)
        more = await session.scalars(oldest.limit(min(excess, AT_ONCE - len(ids))))
        ids = [*ids, *more]
    if ids:
        await session.execute(delete(table).where(table.id.in_(ids)))
    return len(ids)
