"""Rules in the whole appliance: from a sample to the log, the outbox, the outputs, and back."""

import json

import pytest

from tests.conftest import app_of, sign_in_as
from tests.waiting import eventually
from tests.webhooks.receiver import ok, receiving
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.rules import create_rule
from webmacs_edge.web import keys

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
async def external(operator):
    """A channel that values are posted to."""
    body = {"name": "Sent in", "min_value": -1000, "max_value": 1000, "unit": "°C"}
    assert (await operator.post("/api/v1/events", json={**body, "type": "sensor"})).status == 201
    page = await (await operator.get("/api/v1/events?page_size=100")).json()
    return next(it for it in page["data"] if it["name"] == "Sent in")["public_id"]


async def post(client, event, *values):
    """Values in one batch, as an old controller sends them."""
    batch = [{"value": value, "event_public_id": event} for value in values]
    answer = await client.post("/api/v1/datapoints/batch", json={"datapoints": batch})
    assert answer.status == 201, await answer.text()


async def add_rule(client, event, **more):
    """A rule above 100 that logs."""
    body = {
        "name": "Hot", "event_public_id": event, "operator": "gt", "threshold": 100,
        "action_type": "log", "cooldown_seconds": 60, **more,
    }  # fmt: skip
    answer = await client.post("/api/v1/rules", json=body)
    assert answer.status == 201, await answer.text()


async def log_texts(client):
    """What stands on the log page."""
    page = await (await client.get("/api/v1/logging?page_size=100")).json()
    return [entry["content"] for entry in page["data"]]


@pytest.mark.parametrize(
    ("value", "said"), [(150.4567, "150.46"), (100.004, "100.004")], ids=["rounded", "near"]
)
async def test_a_spike_inside_a_batch_fires_its_rule_and_stands_in_the_log(
    operator, external, value, said
):
    await add_rule(operator, external)

    await post(operator, external, 20, value, 20)

    async def text():
        return [it for it in await log_texts(operator) if it.startswith("Hot")]

    found = await eventually(text)
    assert found == [f"Hot: Sent in is {said} °C (above 100)."]
    rules = (await (await operator.get("/api/v1/rules")).json())["data"]
    assert rules[0]["last_triggered_at"] is not None


async def test_a_rule_on_a_channel_of_the_plant_works_from_the_next_scan(operator):
    page = await (await operator.get("/api/v1/events?page_size=100")).json()
    flow = next(it for it in page["data"] if it["name"] == "Air flow")["public_id"]

    await add_rule(operator, flow, operator="gte", threshold=-1e6)

    await eventually(lambda: _has(operator, "Hot: Air flow is"))


async def _has(client, beginning):
    return any(text.startswith(beginning) for text in await log_texts(client))


async def test_a_rule_that_is_switched_off_or_removed_rests(operator, external):
    await add_rule(operator, external)
    public_id = (await (await operator.get("/api/v1/rules")).json())["data"][0]["public_id"]

    await operator.put(f"/api/v1/rules/{public_id}", json={"enabled": False})
    await post(operator, external, 150)
    engine = app_of(operator)[keys.RULES].engine
    assert not engine.holds(public_id)
    await operator.delete(f"/api/v1/rules/{public_id}")

    assert engine.machines() == ()
    assert not await _has(operator, "Hot")


async def test_a_rule_on_a_removed_channel_asks_for_a_look_and_breaks_nothing(operator, external):
    await add_rule(operator, external)

    await operator.delete(f"/api/v1/events/{external}")

    rules = app_of(operator)[keys.RULES]
    await eventually(lambda: [it.name for it in rules.needs_look] == ["Hot"])
    assert "removed" in rules.needs_look[0].why


async def test_a_webhook_gets_the_payload_of_2x(start, plant):
    async with receiving(ok) as receiver, start(plant, webhook_allow=LOOPBACK) as client:
        admin = await sign_in_as(client, UserRole.admin)
        body = {"url": receiver.address, "secret": "s3", "events": ["sensor.threshold_exceeded"]}
        assert (await admin.post("/api/v1/webhooks", json=body)).status == 201
        event = {"name": "In", "min_value": 0, "max_value": 1000, "unit": "°C", "type": "sensor"}
        await admin.post("/api/v1/events", json=event)
        page = await (await admin.get("/api/v1/events?page_size=100")).json()
        public_id = next(it for it in page["data"] if it["name"] == "In")["public_id"]
        await add_rule(admin, public_id, action_type="webhook")
        await post(admin, public_id, 150)
        await eventually(lambda: receiver.bodies)

    sent = json.loads(receiver.bodies[0])
    assert list(sent) == ["type", "time", "sensor", "value", "rule", "operator", "threshold"]
    assert (sent["sensor"], sent["value"], sent["rule"]) == (public_id, 150.0, "Hot")
    assert "X-Webhook-Signature" in receiver.headers[0]


