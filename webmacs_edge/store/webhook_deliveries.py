"""Queries on the `webhook_deliveries` table: what is, or was, on its way to receivers."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.audit import AuditAction, Change
from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.model.webhook_samples import TEST_SENTENCE, TEST_TYPE, test_details
from webmacs_edge.model.webhooks import DeliveryStatus, encode, payload
from webmacs_edge.store.auditing import record
from webmacs_edge.store.outbox import queue_one, send_again
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import Webhook, WebhookDelivery
from webmacs_edge.store.webhooks import get_webhook

_UNFINISHED = (DeliveryStatus.pending.value, DeliveryStatus.failed.value)
_DEAD = DeliveryStatus.dead_letter.value


@dataclass(slots=True)
class Standing:
    """How the deliveries of a webhook stand; `last` is the newest that was tried or given up."""

    waiting: int = 0
    dead: int = 0
    last: WebhookDelivery | None = None


async def list_deliveries(
    session: AsyncSession,
    webhook_public_id: str,
    *,
    page: int,
    page_size: int,
    status: DeliveryStatus | None = None,
    event_type: str = "",
    from_ms: int | None = None,
    to_ms: int | None = None,
) -> Page[WebhookDelivery]:
    """One page of a webhook's deliveries, newest first, narrowed by what is given."""
    webhook = await get_webhook(session, webhook_public_id)
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    if status is not None:
        query = query.where(WebhookDelivery.status == status.value)
    if event_type:
        query = query.where(WebhookDelivery.event_type == event_type)
    if from_ms is not None:
        query = query.where(WebhookDelivery.created_on_ms >= from_ms)
    if to_ms is not None:
        query = query.where(WebhookDelivery.created_on_ms < to_ms)
    ordered = query.order_by(WebhookDelivery.created_on_ms.desc(), WebhookDelivery.id.desc())
    return await read_page(session, ordered, page=page, page_size=page_size)


async def standings(session: AsyncSession, webhook_ids: Sequence[int]) -> dict[int, Standing]:
    """How the deliveries of these webhooks stand."""
    found = {it: Standing() for it in webhook_ids}
    counted = await session.execute(
        select(WebhookDelivery.webhook_id, WebhookDelivery.status, func.count())
        .where(
            WebhookDelivery.webhook_id.in_(webhook_ids),
            WebhookDelivery.status.in_((*_UNFINISHED, _DEAD)),
        )
        .group_by(WebhookDelivery.webhook_id, WebhookDelivery.status)
    )
    for webhook_id, status, count in counted:
        if status == _DEAD:
            found[webhook_id].dead = count
        else:
            found[webhook_id].waiting += count
    for row in await _newest_tried(session, webhook_ids):
        found[row.webhook_id].last = row
    return found


async def _newest_tried(
    session: AsyncSession, webhook_ids: Sequence[int]
) -> Sequence[WebhookDelivery]:
    newest = (
        select(func.max(WebhookDelivery.id))
        .where(
            WebhookDelivery.webhook_id == Webhook.id,
            WebhookDelivery.status != DeliveryStatus.pending.value,
        )
        .scalar_subquery()
    )
    ids = select(newest).where(Webhook.id.in_(webhook_ids))
    rows = await session.scalars(select(WebhookDelivery).where(WebhookDelivery.id.in_(ids)))
    return rows.all()


async def waiting_since(session: AsyncSession) -> tuple[int, int | None]:
    """How many deliveries wait in all, and since when the oldest does (UTC, ms)."""
    query = (
        select(func.count(), func.min(WebhookDelivery.created_on_ms))
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.status.in_(_UNFINISHED), Webhook.enabled)
    )
    count, oldest_ms = (await session.execute(query)).one()
    return count, oldest_ms


async def queue_test(session: AsyncSession, webhook_public_id: str, *, at_ms: int) -> str:
    """Write a test for this webhook alone; its public id. ConflictError when it is disabled."""
    webhook = await get_webhook(session, webhook_public_id)
    if not webhook.enabled:
        raise ConflictError(
            text("This webhook is disabled: nothing is sent to it. Enable it first.")
        )
    body = encode(payload(TEST_TYPE, at_ms=at_ms, details=test_details()))
    _note(session, webhook, "a test was sent")
    return await queue_one(
        session, webhook.id, event_type=TEST_TYPE, body=body, at_ms=at_ms, text=TEST_SENTENCE
    )


async def send_delivery_again(
    session: AsyncSession, webhook_public_id: str, public_id: str
) -> None:
    """Put a dead letter of this webhook back into the outbox."""
    webhook = await get_webhook(session, webhook_public_id)
    query = select(WebhookDelivery.id).where(
        WebhookDelivery.public_id == public_id, WebhookDelivery.webhook_id == webhook.id
    )
    if await session.scalar(query) is None:
        raise NotFoundError(text("This webhook has no delivery {public_id}.", public_id=public_id))
    await send_again(session, public_id)
    _note(session, webhook, "a delivery was sent again")


def _note(session: AsyncSession, webhook: Webhook, did: str) -> None:
    change = Change(
        AuditAction.command,
        noun="webhooks",
        object_public_id=webhook.public_id,
        object_name=webhook.url,
        new={"did": did},
    )
    record(session, change)
