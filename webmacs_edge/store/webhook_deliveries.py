"""Queries on the `webhook_deliveries` table: what is, or was, on its way to receivers."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.webhooks import DeliveryStatus
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import WebhookDelivery
from webmacs_edge.store.webhooks import get_webhook


async def list_deliveries(
    session: AsyncSession,
    webhook_public_id: str,
    *,
    page: int,
    page_size: int,
    status: DeliveryStatus | None = None,
) -> Page[WebhookDelivery]:
    """One page of a webhook's deliveries, newest first; in one state when that is given."""
    webhook = await get_webhook(session, webhook_public_id)
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    if status is not None:
        query = query.where(WebhookDelivery.status == status.value)
    ordered = query.order_by(WebhookDelivery.created_on_ms.desc(), WebhookDelivery.id.desc())
    return await read_page(session, ordered, page=page, page_size=page_size)
