"""Webhooks and deliveries for programs, as the contract has them."""

import json
import zlib
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import Client, Start, app_of, sign_in_as
from tests.waiting import eventually
from tests.webhooks.receiver import ok, receiving
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.tables import Webhook, WebhookDelivery
from webmacs_edge.store.vault import unseal
from webmacs_edge.store.webhooks import secret_purpose
from webmacs_edge.web import keys

HOOKS = "/api/v1/webhooks"
HOOK = {"url": "http://pc7.plant.lan:8123/in?x=1", "events": ["sensor.reading"]}
FIELDS = [
    "public_id", "url", "events", "enabled", "created_on", "user_public_id", "template", "attempts",
]  # fmt: skip


async def _hook(client: Client, **given: Any) -> dict[str, Any]:
    answer = await client.post(HOOKS, json={**HOOK, **given})
    assert answer.status == 201, await answer.text()
    rows = (await (await client.get(HOOKS, params={"page_size": 100})).json())["data"]
    found: dict[str, Any] = rows[-1]
    return found


async def _row(client: Client, public_id: str) -> Webhook:
    async with app_of(client)[keys.DATABASE].read() as session:
        row = await session.scalar(select(Webhook).where(Webhook.public_id == public_id))
    assert row is not None
    return row


async def _secret(client: Client, public_id: str) -> str | None:
    sealed = (await _row(client, public_id)).secret
    if sealed is None:
        return None
    box_key = app_of(client)[keys.SECRET_KEY]
    return await unseal(sealed, box_key=box_key, purpose=secret_purpose(public_id))


async def test_a_new_webhook_is_listed_without_its_secret(admin: Client):
    hook = await _hook(admin, secret=" hush hush ", events=["sensor.reading"] * 2)

    row = await _row(admin, hook["public_id"])
    assert list(hook) == FIELDS
    assert hook["events"] == ["sensor.reading"] * 2
    assert "hush" not in str(row.secret)
    assert await _secret(admin, hook["public_id"]) == " hush hush "


async def test_the_longest_secret_fits_sealed(admin: Client):
    hook = await _hook(admin, secret="ß" * 255)

    assert len(str((await _row(admin, hook["public_id"])).secret)) <= 1024
    assert await _secret(admin, hook["public_id"]) == "ß" * 255


async def test_a_secret_stays_unless_it_is_changed_or_cleared(admin: Client):
    hook = await _hook(admin, secret="one")
    url = f"{HOOKS}/{hook['public_id']}"

    seen = []
    for part in ({"enabled": False}, {"secret": "two"}, {"secret": None}, {"secret": ""}):
        assert (await admin.put(url, json=part)).status == 200
        seen.append(await _secret(admin, hook["public_id"]))

    assert seen == ["one", "two", None, None]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": None}, "url"),
        ({"url": "ftp://pc7/in"}, "url"),
        ({"url": "http://"}, "url"),
        ({"url": "http:///in"}, "url"),
        ({"url": "http://pc7:99999/"}, "url"),
        ({"url": "http://[::1/"}, "url"),
        ({"url": "http://pc7/a b"}, "url"),
        ({"url": "http://pc7/\r\nX: y"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "http://pc7/" + "x" * 2048}, "url"),
        ({"secret": "x" * 256}, "secret"),
        ({"secret": "😀" * 255}, "secret"),
        ({"secret": 7}, "secret"),
        ({"events": []}, "events"),
        ({"events": None}, "events"),
        ({"events": "sensor.reading"}, "events"),
        ({"events": ["sensor.reading"] * 51}, "events"),
        ({"enabled": None}, "enabled"),
        ({"template": "morse"}, "template"),
        ({"template": None}, "template"),
        ({"attempts": 0}, "attempts"),
        ({"attempts": 51}, "attempts"),
        ({"attempts": "often"}, "attempts"),
    ],
)
@pytest.mark.standing
async def test_a_webhook_that_does_not_fit_names_the_field_and_no_secret(
    admin: Client, given: dict[str, Any], field: str
):
    hook = await _hook(admin, url=f"http://other.plant.lan/{zlib.crc32(repr(given).encode())}")

    created = await admin.post(HOOKS, json={**HOOK, "secret": "hush", **given})
    changed = await admin.put(f"{HOOKS}/{hook['public_id']}", json=given)

    for answer in (created, changed):
        faults = (await answer.json())["detail"]
        assert answer.status == 422
        assert [fault["loc"] for fault in faults] == [["body", field]]
        assert faults[0]["input"] is None
    assert await (await admin.get(f"{HOOKS}/{hook['public_id']}")).json() == hook


