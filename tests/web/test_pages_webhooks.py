"""Webhooks as administrators see and set them on pages."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import Client, Start, app_of, sign_in_as
from tests.waiting import eventually
from tests.webhooks.receiver import ok, receiving
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.tables import Webhook, WebhookDelivery
from webmacs_edge.web import keys

URL = "http://pc7.plant.lan:8123/in"
TYPED = {"url": URL, "events": ["alarm.raised", "device.lost"], "template": "slack"}


async def _add(client: Client, **given: Any) -> str:
    answer = await client.post("/webhooks", data={**TYPED, "enabled": "true", **given})
    assert answer.status == 200, await answer.text()
    return answer.url.path


async def _row(client: Client) -> Webhook:
    async with app_of(client)[keys.DATABASE].read() as session:
        row = await session.scalar(select(Webhook).order_by(Webhook.id.desc()))
    assert row is not None
    return row


async def _deliver(client: Client, status: str, **given: Any) -> None:
    key = (await _row(client)).id

    async def work(session: Any) -> None:
        session.add(
            WebhookDelivery(
                public_id=f"delivery-{status}", webhook_id=key, event_type="alarm.raised",
                payload="{}", status=status, created_on_ms=1_700_000_000_000, **given,
            )
        )  # fmt: skip

    await app_of(client)[keys.DATABASE].write(work)


async def test_a_webhook_is_added_listed_and_shown_without_its_secret(admin: Client):
    empty = await (await admin.get("/webhooks")).text()
    path = await _add(admin, secret="hush hush")

    listed = await (await admin.get("/webhooks")).text()
    shown = await (await admin.get(path)).text()
    form = await (await admin.get(f"{path}/edit")).text()
    assert "Nobody is told yet" in empty
    assert URL in listed
    assert "An alarm is raised" in listed
    assert "with its secret" in shown
    assert 'value="device.lost" checked' in form
    assert "hush" not in listed + shown + form


@pytest.mark.parametrize(
    ("given", "field", "status"),
    [
        ({"url": "ftp://pc7/"}, "url", 422),
        ({"url": ""}, "url", 422),
        ({"url": "http://other.plant.lan/"}, "url", 409),
        ({"events": []}, "events", 422),
        ({"events": ["tea.ready"]}, "events", 422),
        ({"template": "morse"}, "template", 422),
        ({"attempts": "0"}, "attempts", 422),
        ({"attempts": "often"}, "attempts", 422),
        ({"secret": "😀" * 255}, "secret", 422),
    ],
)
async def test_a_webhook_that_does_not_fit_comes_back_with_the_reason_and_without_the_secret(
    admin: Client, given: dict[str, Any], field: str, status: int
):
    await _add(admin, url="http://other.plant.lan/")

    answer = await admin.post("/webhooks", data={**TYPED, "secret": "hush hush", **given})

    html = await answer.text()
    assert answer.status == status
    assert f'id="{field}-error"' in html
    assert "hush" not in html
    if "events" not in given:
        assert 'value="device.lost" checked' in html


async def test_an_empty_secret_keeps_the_one_it_has_and_a_box_forgets_it(admin: Client):
    path = await _add(admin, secret="one")
    first = (await _row(admin)).secret
    seen = []

    for given in ({}, {"secret": "two"}, {"forget_secret": "true"}):
        assert (await admin.post(path, data={**TYPED, "attempts": "7", **given})).status == 200
        seen.append((await _row(admin)).secret)

    assert seen[0] == first
    assert seen[1] not in (first, None)
    assert seen[2] is None
    row = await _row(admin)
    assert (row.enabled, row.attempts, row.template) == (False, 7, "slack")


@pytest.mark.parametrize("template", ["plain", "slack", "teams", "ntfy", "nonsense"])
@pytest.mark.standing
async def test_the_preview_shows_what_the_receiver_would_get(admin: Client, template: str):
    answer = await admin.get(
        "/webhooks/preview", params={"template": template, "events": "device.lost"}
    )

    html = await answer.text()
    assert answer.status == 200
    assert "X-Webhook-Event" in html
    assert "device.lost" in html
    assert "<html" not in html


async def test_a_test_is_sent_and_its_delivery_stands_in_the_list(
    start: Start, plant: VirtualRevPi
):
    async with (
        receiving(ok) as receiver,
        start(plant, webhook_allow=["127.0.0.0/8"]) as client,
    ):
        admin = await sign_in_as(client, UserRole.admin)
        path = await _add(admin, url=receiver.address)

        answer = await admin.post(f"{path}/test")

        assert "on its way" in await answer.text()
        await eventually(lambda: receiver.bodies, what="the test")
        assert "*Reading*" in receiver.bodies[0]

        async def is_shown() -> bool:
            partial = await admin.get(path, headers={"HX-Request-Type": "partial"})
            html = await partial.text()
            return "This is a test" in html and "HTTP 200" in html and "<html" not in html

        await eventually(is_shown, what="its delivery")


async def test_a_disabled_webhook_says_why_no_test_is_sent(admin: Client):
    path = await _add(admin, enabled="")

    answer = await admin.post(f"{path}/test")

    assert answer.status == 409
    assert "Enable it first" in await answer.text()


async def test_what_was_given_up_is_counted_found_and_sent_again(admin: Client):
    path = await _add(admin, enabled="")
    await _deliver(admin, "dead_letter", attempts=12, last_error="HTTP <503>")
    await _deliver(admin, "delivered", attempts=1, response_code=204)

    listed = await (await admin.get("/webhooks")).text()
    dead = await (await admin.get(path, params={"status": "dead_letter"})).text()
    odd = await admin.get(path, params={"status": "lost", "page": "9" * 30})
    again = await admin.post(f"{path}/deliveries/delivery-dead_letter/send-again")
    twice = await admin.post(f"{path}/deliveries/delivery-dead_letter/send-again")

    assert f'href="{path}?status=dead_letter"><b>1</b>' in listed
    assert "HTTP &lt;503&gt;" in dead
    assert "delivery-delivered" not in dead
    assert odd.status == 200
    assert "on its way again" in await again.text()
    assert (twice.status, "Only a delivery that was given up" in await twice.text()) == (409, True)


async def test_deleting_asks_first_and_says_what_is_lost(admin: Client):
    path = await _add(admin)
    await _deliver(admin, "dead_letter")

    asked = await (await admin.get(f"{path}/delete")).text()
    answer = await admin.post(f"{path}/delete")

    assert "1 that were given up" in asked
    assert "The webhook was deleted" in await answer.text()
    assert (await admin.get(path)).status == 404


async def test_the_menu_leads_administrators_there_and_nobody_else(client: Client):
    await sign_in_as(client, UserRole.operator)
    seen = [await (await client.get("/log")).text()]
    refused = (await client.get("/webhooks")).status
    await sign_in_as(client, UserRole.admin)
    seen.append(await (await client.get("/log")).text())

    assert ['href="/webhooks"' in html for html in seen] == [False, True]
    assert refused == 403
