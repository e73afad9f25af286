"""Rules over the API beyond what WebMACS 2.x knew: every field, and what does not fit where."""

from typing import Any

import pytest

from tests.conftest import Client, app_of
from tests.web.test_api_rules import RULES, _channel, _rule
from webmacs_edge.web import keys


def _whole(channel: str, other: str, **given: Any) -> dict[str, Any]:
    rule = {
        "name": "Whole",
        "combine": "any",
        "conditions": [
            {"event_public_id": channel, "operator": "between", "threshold": 1,
             "threshold_high": 5, "deadband": 0.5},
            {"watch": "rate", "event_public_id": channel, "operator": "lt", "threshold": -3,
             "window_s": 30},
            {"watch": "quality", "event_public_id": channel, "worst": "stale"},
            {"watch": "age", "event_public_id": channel, "threshold": 12},
            {"watch": "rule", "rule_public_id": other},
        ],
        "on_delay_s": 1.5,
        "off_delay_s": 3,
        "repeats": False,
        "windows": [{"days": [5, 6], "from": "22:30", "to": "06:00"}],
        "only_in_experiment": True,
        "actions": [
            {"kind": "output", "moment": "cleared", "event_public_id": channel, "value": 0},
            {"kind": "email", "to": "a@plant.lan; b@plant.lan"},
            {"kind": "webhook", "event_type": "alarm.raised"},
        ],
        "alarm": {"priority": "high", "latching": True, "cause": "Fan off", "group": "Heater",
                  "suppressed_by": other},
    }  # fmt: skip
    return rule | given


@pytest.fixture
async def two(operator: Client) -> tuple[str, str]:
    """A channel, and a rule on it."""
    channel = await _channel(operator)
    return channel, (await _rule(operator, channel, name="Other"))["public_id"]


async def _named(client: Client, name: str) -> dict[str, Any]:
    rows = (await (await client.get(f"{RULES}?page_size=100")).json())["data"]
    found: dict[str, Any] = next(row for row in rows if row["name"] == name)
    return found


async def test_everything_that_a_rule_may_say_comes_back(operator: Client, two: tuple[str, str]):
    answer = await operator.post(RULES, json=_whole(*two))
    rule = await _named(operator, "Whole")
    again = await operator.put(f"{RULES}/{rule['public_id']}", json=rule)

    assert (answer.status, again.status) == (201, 200), await again.text()
    for name, value in _whole(*two).items():
        if name not in {"conditions", "actions", "alarm"}:
            assert rule[name] == value, name
    assert [it["watch"] for it in rule["conditions"]] == ["value", "rate", "quality", "age", "rule"]
    assert rule["conditions"][1]["window_s"] == 30.0
    assert [it["kind"] for it in rule["actions"]] == ["output", "email", "webhook"]
    assert rule["actions"][1]["to"] == "a@plant.lan, b@plant.lan"
    assert rule["alarm"]["suppressed_by"] == two[1]
    assert await _named(operator, "Whole") == rule
    assert app_of(operator)[keys.RULES].needs_look == ()


async def test_programs_of_2x_see_its_first_condition_and_action(
    operator: Client, two: tuple[str, str]
):
    await operator.post(RULES, json=_whole(*two))
    rule = await _named(operator, "Whole")
    url = f"{RULES}/{rule['public_id']}"
    old = {"threshold": 2, "webhook_event_type": None}

    assert (await operator.put(url, json=old)).status == 200
    changed = await (await operator.get(url)).json()

    assert (rule["operator"], rule["threshold"], rule["threshold_high"]) == ("between", 1.0, 5.0)
    assert (rule["action_type"], rule["webhook_event_type"]) == ("webhook", "alarm.raised")
    assert changed["threshold"] == changed["conditions"][0]["threshold"] == 2.0
    assert changed["conditions"][1:] == rule["conditions"][1:]
    assert changed["actions"][:2] == rule["actions"][:2]
    assert changed["actions"][2] == {"kind": "webhook", "moment": "raised"}
    assert changed["alarm"] == rule["alarm"]


