"""Queries on the `emails` table, and the settings of the server that takes them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.mail import MAX_SUBJECT, Letter, Posted
from webmacs_edge.model.text import kept, text
from webmacs_edge.model.webhooks import DeliveryStatus
from webmacs_edge.model.words import LoggingType
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.site_settings import read_site_value, write_site_value
from webmacs_edge.store.tables import Email

MAX_WAITING = 2000
PURGE_AT_ONCE = 1000
_SERVER = "mail.server"
_UNFINISHED = (DeliveryStatus.pending.value, DeliveryStatus.failed.value)


async def read_mail_server(session: AsyncSession) -> dict[str, Any]:
    """The settings of the mail server, its password sealed; {} while there is none."""
    found = await read_site_value(session, _SERVER, None)
    return found if isinstance(found, dict) else {}


async def write_mail_server(
    session: AsyncSession, values: Mapping[str, Any], *, at_ms: int, user_public_id: str | None
) -> None:
    """Change them."""
    await write_site_value(
        session, _SERVER, dict(values), at_ms=at_ms, user_public_id=user_public_id
    )


async def queue_email(
    session: AsyncSession, *, to: str, subject: str, body: str, at_ms: int
) -> str:
    """Write an e-mail that is to be sent; why not, or "" ."""
    if not await read_mail_server(session):
        return text("E-mail is not set up: see Settings, E-mail.")
    query = select(func.count()).where(Email.status.in_(_UNFINISHED))
    if (await session.scalar(query) or 0) >= MAX_WAITING:
        return text("Too many e-mails wait already: {most}.", most=MAX_WAITING)
    session.add(
        Email(
            public_id=str(uuid4()), recipients=to, subject=subject[:MAX_SUBJECT], body=body,
            created_on_ms=at_ms,
        )
    )  # fmt: skip
    await session.flush()
    return ""


async def waiting_emails(session: AsyncSession, at_ms: int, *, limit: int) -> list[Letter]:
    """What is due, in order."""
    query = (
        select(Email)
        .where(
            Email.status.in_(_UNFINISHED),
            or_(Email.next_attempt_on_ms.is_(None), Email.next_attempt_on_ms <= at_ms),
        )
        .order_by(Email.id)
        .limit(limit)
    )
    return [
        Letter(
            it.id, it.public_id, it.recipients, it.subject, it.body, it.created_on_ms, it.attempts
        )
        for it in await session.scalars(query)
    ]


async def note_posted(session: AsyncSession, posted: Posted) -> None:
    """Store how an attempt ended; what is given up stands in the log."""
    letter, is_sent = posted.letter, posted.status is DeliveryStatus.delivered
    await session.execute(
        update(Email)
        .where(Email.id == letter.id)
        .values(
            status=posted.status.value,
            attempts=letter.attempts + 1,
            last_error=posted.error or None,
            error_json=kept(posted.error),
            sent_on_ms=posted.at_ms if is_sent else None,
            next_attempt_on_ms=posted.next_attempt_on_ms,
        )
    )
    if posted.status is DeliveryStatus.dead_letter:
        told = text(
            "An e-mail to {to} was given up: {error}", to=letter.to[:200], error=posted.error
        )
        await add_log_entry(session, told, at_ms=posted.at_ms, logging_type=LoggingType.warning)


async def list_emails(session: AsyncSession, *, page: int, page_size: int) -> Page[Email]:
    """One page, newest first."""
    ordered = select(Email).order_by(Email.created_on_ms.desc(), Email.id.desc())
    return await read_page(session, ordered, page=page, page_size=page_size)


async def emails_waiting(session: AsyncSession) -> tuple[int, int | None]:
    """How many wait to be sent, and since when the first of them."""
    query = select(func.count(), func.min(Email.created_on_ms)).where(Email.status.in_(_UNFINISHED))
    count, oldest_ms = (await session.execute(query)).one()
    return count, oldest_ms


async def send_email_again(session: AsyncSession, public_id: str) -> None:
    """Put one that was given up back; ConflictError for any other."""
    found = await session.execute(
        update(Email)
        .where(Email.public_id == public_id, Email.status == DeliveryStatus.dead_letter.value)
        .values(status=DeliveryStatus.pending.value, attempts=0, next_attempt_on_ms=None)
    )
    if found.rowcount:  # type: ignore[attr-defined] # of a cursor result
        return
    if await session.scalar(select(Email.id).where(Email.public_id == public_id)) is None:
        raise NotFoundError(text("There is no e-mail {public_id}.", public_id=public_id))
    raise ConflictError(text("Only an e-mail that was given up can be sent again."))


async def forget_emails(session: AsyncSession, *, before_ms: int) -> int:
    """Remove e-mails that ended before this time, some at a time; how many were removed."""
    old = (
        select(Email.id)
        .where(Email.status.not_in(_UNFINISHED), Email.created_on_ms < before_ms)
        .order_by(Email.id)
        .limit(PURGE_AT_ONCE)
    )
    ids: Sequence[int] = (await session.scalars(old)).all()
    if ids:
        await session.execute(delete(Email).where(Email.id.in_(ids)))
    return len(ids)
