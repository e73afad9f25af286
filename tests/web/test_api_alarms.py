"""What operators do to alarms: engine, memory, journal, audit trail and webhooks agree."""

import asyncio
import json

import pytest

from tests.conftest import app_of, sign_in_as
from tests.waiting import eventually
from tests.web.alarms import make_alarm
from tests.webhooks.receiver import ok, receiving
from webmacs_edge.model.alarm_deeds import Deed, DeedKind
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import DAY_MS, HOUR_MS, iso_z, now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys


@pytest.fixture
async def alarm(operator):
    """An alarm that is active and waits for somebody."""
    made = await make_alarm(operator, group="Bed", cause="Too much heat", response="Less heat")
    await made.set(150, active=True)
    return made


async def moves(alarm):
    """What the journal says, once all is stored."""
    await eventually(lambda: app_of(alarm.client)[keys.RULES].scribe.waiting == 0)
    return [row["move"] for row in await alarm.journal()]


async def test_an_alarm_is_listed_with_its_texts_and_counted(alarm, operator):
    answer = await (await operator.get("/api/v1/alarms?state=active")).json()

    assert answer["counts"] == {"critical": 0, "high": 1, "medium": 0, "low": 0}
    one = answer["data"][0]
    assert (one["name"], one["state"], one["priority"]) == ("Hot", "unacknowledged", "high")
    assert (one["channel"], one["value"], one["unit"]) == ("Hot in", 150.0, "°C")
    assert (one["cause"], one["response"], one["first_out"]) == ("Too much heat", "Less heat", True)
    assert one["since"].endswith("Z")


async def test_acknowledging_is_journalled_remembered_and_audited(alarm):
    assert (await alarm.do("acknowledge", comment="Seen, valve stuck")).status == 200
    again = await alarm.do("acknowledge")

    assert again.status == 409
    assert alarm.view.alarm.state == "acknowledged"
    assert (await alarm.stored())["state"] == "acknowledged"
    assert await moves(alarm) == ["raised", "acknowledged"]
    row = (await alarm.journal())[-1]
    assert (row["actor"], row["comment"]) == ("operator person", "Seen, valve stuck")
    admin = await sign_in_as(alarm.client, UserRole.admin)
    audit = (await (await admin.get("/api/v1/audit?noun=alarm_journal")).json())["data"]
    assert [it["new"]["comment"] for it in audit] == ["Seen, valve stuck"]


async def test_a_body_is_not_needed_and_an_unknown_alarm_is_not_found(alarm, operator):
    assert (await operator.post(f"/api/v1/alarms/{alarm.rule}/acknowledge")).status == 200
    assert (await operator.post("/api/v1/alarms/none/acknowledge")).status == 404


async def test_a_latched_alarm_is_reset_once_its_condition_has_gone(operator):
    alarm = await make_alarm(operator, latching=True)
    await alarm.set(150, active=True)
    await alarm.do("acknowledge")

    assert (await alarm.do("reset")).status == 409
    await alarm.set(20, active=False)
    assert alarm.view.alarm.state == "latched"
    assert (await alarm.do("reset")).status == 200

    assert alarm.view.alarm.state == "normal"
    assert await moves(alarm) == ["raised", "acknowledged", "returned", "reset"]


async def test_a_shelf_needs_an_end_within_a_week_and_a_reason(alarm):
    soon, late = iso_z(now_ms() + HOUR_MS), iso_z(now_ms() + 8 * DAY_MS)

    assert (await alarm.do("shelve", until=iso_z(now_ms() - 1000), why="x")).status == 422
    assert (await alarm.do("shelve", until=late, why="x")).status == 422
    assert (await alarm.do("shelve", until=soon, why=" ")).status == 422
    assert (await alarm.do("shelve", until="soon", why="x")).status == 422
    assert (await alarm.do("shelve", until=soon)).status == 422
    assert (await alarm.do("shelve", until=soon, why="x" * 501)).status == 422
    assert (await alarm.do("unshelve")).status == 409
    assert alarm.view.alarm.aside == ""


async def test_a_shelved_alarm_is_silent_and_speaks_when_it_comes_back(alarm, operator):
    until = iso_z(now_ms() + HOUR_MS)

    assert (await alarm.do("shelve", until=until, why="Sensor is changed")).status == 200
    assert alarm.view.alarm.aside == "shelved"
    active = await (await operator.get("/api/v1/alarms?state=active")).json()
    aside = await (await operator.get("/api/v1/alarms?state=aside")).json()
    assert (active["data"], len(aside["data"])) == ([], 1)
    assert (await alarm.journal())[-1]["until"] is not None
    assert (await alarm.do("unshelve")).status == 200

    assert alarm.view.alarm.state == "unacknowledged"
    assert await moves(alarm) == ["raised", "shelved", "unshelved", "raised"]
    assert (await alarm.stored())["state"] == "unacknowledged"