async def test_an_unknown_type_is_named_by_its_place(admin: Client):
    answer = await admin.post(HOOKS, json={**HOOK, "events": ["sensor.reading", "tea.ready"]})

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"] == ["body", "events", 1]


async def test_one_receiver_is_told_once(admin: Client):
    await _hook(admin)
    other = await _hook(admin, url="https://pc8.plant.lan/")

    created = await admin.post(HOOKS, json=HOOK)
    moved = await admin.put(f"{HOOKS}/{other['public_id']}", json={"url": HOOK["url"]})

    for answer in (created, moved):
        assert answer.status == 409
        assert (await answer.json())["field"] == "url"


async def _deliver(client: Client, hook: dict[str, Any], *statuses: str) -> None:
    key = (await _row(client, hook["public_id"])).id

    async def work(session: Any) -> None:
        for number, status in enumerate(statuses):
            session.add(
                WebhookDelivery(
                    public_id=f"{hook['public_id']}-{number}",
                    webhook_id=key,
                    event_type="sensor.reading",
                    payload='{"value": 1.0}',
                    status=status,
                    created_on_ms=1_700_000_000_000 + number,
                )
            )

    await app_of(client)[keys.DATABASE].write(work)


async def test_deliveries_are_listed_newest_first_without_what_they_carry(admin: Client):
    hook, other = await _hook(admin), await _hook(admin, url="http://pc9/")
    await _deliver(admin, hook, "delivered", "dead_letter", "pending")
    await _deliver(admin, other, "pending")

    body = await (await admin.get(f"{HOOKS}/{hook['public_id']}/deliveries")).json()

    assert body["total"] == 3
    assert [row["status"] for row in body["data"]] == ["pending", "dead_letter", "delivered"]
    assert list(body["data"][0]) == [
        "public_id", "event_type", "status", "attempts", "last_error", "response_code",
        "created_on", "delivered_on", "next_attempt_on",
    ]  # fmt: skip
    assert body["data"][2]["created_on"] == "2023-11-14T22:13:20Z"
    assert body["data"][0]["created_on"] == "2023-11-14T22:13:20.002000Z"


async def test_deliveries_can_be_narrowed_to_one_state(admin: Client):
    hook = await _hook(admin)
    await _deliver(admin, hook, "delivered", "dead_letter", "delivered")
    url = f"{HOOKS}/{hook['public_id']}/deliveries"

    dead = await (await admin.get(url, params={"status": "dead_letter"})).json()
    unknown = await admin.get(url, params={"status": "lost"})

    assert (dead["total"], dead["data"][0]["status"]) == (1, "dead_letter")
    assert unknown.status == 422
    assert (await unknown.json())["detail"][0]["loc"] == ["query", "status"]


async def test_deliveries_can_be_narrowed_to_a_type_and_a_time(admin: Client):
    hook = await _hook(admin)
    await _deliver(admin, hook, "delivered", "dead_letter", "delivered")
    url = f"{HOOKS}/{hook['public_id']}/deliveries"
    rows = (await (await admin.get(url)).json())["data"]
    middle = rows[1]["created_on"]

    since = await (await admin.get(url, params={"from": middle})).json()
    before = await (await admin.get(url, params={"to": middle})).json()
    kind = await (await admin.get(url, params={"event_type": rows[0]["event_type"]})).json()
    other = await (await admin.get(url, params={"event_type": "device.lost"})).json()
    wrong = await admin.get(url, params={"from": "noon"})

    assert (since["total"], before["total"]) == (2, 1)
    assert (kind["total"], other["total"]) == (3, 0)
    assert wrong.status == 422


