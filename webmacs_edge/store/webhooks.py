"""Queries on the `webhooks` table: who is told of what happens."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import Webhook

MAX_WEBHOOKS = 200


def secret_purpose(public_id: str) -> str:
    """The place of a webhook's secret, for `seal` and `unseal`: in no other it can be read."""
    return f"webhook {public_id}"


async def list_webhooks(session: AsyncSession, *, page: int, page_size: int) -> Page[Webhook]:
    """One page, in the order they were made."""
    query = select(Webhook).order_by(Webhook.id)
    return await read_page(session, query, page=page, page_size=page_size)


async def count_webhooks(session: AsyncSession) -> int:
    """How many there are."""
    return await session.scalar(select(func.count(Webhook.id))) or 0


async def get_webhook(session: AsyncSession, public_id: str) -> Webhook:
    """The webhook with this public id."""
    webhook = await session.scalar(select(Webhook).where(Webhook.public_id == public_id))
    if webhook is None:
        raise NotFoundError(text("There is no webhook {public_id}.", public_id=public_id))
    return webhook


async def create_webhook(session: AsyncSession, *, at_ms: int, **values: Any) -> Webhook:
    """Store a webhook; `values` are its columns, `events` a list and `secret` sealed already.

    ConflictError when its URL is told already.
    """
    if await count_webhooks(session) >= MAX_WEBHOOKS:
        raise ConflictError(
            text(
                "There are {max_webhooks} webhooks already. Remove some first.",
                max_webhooks=MAX_WEBHOOKS,
            )
        )
    webhook = Webhook(created_on_ms=at_ms, **_columns(values))
    session.add(webhook)
    await _flush(session)
    return webhook


async def update_webhook(
    session: AsyncSession, public_id: str, *, values: Mapping[str, Any]
) -> Webhook:
    """Change columns of a webhook; ConflictError when its new URL is told already."""
    webhook = await get_webhook(session, public_id)
    for name, value in _columns(values).items():
        setattr(webhook, name, value)
    await _flush(session)
    return webhook


async def delete_webhook(session: AsyncSession, public_id: str) -> Webhook:
    """Remove a webhook and its deliveries; returns it as it was."""
    webhook = await get_webhook(session, public_id)
    await session.delete(webhook)
    await session.flush()
    return webhook


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(values)
    if "events" in columns:
        columns["events"] = json.dumps(columns["events"])
    return columns


async def _flush(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        raise ConflictError(
            text("Another webhook has this URL already. Change that one instead."), field="url"
        ) from error