async def test_an_alarm_is_taken_out_of_service_and_put_back(alarm):
    assert (await alarm.do("out-of-service", comment="Repair")).status == 200
    assert (await alarm.do("out-of-service")).status == 409
    await alarm.set(20, active=False)
    assert (await alarm.do("in-service")).status == 200

    assert alarm.view.alarm.state == "normal"
    assert await moves(alarm) == ["raised", "taken_out", "put_back"]


async def test_all_are_acknowledged_at_once_and_twice_does_no_harm(operator, alarm):
    other = await make_alarm(operator, "Cold")
    await other.set(150, active=True)
    body = {"rules": [other.rule, "none"], "comment": "Shift"}

    some = await (await operator.post("/api/v1/alarms/acknowledge", json=body)).json()
    rest = await (await operator.post("/api/v1/alarms/acknowledge", json={})).json()
    none = await (await operator.post("/api/v1/alarms/acknowledge")).json()

    assert [some["handled"], rest["handled"], none["handled"]] == [1, 1, 0]
    assert {it.view.alarm.state.value for it in (alarm, other)} == {"acknowledged"}


async def test_many_who_acknowledge_at_once_leave_one_entry(alarm):
    answers = await asyncio.gather(*(alarm.do("acknowledge") for _ in range(8)))

    assert sorted(it.status for it in answers) == [200] + [409] * 7
    assert await moves(alarm) == ["raised", "acknowledged"]


async def test_an_alarm_does_not_move_when_the_database_refuses(alarm):
    rules = app_of(alarm.client)[keys.RULES]

    async def refuse(_planned):
        raise StoreError("The disk is full.")

    deed = Deed(DeedKind.acknowledge, now_ms())
    with pytest.raises(StoreError):
        await rules.handle([alarm.rule], deed, refuse)

    assert alarm.view.alarm.state == "unacknowledged"
    assert (await alarm.do("acknowledge")).status == 200


async def test_what_the_plant_does_while_a_deed_is_stored_is_not_lost(alarm):
    """The condition goes between plan and commit: the memory that waits is amended."""
    rules = app_of(alarm.client)[keys.RULES]

    async def slow(_planned):
        await alarm.set(20, active=False)

    await rules.handle([alarm.rule], Deed(DeedKind.acknowledge, now_ms()), slow)

    assert alarm.view.alarm.state == "normal"
    await moves(alarm)
    assert (await alarm.stored())["state"] == "normal"


async def test_a_deed_is_done_to_its_end_though_nobody_waits_for_it(alarm):
    rules, began = app_of(alarm.client)[keys.RULES], asyncio.Event()

    async def slow(_planned):
        began.set()
        await asyncio.sleep(0.05)

    deed = Deed(DeedKind.acknowledge, now_ms())
    task = asyncio.ensure_future(rules.handle([alarm.rule], deed, slow))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert alarm.view.alarm.state == "acknowledged"


async def test_the_journal_is_narrowed_by_move_priority_and_time(alarm, operator):
    await alarm.do("acknowledge")
    await moves(alarm)

    async def total(query):
        return (await (await operator.get(f"/api/v1/alarms/journal?{query}")).json())["total"]

    assert await total("move=acknowledged&priority=high") == 1
    assert await total("priority=low") == 0
    assert await total(f"from={iso_z(now_ms() + HOUR_MS)}") == 0
    assert (await operator.get("/api/v1/alarms/journal?move=odd")).status == 422
    assert (await operator.get("/api/v1/alarms/journal?from=odd")).status == 422


async def test_what_was_done_survives_a_restart(start, plant):
    async with start(plant) as client:
        alarm = await make_alarm(await sign_in_as(client, UserRole.operator))
        await alarm.set(150, active=True)
        await alarm.do("shelve", until=iso_z(now_ms() + HOUR_MS), why="Repair")

    async with start(plant) as client:
        found = app_of(client)[keys.RULES].engine.alarm(alarm.rule)

    assert found is not None
    assert (found.aside, found.active) == ("shelved", True)


async def test_webhooks_hear_of_raised_acknowledged_and_cleared(start, plant):
    async with receiving(ok) as receiver, start(plant, webhook_allow=["127.0.0.0/8"]) as client:
        admin = await sign_in_as(client, UserRole.admin)
        events = ["alarm.raised", "alarm.acknowledged", "alarm.cleared"]
        await admin.post("/api/v1/webhooks", json={"url": receiver.address, "events": events})
        alarm = await make_alarm(admin)
        await alarm.set(150, active=True)
        await alarm.do("acknowledge")
        await alarm.set(20, active=False)
        await eventually(lambda: len(receiver.bodies) == 3)

    sent = [json.loads(body) for body in receiver.bodies]
    assert [it["type"] for it in sent] == events
    assert list(sent[0])[2:] == ["alarm", "priority", "sensor", "value", "unit", "state"]
    assert (sent[0]["alarm"], sent[0]["value"], sent[0]["unit"]) == ("Hot", 150.0, "°C")
    assert [it["state"] for it in sent] == ["unacknowledged", "acknowledged", "normal"]
