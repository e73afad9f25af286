"""The pages of rules: list, form without JavaScript, one rule at work, dry run."""

from typing import Any

import pytest

from tests.conftest import Client, app_of
from tests.waiting import eventually
from tests.web.alarms import make_alarm
from webmacs_edge.web import keys


@pytest.fixture
async def channel(operator: Client) -> str:
    """A channel that values are posted to; its name tries to be more than a name."""
    body = {"name": "<i>In</i>", "min_value": 0, "max_value": 200, "unit": "°C", "type": "sensor"}
    assert (await operator.post("/api/v1/events", json=body)).status == 201
    events = app_of(operator)[keys.STATION].events
    return next(it.public_id for it in events if it.name == "<i>In</i>")


def form(channel: str, **given: str) -> dict[str, str]:
    """The form of a rule above 100 that logs and raises an alarm."""
    typed = {
        "name": "Hot", "enabled": "true", "combine": "all", "cooldown_seconds": "60",
        "conditions.0.watch": "value", "conditions.0.event_public_id": channel,
        "conditions.0.operator": "gt", "conditions.0.threshold": "100",
        "actions.0.kind": "log", "actions.0.moment": "raised",
        "is_alarm": "true", "alarm.priority": "high",
    }  # fmt: skip
    return {**typed, **given}


async def post(client: Client, value: float, channel: str) -> None:
    """A value, as an old controller sends it."""
    body = {"datapoints": [{"value": value, "event_public_id": channel}]}
    assert (await client.post("/api/v1/datapoints/batch", json=body)).status == 201


async def only_rule(client: Client) -> dict[str, Any]:
    """The one that there is."""
    rows: list[dict[str, Any]] = (await (await client.get("/api/v1/rules")).json())["data"]
    assert len(rows) == 1
    return rows[0]


async def test_without_rules_the_page_offers_examples_that_can_be_saved(operator: Client):
    html = await (await operator.get("/rules")).text()
    shown = await (await operator.get("/rules/new?example=high")).text()

    assert html.count("/rules/new?example=") == 3
    assert 'name="conditions.0.threshold"' in shown
    assert "checked" in shown


async def test_a_rule_is_made_on_the_page_and_fires(operator: Client, channel: str):
    given = form(channel, **{"conditions.0.threshold": "100,5", "conditions.0.deadband": "2"})

    answer = await operator.post("/rules", data=given, allow_redirects=False)
    rule = await only_rule(operator)
    await post(operator, 150, channel)
    await eventually(lambda: app_of(operator)[keys.RULES].engine.holds(rule["public_id"]))

    assert answer.status == 303
    assert rule["conditions"][0]["threshold"] == 100.5
    page = await (await operator.get(f"/rules/{rule['public_id']}")).text()
    assert "&lt;i&gt;In&lt;/i&gt; above 100.5 °C" in page
    assert "<b>Fired</b>" in page
    assert "<i>In" not in page
    for path in ("/streams/rules", f"/streams/rules/{rule['public_id']}"):
        async with operator.get(path) as stream:
            told = (await stream.content.readuntil(b"</table>")).decode()
        assert 'data-state="holds"' in told
        assert "alarm-counts" in told
    assert (await operator.get("/streams/rules/none")).status == 404


async def test_parts_come_and_go_without_javascript_and_nothing_is_saved(
    operator: Client, channel: str
):
    two = form(channel, change="add.conditions")
    html = await (await operator.post("/rules", data=two)).text()
    typed = form(channel, **{"conditions.1.threshold": "7", "conditions.1.watch": "age"})
    less = await (
        await operator.post("/rules", data={**typed, "change": "remove.conditions.0"})
    ).text()
    odd = await operator.post("/rules", data=form(channel, change="remove.everything.9"))

    assert 'name="conditions.1.threshold"' in html
    assert 'value="100"' in html
    assert 'name="conditions.0.threshold" type="text" value="7"' in less
    assert 'name="conditions.1.threshold"' not in less
    assert odd.status == 200
    assert (await (await operator.get("/api/v1/rules")).json())["total"] == 0


