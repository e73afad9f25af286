"""Webhooks and their deliveries for programs."""

from uuid import uuid4

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.webhook_deliveries import (
    list_deliveries,
    queue_test,
    send_delivery_again,
)
from webmacs_edge.store.webhooks import (
    create_webhook,
    delete_webhook,
    get_webhook,
    list_webhooks,
    update_webhook,
)
from webmacs_edge.web.api.answers import answer, answer_page, done
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut
from webmacs_edge.web.schemas.webhooks import (
    DeliveryOut,
    DeliveryQuery,
    WebhookIn,
    WebhookOut,
    WebhookPatch,
)
from webmacs_edge.web.sealing import sealed
from webmacs_edge.web.writing import write


@operation(query=PageQuery, returns=PageOut[WebhookOut])
async def index(request: web.Request) -> web.Response:
    """List the webhooks, in the order they were made."""
    asked = read_query(request, PageQuery)
    async with request.app[DATABASE].read() as session:
        page = await list_webhooks(session, page=asked.page, page_size=asked.page_size)
    return answer_page(page, WebhookOut)


@operation(body=WebhookIn, returns=StatusOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Create a webhook; its secret is sealed and never shown."""
    public_id, at_ms = str(uuid4()), now_ms()
    given = read_body(request, WebhookIn).model_dump()
    values = await sealed(request, given, public_id=public_id)
    values |= {"public_id": public_id, "user_public_id": request[USER].public_id}
    await write(request, lambda session: create_webhook(session, at_ms=at_ms, **values))
    return done("The webhook was created.", status=201)


@operation(returns=WebhookOut)
async def show(request: web.Request) -> web.Response:
    """One webhook."""
    async with request.app[DATABASE].read() as session:
        webhook = await get_webhook(session, request.match_info["public_id"])
    return answer(WebhookOut.model_validate(webhook))


@operation(body=WebhookPatch, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Change any part of a webhook; without a secret the one it has stays."""
    public_id = request.match_info["public_id"]
    given = read_body(request, WebhookPatch).model_dump(exclude_unset=True)
    values = await sealed(request, given, public_id=public_id)
    await write(request, lambda session: update_webhook(session, public_id, values=values))
    return done("The webhook was changed.")


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Remove a webhook and its deliveries."""
    public_id = request.match_info["public_id"]
    await write(request, lambda session: delete_webhook(session, public_id))
    return done("The webhook was removed.")


@operation(query=DeliveryQuery, returns=PageOut[DeliveryOut])
async def deliveries(request: web.Request) -> web.Response:
    """List what was sent to a receiver, newest first; in one state, of one type, of some time."""
    asked, public_id = read_query(request, DeliveryQuery), request.match_info["public_id"]
    async with request.app[DATABASE].read() as session:
        page = await list_deliveries(session, public_id, **asked.model_dump())
    return answer_page(page, DeliveryOut)


@operation(returns=StatusOut, status=202, errors=(409,))
async def test(request: web.Request) -> web.Response:
    """Send a test to this receiver alone; its delivery says how it went."""
    public_id, at_ms = request.match_info["public_id"], now_ms()
    await write(request, lambda session: queue_test(session, public_id, at_ms=at_ms))
    return done("The test is on its way.", status=202)


@operation(returns=StatusOut, status=202, errors=(409,))
async def repeat(request: web.Request) -> web.Response:
    """Send a delivery that was given up once more, with all its attempts."""
    public_id, delivery = request.match_info["public_id"], request.match_info["delivery"]
    await write(request, lambda session: send_delivery_again(session, public_id, delivery))
    return done("The delivery is on its way again.", status=202)
