"""Queries on the `log_entries` table: notes for the operator."""

from uuid import uuid4

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

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
    """Note something for the operator; too long a text is cut."""
    entry = LogEntry(
        public_id=str(uuid4()),
        content=content[:MAX_CONTENT],
        logging_type=logging_type,
        status_type=StatusType.unread,
        created_on_ms=at_ms,
        user_public_id=user_public_id,
    )
    session.add(entry)
    await session.flush()
    return entry


async def list_log_entries(
    session: AsyncSession,
    *,
    page: int,
    page_size: int,
    logging_type: LoggingType | None = None,
    search: str = "",
) -> Page[LogEntry]:
    """One page, newest first; of one type and containing `search` when given."""
    query: Select[LogEntry] = select(LogEntry)
    if logging_type is not None:
        query = query.where(LogEntry.logging_type == logging_type)
    if search:
        query = query.where(LogEntry.content.icontains(search, autoescape=True))
    ordered = query.order_by(LogEntry.created_on_ms.desc(), LogEntry.id.desc())
    return await read_page(session, ordered, page=page, page_size=page_size)


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