UNFIT: list[tuple[dict[str, str], str, str]] = [
    ({"name": ""}, "name", "Please fill this in."),
    ({"conditions.0.threshold": "hot"}, "conditions.0.threshold", "number"),
    ({"conditions.0.threshold": ""}, "conditions.0.threshold", "Please fill this in."),
    ({"conditions.0.operator": "between"}, "conditions.0.threshold_high", "upper"),
    ({"conditions.0.event_public_id": ""}, "conditions.0.event_public_id", "channel"),
    ({"actions.0.kind": "email"}, "actions.0.to", "e-mail"),
    ({"actions.0.kind": "output"}, "actions.0.event_public_id", "output"),
    ({"windows.0.from": "08:00", "windows.0.to": "09:00"}, "windows.0.days", "fill"),
    ({"conditions.0.watch": "rule", "conditions.0.rule_public_id": "gone"},
     "conditions.0.rule_public_id", "no rule"),
]  # fmt: skip


async def test_what_does_not_fit_stands_at_its_field(operator: Client, channel: str):
    for given, field, words in UNFIT:
        answer = await operator.post("/rules", data=form(channel, **given))

        html = await answer.text()
        assert answer.status == 422
        error = html.partition(f'id="{field}-error"')[2].partition("</p>")[0]
        assert words in error, given
        assert 'value="Hot"' in html or "name" in given


async def test_a_name_that_is_taken_says_so_and_a_copy_has_another(operator: Client, channel: str):
    await operator.post("/rules", data=form(channel))
    rule = await only_rule(operator)

    again = await operator.post("/rules", data=form(channel))
    copy = await (await operator.get(f"/rules/new?like={rule['public_id']}")).text()

    assert again.status == 422
    assert "Hot" in (await again.text()).partition('id="name-error"')[2].partition("</p>")[0]
    assert 'value="Hot (copy)"' in copy


async def test_it_is_switched_off_changed_and_deleted(operator: Client, channel: str):
    await operator.post("/rules", data=form(channel))
    path = f"/rules/{(await only_rule(operator))['public_id']}"

    await operator.post(f"{path}/disable")
    off = await only_rule(operator)
    shown = await (await operator.get(f"{path}/edit")).text()
    await operator.post(path, data=form(channel, name="Hotter"))
    changed = await only_rule(operator)
    asked = await operator.get(f"{path}/delete")
    await operator.post(f"{path}/delete")

    assert (off["enabled"], changed["enabled"], changed["name"]) == (False, True, "Hotter")
    assert 'value="Hot"' in shown
    assert asked.status == 200
    assert (await (await operator.get("/api/v1/rules")).json())["total"] == 0
    assert (await operator.post(f"{path}/upside-down")).status == 404


async def test_a_dry_run_tells_when_it_would_have_fired_also_before_it_is_saved(
    operator: Client, channel: str
):
    for value in (20, 150, 20, 160, 20):
        await post(operator, value, channel)

    answer = await operator.post("/rules", data=form(channel, change="try"))
    await operator.post("/rules", data=form(channel, cooldown_seconds="0"))
    rule = await only_rule(operator)
    page = await (await operator.get(f"/rules/{rule['public_id']}/dry-run?days=1")).text()
    looking = {"conditions.0.watch": "rule", "conditions.0.rule_public_id": rule["public_id"]}
    typed = form(channel, name="Also", change="try", cooldown_seconds="0", **looking)
    along = await (await operator.post("/rules", data=typed)).text()

    html = await answer.text()
    assert "<b>2</b> times it would have fired" in along
    assert "it looks at them: Hot." in along
    assert answer.status == 200
    assert "<b>1</b> time it would have fired" in html
    assert "<b>2</b> times it would have fired" in page
    assert "trial-bar" in page


async def test_a_rule_on_a_removed_channel_says_how_to_mend_it(operator: Client):
    alarm = await make_alarm(operator)
    await operator.delete(f"/api/v1/events/{alarm.event}")
    await eventually(lambda: app_of(operator)[keys.RULES].needs_look)

    for path in ("/rules", f"/rules/{alarm.rule}"):
        html = await (await operator.get(path)).text()
        assert "Needs a look" in html or "needs a look" in html
        assert "Choose another channel" in html
    assert (await operator.get(f"/rules/{alarm.rule}/edit")).status == 200
    assert (await operator.get(f"/rules/{alarm.rule}/dry-run")).status == 200
