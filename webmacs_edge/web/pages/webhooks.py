"""Pages about webhooks: who is told of what happens, for administrators."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aiohttp import web

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.webhook_deliveries import standings
from webmacs_edge.store.webhooks import (
    create_webhook,
    delete_webhook,
    get_webhook,
    list_webhooks,
    update_webhook,
)
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.paging import page_asked
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.webhooks import WebhookForm
from webmacs_edge.web.sealing import sealed
from webmacs_edge.web.webhook_preview import example
from webmacs_edge.web.webhook_words import STATES, TEMPLATES, TYPES, type_words
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Webhook

_PAGE_SIZE = 50
_SAID = {"deleted": text("The webhook was deleted; nothing is sent to it any more.")}


async def index(request: web.Request) -> web.Response:
    """All webhooks, with how their deliveries stand."""
    async with request.app[DATABASE].read() as session:
        webhooks = await list_webhooks(session, page=page_asked(request), page_size=_PAGE_SIZE)
        stand = await standings(session, [it.id for it in webhooks.rows])
    return render(
        request,
        "webhooks/index.html",
        webhooks=webhooks,
        standings=stand,
        events_of=lambda it: [type_words(word) for word in json.loads(it.events)],
        templates=TEMPLATES,
        states=STATES,
        said=_SAID.get(request.query.get("done", ""), ""),
    )


async def new(request: web.Request) -> web.Response:
    """The form of a new webhook."""
    return _form(request, None)


async def create(request: web.Request) -> web.Response:
    """Store the webhook in the form, or show the form again with what is wrong."""
    typed, form, errors = await read_form(request, WebhookForm)
    if form is None:
        return _form(request, None, status=422, typed=typed, errors=errors)
    public_id, at_ms = str(uuid4()), now_ms()
    values = await sealed(request, _values(form), public_id=public_id)
    values |= {"public_id": public_id, "user_public_id": request[USER].public_id}
    try:
        await write(request, lambda session: create_webhook(session, at_ms=at_ms, **values))
    except ConflictError as error:
        errors = {error.field: str(error)}
        return _form(request, None, status=409, typed=typed, errors=errors)
    raise web.HTTPSeeOther(f"/webhooks/{public_id}?done=created")


async def edit(request: web.Request) -> web.Response:
    """The form of a webhook; its secret is never in it."""
    return _form(request, await _webhook(request))


async def save(request: web.Request) -> web.Response:
    """Change the webhook, or show the form again with what is wrong."""
    webhook = await _webhook(request)
    typed, form, errors = await read_form(request, WebhookForm)
    if form is None:
        return _form(request, webhook, status=422, typed=typed, errors=errors)
    public_id = webhook.public_id
    values = await sealed(request, _values(form), public_id=public_id)
    try:
        await write(request, lambda session: update_webhook(session, public_id, values=values))
    except ConflictError as error:
        errors = {error.field: str(error)}
        return _form(request, webhook, status=409, typed=typed, errors=errors)
    raise web.HTTPSeeOther(f"/webhooks/{public_id}?done=saved")


async def preview(request: web.Request) -> web.Response:
    """What a receiver would get with the template and the types that are chosen."""
    shown = example(request.query.get("template", ""), request.query.getall("events", []))
    return render(request, "webhooks/_preview.html", preview=shown)


async def confirm_deletion(request: web.Request) -> web.Response:
    """Ask before a webhook is deleted."""
    webhook = await _webhook(request)
    async with request.app[DATABASE].read() as session:
        stand = await standings(session, [webhook.id])
    return render(request, "webhooks/delete.html", webhook=webhook, standing=stand[webhook.id])


async def delete(request: web.Request) -> web.Response:
    """Delete the webhook with its deliveries."""
    public_id = request.match_info["public_id"]
    await write(request, lambda session: delete_webhook(session, public_id))
    raise web.HTTPSeeOther("/webhooks?done=deleted")


def _values(form: WebhookForm) -> dict[str, Any]:
    values = form.model_dump(exclude={"secret", "forget_secret"})
    if form.secret is not None or form.forget_secret:
        values["secret"] = None if form.forget_secret else form.secret
    return values


async def _webhook(request: web.Request) -> "Webhook":
    async with request.app[DATABASE].read() as session:
        return await get_webhook(session, request.match_info["public_id"])


def _form(
    request: web.Request,
    webhook: "Webhook | None",
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    chosen = _chosen(webhook, typed)
    template = (typed or {}).get("template", webhook.template if webhook else "plain")
    return render(
        request,
        "webhooks/edit.html",
        status=status,
        webhook=webhook,
        chosen=chosen,
        types=TYPES,
        templates=TEMPLATES,
        preview=example(template, chosen),
        typed={name: value for name, value in (typed or {}).items() if name != "secret"},
        errors=errors or {},
    )


def _chosen(webhook: "Webhook | None", typed: dict[str, str] | None) -> Sequence[str]:
    if typed is not None:
        return typed.get("events", "").split("\n")
    return json.loads(webhook.events) if webhook else ("alarm.raised", "device.lost")
