"""Pages about the deliveries of a webhook: what was sent, what waits, what was given up."""

import json

from aiohttp import web

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.webhooks import DeliveryStatus
from webmacs_edge.store.webhook_deliveries import (
    list_deliveries,
    queue_test,
    send_delivery_again,
    standings,
)
from webmacs_edge.store.webhooks import get_webhook
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.paging import page_asked
from webmacs_edge.web.render import render, wants_partial
from webmacs_edge.web.webhook_words import STATES, TEMPLATES, type_words
from webmacs_edge.web.writing import write

_PAGE_SIZE = 25
_SAID = {
    "created": text("The webhook was created. Send a test to see whether it arrives."),
    "saved": text("Saved. What still waits goes out as set now."),
    "tested": text("The test is on its way; how it went stands in the list below."),
    "again": text("The delivery is on its way again."),
}


async def detail(request: web.Request) -> web.Response:
    """One webhook with its deliveries, newest first; the list alone for the poll."""
    return await _show(request)


async def test(request: web.Request) -> web.Response:
    """Send a test to this receiver alone."""
    public_id, at_ms = request.match_info["public_id"], now_ms()
    try:
        await write(request, lambda session: queue_test(session, public_id, at_ms=at_ms))
    except ConflictError as error:
        return await _show(request, status=409, error=str(error))
    raise web.HTTPSeeOther(f"/webhooks/{public_id}?done=tested")


async def repeat(request: web.Request) -> web.Response:
    """Send a delivery that was given up once more."""
    public_id, delivery = request.match_info["public_id"], request.match_info["delivery"]
    try:
        await write(request, lambda session: send_delivery_again(session, public_id, delivery))
    except ConflictError as error:
        return await _show(request, status=409, error=str(error))
    raise web.HTTPSeeOther(f"/webhooks/{public_id}?done=again")


async def _show(request: web.Request, *, status: int = 200, error: str = "") -> web.Response:
    public_id, state = request.match_info["public_id"], _state(request)
    async with request.app[DATABASE].read() as session:
        webhook = await get_webhook(session, public_id)
        stand = (await standings(session, [webhook.id]))[webhook.id]
        deliveries = await list_deliveries(
            session, public_id, page=page_asked(request), page_size=_PAGE_SIZE, status=state
        )
    is_poll = wants_partial(request) and status == 200  # noqa: PLR2004 the usual one
    return render(
        request,
        "webhooks/_deliveries.html" if is_poll else "webhooks/detail.html",
        status=status,
        webhook=webhook,
        standing=stand,
        deliveries=deliveries,
        chosen=state,
        states=STATES,
        template_words=TEMPLATES.get(webhook.template, webhook.template),
        told_of=[type_words(word) for word in json.loads(webhook.events)],
        type_words=type_words,
        error=error,
        said="" if error else _SAID.get(request.query.get("done", ""), ""),
    )


def _state(request: web.Request) -> DeliveryStatus | None:
    word = request.query.get("status", "")
    return DeliveryStatus(word) if word in set(DeliveryStatus) else None
