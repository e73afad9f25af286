"""Queries on the `log_entries` table: notes for the operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.model.text import kept, text
from webmacs_edge.model.words import LoggingType, StatusType
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import LogEntry

MAX_CONTENT = 500


async def add_log_entry(
    session: AsyncSession,
    content: str,
    *,
    at_ms: int,
    logging_type: LoggingType = LoggingType.info,
    user_public_id: str | None = None,
) -> LogEntry:
    """Note something for the operator; too long a text is cut.

    A sentence made by `text` can be read in every language; searched and sent is the English one.
    """
    entry = LogEntry(
        public_id=str(uuid4()),
        content=content[:MAX_CONTENT],
        logging_type=logging_type,
        status_type=StatusType.unread,
        created_on_ms=at_ms,
        user_public_id=user_public_id,
        content_json=kept(content),
    )
    session.add(entry)
    await session.flush()
    return entry


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: of one type, read or unread, of [from_ms, to_ms), containing `search`."""

    logging_type: LoggingType | None = None
    status_type: StatusType | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    search: str = ""


ALL = Asked()


async def list_log_entries(
    session: AsyncSession, asked: Asked = ALL, *, page: int, page_size: int
) -> Page[LogEntry]:
    """One page, newest first."""
    query: Select[LogEntry] = select(LogEntry).where(*_conditions(asked))
    ordered = query.order_by(LogEntry.created_on_ms.desc(), LogEntry.id.desc())
    return await read_page(session, ordered, page=page, page_size=page_size)


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.logging_type is not None:
        found.append(LogEntry.logging_type == asked.logging_type)
    if asked.status_type is not None:
        found.append(LogEntry.status_type == asked.status_type)
    if asked.from_ms is not None:
        found.append(LogEntry.created_on_ms >= asked.from_ms)
    if asked.to_ms is not None:
        found.append(LogEntry.created_on_ms < asked.to_ms)
    if asked.search:
        found.append(LogEntry.content.icontains(asked.search, autoescape=True))
    return found


async def get_log_entry(session: AsyncSession, public_id: str) -> LogEntry:
    """The entry with this public id."""
    entry = await session.scalar(select(LogEntry).where(LogEntry.public_id == public_id))
    if entry is None:
        raise NotFoundError(text("There is no log entry {public_id}.", public_id=public_id))
    return entry


async def update_log_entry(
    session: AsyncSession, public_id: str, *, values: Mapping[str, Any]
) -> LogEntry:
    """Change columns of an entry."""
    entry = await get_log_entry(session, public_id)
    for name, value in values.items():
        setattr(entry, name, value)
    if "content" in values:
        entry.content_json = None  # these are the words of who wrote them
    await session.flush()
    return entry


async def count_unread(session: AsyncSession) -> int:
    """How many entries nobody has seen yet."""
    query = select(func.count()).where(LogEntry.status_type == StatusType.unread)
    return await session.scalar(query) or 0


async def mark_all_read(session: AsyncSession) -> None:
    """Somebody has seen the log."""
    await session.execute(
        update(LogEntry)
        .where(LogEntry.status_type == StatusType.unread)
        .values(status_type=StatusType.read)
    )