async def test_a_removed_webhook_takes_its_deliveries_along(admin: Client):
    hook = await _hook(admin)
    await _deliver(admin, hook, "pending")
    url = f"{HOOKS}/{hook['public_id']}"

    statuses = [(await admin.delete(url)).status, (await admin.delete(url)).status]

    assert statuses == [200, 404]
    assert (await admin.get(f"{url}/deliveries")).status == 404
    async with app_of(admin)[keys.DATABASE].read() as session:
        assert (await session.scalars(select(WebhookDelivery))).all() == []


async def test_a_template_and_attempts_can_be_chosen_changed_and_left_to_the_usual(admin: Client):
    hook = await _hook(admin, template="slack", attempts=5)
    url = f"{HOOKS}/{hook['public_id']}"
    seen = [(hook["template"], hook["attempts"])]

    for part in ({"enabled": False}, {"template": "ntfy"}, {"attempts": None}):
        assert (await admin.put(url, json=part)).status == 200
        changed = await (await admin.get(url)).json()
        seen.append((changed["template"], changed["attempts"]))

    usual = await _hook(admin, url="http://pc8.plant.lan/")
    assert seen == [("slack", 5), ("slack", 5), ("ntfy", 5), ("ntfy", None)]
    assert (usual["template"], usual["attempts"]) == ("plain", None)


async def test_a_test_goes_to_one_receiver_and_cannot_be_mistaken(
    start: Start, plant: VirtualRevPi
):
    async with (
        receiving(ok) as mine,
        receiving(ok) as other,
        start(plant, webhook_allow=["127.0.0.0/8"]) as client,
    ):
        admin = await sign_in_as(client, UserRole.admin)
        hook = await _hook(admin, url=mine.address, events=["alarm.raised"])
        await _hook(admin, url=other.address, events=["alarm.raised"])
        url = f"{HOOKS}/{hook['public_id']}"

        asked = await admin.post(f"{url}/test")
        await eventually(lambda: mine.bodies, what="the test")

        async def is_noted() -> bool:
            rows = (await (await admin.get(f"{url}/deliveries")).json())["data"]
            return [row["status"] for row in rows] == ["delivered"]

        await eventually(is_noted, what="its delivery")
        body = json.loads(mine.bodies[0])
        assert asked.status == 202
        assert (body["type"], body["sensor"], body["test"]) == ("sensor.reading", "test", True)
        assert mine.headers[0]["X-Webhook-Event"] == "sensor.reading"
        assert other.bodies == []
        trail = (await (await admin.get("/api/v1/audit")).json())["data"]
        assert trail[0]["noun"] == "webhooks"


async def test_nothing_is_sent_to_a_disabled_webhook_not_even_a_test(admin: Client):
    hook = await _hook(admin, enabled=False)

    answer = await admin.post(f"{HOOKS}/{hook['public_id']}/test")

    assert answer.status == 409
    assert "Enable it first" in (await answer.json())["detail"]
    assert (await admin.post(f"{HOOKS}/none/test")).status == 404


async def test_what_was_given_up_can_be_sent_again_by_its_own_webhook_only(admin: Client):
    hook, other = await _hook(admin, enabled=False), await _hook(admin, url="http://pc9/")
    await _deliver(admin, hook, "dead_letter", "delivered")
    url, dead = f"{HOOKS}/{hook['public_id']}/deliveries", f"{hook['public_id']}-0"

    statuses = [
        (await admin.post(f"{HOOKS}/{other['public_id']}/deliveries/{dead}/send-again")).status,
        (await admin.post(f"{url}/{hook['public_id']}-1/send-again")).status,
        (await admin.post(f"{url}/none/send-again")).status,
        (await admin.post(f"{url}/{dead}/send-again")).status,
        (await admin.post(f"{url}/{dead}/send-again")).status,
    ]

    assert statuses == [404, 409, 404, 202, 409]
    rows = (await (await admin.get(url)).json())["data"]
    assert [row["status"] for row in rows] == ["delivered", "pending"]


async def test_operators_see_no_webhooks(operator: Client):
    assert (await operator.get(HOOKS)).status == 403
