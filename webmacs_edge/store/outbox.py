"""The outbox: deliveries written in the transaction of their cause, tried, forgotten."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.outbox import Ended, Lane, Outgoing
from webmacs_edge.model.text import kept, text
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.model.webhooks import DeliveryStatus, WebhookEventType, encode, payload
from webmacs_edge.model.words import LoggingType
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.tables import LogEntry, Webhook, WebhookDelivery

MAX_TEXT = 500
MAX_WAITING = 50_000  # of one webhook; beyond, the oldest become dead letters
PURGE_AT_ONCE = 1000
_TOO_MANY = text("Too many were waiting")
_UNFINISHED = (DeliveryStatus.pending.value, DeliveryStatus.failed.value)


async def queue_deliveries(
    session: AsyncSession,
    event_type: WebhookEventType,
    *,
    at_ms: int,
    details: Mapping[str, str | float | bool | None],
    text: str = "",
) -> int:
    """Write a delivery for every webhook that is told of this; how many there are."""
    webhooks = await _told_of(session, event_type)
    if not webhooks:
        return 0
    body = encode(payload(event_type, at_ms=at_ms, details=details))
    rows = [
        {
            "public_id": str(uuid4()),
            "webhook_id": webhook_id,
            "event_type": event_type.value,
            "payload": body,
            "text": text[:MAX_TEXT],
            "created_on_ms": at_ms,
        }
        for webhook_id in webhooks
    ]
    await session.execute(insert(WebhookDelivery), rows)
    return len(rows)


async def queue_one(
    session: AsyncSession,
    webhook_id: int,
    *,
    event_type: str,
    body: str,
    at_ms: int,
    text: str = "",
) -> str:
    """Write one delivery for one webhook (a test); its public id."""
    public_id = str(uuid4())
    session.add(
        WebhookDelivery(
            public_id=public_id, webhook_id=webhook_id, event_type=event_type, payload=body,
            text=text[:MAX_TEXT], created_on_ms=at_ms,
        )
    )  # fmt: skip
    await session.flush()
    return public_id


async def _told_of(session: AsyncSession, event_type: WebhookEventType) -> Sequence[int]:
    quoted = f'%"{event_type.value}"%'  # `events` is a JSON array of plain words
    query = select(Webhook.id).where(Webhook.enabled, Webhook.events.like(quoted))
    return (await session.scalars(query.order_by(Webhook.id))).all()


async def is_anybody_told(session: AsyncSession, event_type: WebhookEventType) -> bool:
    """Whether an enabled webhook wants this."""
    return bool(await _told_of(session, event_type))


async def list_lanes(session: AsyncSession) -> list[Lane]:
    """Enabled webhooks with something to send; the oldest delivery of each decides when."""
    heads = (
        select(func.min(WebhookDelivery.id).label("id"))
        .where(WebhookDelivery.status.in_(_UNFINISHED))
        .group_by(WebhookDelivery.webhook_id)
        .subquery()
    )
    query = (
        select(WebhookDelivery.webhook_id, WebhookDelivery.next_attempt_on_ms)
        .join(heads, heads.c.id == WebhookDelivery.id)
        .join(Webhook, and_(Webhook.id == WebhookDelivery.webhook_id, Webhook.enabled))
        .order_by(WebhookDelivery.id)
    )
    return [Lane(webhook_id, due_ms or 0) for webhook_id, due_ms in await session.execute(query)]


async def next_waiting(session: AsyncSession, webhook_id: int, *, limit: int) -> list[Outgoing]:
    """What this webhook is to be sent next, in order; [] when it was disabled or removed."""
    query = (
        select(
            WebhookDelivery.id,
            WebhookDelivery.public_id,
            WebhookDelivery.event_type,
            WebhookDelivery.payload,
            WebhookDelivery.text,
            WebhookDelivery.attempts,
            Webhook.public_id,
            Webhook.url,
            Webhook.secret,
            Webhook.template,
            Webhook.attempts,
        )
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(
            WebhookDelivery.webhook_id == webhook_id,
            WebhookDelivery.status.in_(_UNFINISHED),
            Webhook.enabled,
        )
        .order_by(WebhookDelivery.id)
        .limit(limit)
    )
    return [Outgoing(*row) for row in await session.execute(query)]


async def note_results(session: AsyncSession, results: Sequence[Ended]) -> None:
    """Store how attempts ended; deliveries whose webhook was removed meanwhile are skipped."""
    for result in results:
        values: dict[str, Any] = {
            "status": result.status.value,
            "attempts": result.attempts,
            "response_code": result.response_code,
            "last_error": result.error,
            "error_json": kept(result.error),
            "next_attempt_on_ms": result.next_attempt_on_ms,
        }
        if result.status is DeliveryStatus.delivered:
            values["delivered_on_ms"] = result.at_ms
        await session.execute(
            update(WebhookDelivery).where(WebhookDelivery.id == result.id).values(**values)
        )
        if result.status is DeliveryStatus.dead_letter:
            await _tell_dead(session, result)


async def _tell_dead(session: AsyncSession, result: Ended) -> None:
    """The log says that a receiver takes nothing: once an hour of each, however much it misses."""
    query = (
        select(WebhookDelivery.webhook_id, WebhookDelivery.event_type, Webhook.url)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.id == result.id)
    )
    found = (await session.execute(query)).first()
    if found is None:
        return
    host = urlsplit(found.url).hostname
    told = f"Webhook {host}: deliveries were given up."  # how the sentence below begins
    since_ms = result.at_ms - HOUR_MS
    recent = select(LogEntry.id).where(
        LogEntry.created_on_ms >= since_ms, LogEntry.content.startswith(told, autoescape=True)
    )
    if await session.scalar(recent.limit(1)) is None:
        words = text(
            "Webhook {host}: deliveries were given up. The last: {kind}, {error}",
            host=host, kind=found.event_type, error=result.error,
        )  # fmt: skip
        await add_log_entry(session, words, at_ms=result.at_ms, logging_type=LoggingType.warning)


async def send_again(session: AsyncSession, public_id: str) -> None:
    """Put a dead letter back into the outbox; ConflictError for what is not dead."""
    found = await session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.public_id == public_id,
            WebhookDelivery.status == DeliveryStatus.dead_letter.value,
        )
        .values(status=DeliveryStatus.pending.value, attempts=0, next_attempt_on_ms=None)
    )
    if found.rowcount:  # type: ignore[attr-defined] # of a cursor result
        return
    query = select(WebhookDelivery.id).where(WebhookDelivery.public_id == public_id)
    if await session.scalar(query) is None:
        raise NotFoundError(text("There is no delivery {public_id}.", public_id=public_id))
    raise ConflictError(text("Only a delivery that was given up can be sent again."))


async def bury_overflow(session: AsyncSession, *, most: int = MAX_WAITING) -> int:
    """Give up the oldest of a webhook that has too many waiting; how many."""
    crowded = await session.execute(
        select(WebhookDelivery.webhook_id, func.count())
        .where(WebhookDelivery.status.in_(_UNFINISHED))
        .group_by(WebhookDelivery.webhook_id)
        .having(func.count() > most)
    )
    buried = 0
    for webhook_id, count in crowded.all():
        oldest = (
            select(WebhookDelivery.id)
            .where(
                WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.status.in_(_UNFINISHED)
            )
            .order_by(WebhookDelivery.id)
            .limit(count - most)
        )
        await session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.id.in_(oldest.scalar_subquery()))
            .values(
                status=DeliveryStatus.dead_letter.value,
                last_error=_TOO_MANY,
                error_json=kept(_TOO_MANY),
            )
        )
        buried += count - most
    return buried


async def forget_finished(
    session: AsyncSession, *, before_ms: int, readings_before_ms: int | None = None
) -> int:
    """Remove deliveries that ended before this time, some at a time; how many were removed.

    Readings are many and soon of no interest: they may have a later time of their own.
    """
    reading = WebhookDelivery.event_type == WebhookEventType.reading.value
    soon_old = and_(reading, WebhookDelivery.created_on_ms < (readings_before_ms or before_ms))
    old = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.status.not_in(_UNFINISHED),
            or_(WebhookDelivery.created_on_ms < before_ms, soon_old),
        )
        .order_by(WebhookDelivery.id)
        .limit(PURGE_AT_ONCE)
    )
    ids = (await session.scalars(old)).all()
    if ids:
        await session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(ids)))
    return len(ids)