UNFIT: list[tuple[dict[str, Any], list[Any]]] = [
    ({"conditions": []}, ["conditions"]),
    ({"conditions": [{"watch": "rule"}]}, ["conditions", 0, "rule_public_id"]),
    ({"conditions": [{"threshold": 1}]}, ["conditions", 0, "event_public_id"]),
    ({"conditions": [{"event_public_id": "?"}]}, ["conditions", 0, "threshold"]),
    ({"conditions": [{"event_public_id": "?", "operator": "between", "threshold": 1}]},
     ["conditions", 0, "threshold_high"]),
    ({"conditions": [{"event_public_id": "?", "threshold": "NaN"}]},
     ["conditions", 0, "threshold"]),
    ({"conditions": [{"watch": "age", "event_public_id": "?", "operator": "lt",
                      "threshold": 1}]}, ["conditions", 0, "operator"]),
    ({"conditions": [{}] * 9}, ["conditions"]),
    ({"actions": [], "alarm": None}, ["alarm"]),
    ({"actions": [{"kind": "siren"}]}, ["actions", 0, "kind"]),
    ({"actions": [{"kind": "log"}, {"kind": "output"}]}, ["actions", 1, "event_public_id"]),
    ({"actions": [{"kind": "email"}]}, ["actions", 0, "to"]),
    ({"actions": [{"kind": "email", "to": "nobody"}]}, ["actions", 0, "to"]),
    ({"windows": [{"days": [7], "from": "01:00", "to": "02:00"}]}, ["windows", 0, "days", 0]),
    ({"windows": [{"days": [1], "from": "25:00", "to": "02:00"}]}, ["windows", 0, "from"]),
    ({"windows": [{"days": [1], "from": "02:00", "to": "02:00"}]}, ["windows", 0, "to"]),
    ({"alarm": {"priority": "urgent"}}, ["alarm", "priority"]),
    ({"alarm": {"suppressed_by": "gone"}}, ["alarm", "suppressed_by"]),
    ({"on_delay_s": -1}, ["on_delay_s"]),
    ({"combine": "some"}, ["combine"]),
]  # fmt: skip


async def test_what_does_not_fit_is_named_with_its_place(operator: Client, two: tuple[str, str]):
    for given, place in UNFIT:
        answer = await operator.post(RULES, json=_whole(*two, **given))

        assert answer.status == 422, given
        faults = (await answer.json())["detail"]
        assert faults[0]["loc"] == ["body", *place], given
        assert faults[0]["msg"]


async def test_rules_may_not_look_at_one_another_in_a_circle(
    operator: Client, two: tuple[str, str]
):
    await operator.post(RULES, json=_whole(*two))
    rule = await _named(operator, "Whole")
    looks = {"conditions": [{"watch": "rule", "rule_public_id": rule["public_id"]}]}

    circle = await operator.put(f"{RULES}/{two[1]}", json=looks)
    itself = await operator.put(f"{RULES}/{rule['public_id']}", json=looks)

    for answer in (circle, itself):
        assert answer.status == 422
        fault = (await answer.json())["detail"][0]
        assert fault["loc"] == ["body", "conditions", 0, "rule_public_id"]
    assert "Other → Whole → Other" in (await circle.json())["detail"][0]["msg"]


async def test_a_rule_of_other_rules_alone_names_the_channel_of_the_first(
    operator: Client, two: tuple[str, str]
):
    body = {"name": "Both", "conditions": [{"watch": "rule", "rule_public_id": two[1]}],
            "alarm": {"priority": "low"}}  # fmt: skip

    assert (await operator.post(RULES, json=body)).status == 201
    assert (await _named(operator, "Both"))["event_public_id"] == two[0]
    assert (await operator.delete(f"{RULES}/{two[1]}")).status == 200
    assert "removed" in (await _named(operator, "Both"))["needs_look"]
