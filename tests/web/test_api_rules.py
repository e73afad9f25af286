"""Rules for programs, as the contract has them."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Client

RULES = "/api/v1/rules"
FIELDS = [
    "public_id", "name", "event_public_id", "operator", "threshold", "threshold_high",
    "action_type", "webhook_event_type", "enabled", "cooldown_seconds", "last_triggered_at",
    "created_on", "user_public_id",
]  # fmt: skip


async def _channel(client: Client, name: str = "Oven") -> str:
    given = {"name": name, "min_value": 0, "max_value": 9, "unit": "K", "type": "sensor"}
    assert (await client.post("/api/v1/events", json=given)).status == 201
    rows = (await (await client.get("/api/v1/events?page_size=100")).json())["data"]
    public_id: str = next(row["public_id"] for row in rows if row["name"] == name)
    return public_id


async def _rule(client: Client, channel: str, **given: Any) -> dict[str, Any]:
    body = _body(channel, **given)
    answer = await client.post(RULES, json=body)
    assert answer.status == 201, await answer.text()
    rows = (await (await client.get(f"{RULES}?page_size=100")).json())["data"]
    found: dict[str, Any] = next(row for row in rows if row["name"] == body["name"])
    return found


def _body(channel: str, **given: Any) -> dict[str, Any]:
    rule = {"name": "Hot", "operator": "gt", "threshold": "7", "action_type": "log"}
    return {**rule, "event_public_id": channel, **given}


async def test_a_new_rule_is_listed_with_every_field(operator: Client):
    channel = await _channel(operator)

    rule = await _rule(operator, channel, surprise=1)

    assert list(rule)[: len(FIELDS)] == FIELDS
    assert rule["threshold"] == 7.0
    assert rule["threshold_high"] is None
    assert rule["last_triggered_at"] is None
    assert (rule["enabled"], rule["cooldown_seconds"]) == (True, 60)
    assert await (await operator.get(f"{RULES}/{rule['public_id']}")).json() == rule


async def test_thresholds_carry_a_decimal(operator: Client):
    rule = await _rule(operator, await _channel(operator))

    text = await (await operator.get(f"{RULES}/{rule['public_id']}")).text()

    assert '"threshold":7.0,"threshold_high":null' in text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"event_public_id": None}, "event_public_id"),
        ({"operator": "near"}, "operator"),
        ({"operator": None}, "operator"),
        ({"threshold": None}, "threshold"),
        ({"threshold": "hot"}, "threshold"),
        ({"threshold": "inf"}, "threshold"),
        ({"threshold_high": "NaN"}, "threshold_high"),
        ({"operator": "between"}, "threshold_high"),
        ({"operator": "not_between", "threshold_high": None}, "threshold_high"),
        ({"operator": "between", "threshold_high": 6}, "threshold_high"),
        ({"action_type": "siren"}, "action_type"),
        ({"webhook_event_type": "sensor.melted"}, "webhook_event_type"),
        ({"enabled": None}, "enabled"),
        ({"cooldown_seconds": -1}, "cooldown_seconds"),
        ({"cooldown_seconds": 1e12}, "cooldown_seconds"),
        ({"cooldown_seconds": None}, "cooldown_seconds"),
    ],
)
@pytest.mark.standing
async def test_a_rule_that_does_not_fit_names_the_field(
    operator: Client, given: dict[str, Any], field: str
):
    name = f"for {sorted(given.items())}"[:60]
    channel = await _channel(operator, name)
    rule = await _rule(operator, channel, name=name)

    created = await operator.post(RULES, json=_body(channel, **given))
    changed = await operator.put(f"{RULES}/{rule['public_id']}", json=given)

    for answer in (created, changed):
        assert answer.status == 422
        assert [fault["loc"] for fault in (await answer.json())["detail"]] == [["body", field]]
    assert await (await operator.get(f"{RULES}/{rule['public_id']}")).json() == rule


async def test_what_a_change_leaves_out_counts_as_well(operator: Client):
    rule = await _rule(
        operator, await _channel(operator), operator="between", threshold=1, threshold_high=5
    )
    url = f"{RULES}/{rule['public_id']}"

    above = await operator.put(url, json={"threshold": 6})
    endless = await operator.put(url, json={"threshold_high": None})
    plain = await operator.put(url, json={"operator": "gt", "threshold": 6})
    leftover = await operator.put(url, json={"operator": "between"})

    assert [answer.status for answer in (above, endless, plain, leftover)] == [422, 422, 200, 422]
    for answer in (above, endless, leftover):
        assert (await answer.json())["detail"][0]["loc"] == ["body", "threshold_high"]


async def test_a_name_that_is_taken_is_a_conflict_of_that_field(operator: Client):
    channel = await _channel(operator)
    await _rule(operator, channel)
    other = await _rule(operator, channel, name="Other")

    created = await operator.post(RULES, json=_body(channel))
    renamed = await operator.put(f"{RULES}/{other['public_id']}", json={"name": "Hot"})

    for answer in (created, renamed):
        assert answer.status == 409
        assert (await answer.json())["field"] == "name"


async def test_a_channel_that_is_not_there_is_told_before_the_name(operator: Client):
    rule = await _rule(operator, await _channel(operator))

    created = await operator.post(RULES, json=_body("none"))
    changed = await operator.put(f"{RULES}/{rule['public_id']}", json={"event_public_id": "none"})

    assert (created.status, changed.status) == (404, 404)
    assert await (await operator.get(f"{RULES}/{rule['public_id']}")).json() == rule


async def test_a_rule_outlives_its_channel_and_can_be_changed_still(operator: Client):
    channel = await _channel(operator)
    rule = await _rule(operator, channel)
    url = f"{RULES}/{rule['public_id']}"

    removed = await operator.delete(f"/api/v1/events/{channel}")
    kept = await (await operator.get(url)).json()
    changed = await operator.put(url, json={**rule, "enabled": False})
    moved = await operator.put(url, json={"event_public_id": await _channel(operator, "New")})

    assert (removed.status, changed.status, moved.status) == (200, 200, 200)
    assert kept["event_public_id"] == channel
    assert (await operator.post(RULES, json=_body(channel, name="Late"))).status == 404


async def test_a_removed_rule_is_gone(operator: Client):
    rule = await _rule(operator, await _channel(operator))
    url = f"{RULES}/{rule['public_id']}"

    statuses = [(await operator.delete(url)).status, (await operator.delete(url)).status]

    assert statuses == [200, 404]
    assert (await (await operator.get(RULES)).json())["total"] == 0


async def test_pages_of_rules_hold_their_order_after_a_change(operator: Client):
    channel = await _channel(operator)
    rules = [await _rule(operator, channel, name=f"R{n}") for n in range(4)]
    await operator.put(f"{RULES}/{rules[0]['public_id']}", json={"name": "Z"})

    pages = [
        (await (await operator.get(RULES, params={"page": n, "page_size": 2})).json())["data"]
        for n in (1, 2, 3)
    ]

    assert [row["name"] for page in pages for row in page] == ["Z", "R1", "R2", "R3"]


async def test_a_viewer_may_not_even_read_rules(viewer: Client):
    assert (await viewer.get(RULES)).status == 403


async def test_of_several_who_take_one_name_one_wins(operator: Client):
    channel = await _channel(operator)

    answers = await asyncio.gather(*(operator.post(RULES, json=_body(channel)) for _ in range(6)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 5