async def test_experiments_tell_webhooks(start, plant):
    async with receiving(ok) as receiver, start(plant, webhook_allow=LOOPBACK) as client:
        admin = await sign_in_as(client, UserRole.admin)
        events = ["experiment.started", "experiment.stopped"]
        await admin.post("/api/v1/webhooks", json={"url": receiver.address, "events": events})
        await admin.post("/api/v1/experiments", json={"name": "Größe 7"})
        page = await (await admin.get("/api/v1/experiments")).json()
        await admin.put(f"/api/v1/experiments/{page['data'][0]['public_id']}/stop")
        await eventually(lambda: len(receiver.bodies) == 2)

    sent = [json.loads(body) for body in receiver.bodies]
    assert [(it["type"], it["experiment"]) for it in sent] == [
        ("experiment.started", "Größe 7"), ("experiment.stopped", "Größe 7")
    ]  # fmt: skip
    assert sent[0]["time"].endswith("+00:00")


async def test_rules_start_and_stop_experiments_and_use_outputs(operator, external):
    app = app_of(operator)
    heater = next(it for it in app[keys.CONTROL].bindings if it.name == "Heater power")
    more = {
        "repeats": False,
        "actions": [
            {"kind": "start_experiment", "name": "By rule"},
            {"kind": "output", "event_public_id": heater.public_id, "value": 0},
            {"kind": "stop_experiment", "moment": "cleared"},
        ],
    }
    await app[keys.DATABASE].write(
        lambda session: create_rule(
            session, at_ms=0, name="Batch", event_public_id=external, operator="gt",
            threshold=100.0, threshold_high=None, action_type="log", webhook_event_type=None,
            enabled=True, cooldown_seconds=0, more_json=json.dumps(more),
        )
    )  # fmt: skip
    await app[keys.RULES].reload()

    await post(operator, external, 150)
    await eventually(lambda: _experiments(operator, running=True))
    await post(operator, external, 20)
    await eventually(lambda: _experiments(operator, running=False))

    assert [it["name"] for it in await _experiments(operator, running=False)] == ["By rule"]
    await eventually(lambda: _is_commanded(app, heater.public_id))


async def _experiments(client, *, running):
    page = await (await client.get("/api/v1/experiments")).json()
    return [it for it in page["data"] if (it["stopped_on"] is None) == running]


def _is_commanded(app, public_id):
    view = app[keys.CONTROL].view(public_id)
    return view is not None and view.set_point == 0


async def test_what_a_rule_remembers_survives_a_restart(start, plant):
    more = {"repeats": False, "alarm": {"priority": "high"}}
    async with start(plant) as client:
        admin = await sign_in_as(client, UserRole.admin)
        event = {"name": "In", "min_value": 0, "max_value": 1000, "unit": "°C", "type": "sensor"}
        await admin.post("/api/v1/events", json=event)
        page = await (await admin.get("/api/v1/events?page_size=100")).json()
        public_id = next(it for it in page["data"] if it["name"] == "In")["public_id"]
        app = app_of(client)
        rule = await app[keys.DATABASE].write(
            lambda session: create_rule(
                session, at_ms=0, name="Hot", event_public_id=public_id, operator="gt",
                threshold=100.0, threshold_high=None, action_type="log", webhook_event_type=None,
                enabled=True, cooldown_seconds=0, more_json=json.dumps(more),
            )
        )  # fmt: skip
        await app[keys.RULES].reload()
        await post(admin, public_id, 150)
        await eventually(lambda: app[keys.RULES].engine.holds(rule.public_id))

    async with start(plant) as client:
        engine = app_of(client)[keys.RULES].engine
        alarm = engine.alarm(rule.public_id)
        admin = await sign_in_as(client, UserRole.operator)
        await post(admin, public_id, 151)
        texts = [it for it in await log_texts(admin) if it.startswith("Hot")]

    assert engine.holds(rule.public_id)
    assert alarm is not None
    assert alarm.state == "unacknowledged"
    assert len(texts) == 1
