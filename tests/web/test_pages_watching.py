"""The horn calls until somebody has seen the alarm; records are kept within their bounds."""

import pytest

from tests.conftest import Client, app_of, sign_in_as
from tests.waiting import eventually
from tests.web.alarms import make_alarm
from webmacs_edge.model.times import DAY_MS, now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.record_keeper import RecordKeeper
from webmacs_edge.store.alarm_journal import add_alarm_entry
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.watching import prune_log
from webmacs_edge.web import keys

USUAL = {
    "journal_days": "730", "log_days": "365", "deliveries_days": "30", "horn_output": "",
    "horn_value": "1", "horn_least": "high", "horn_on_s": "2", "horn_every_s": "10",
}  # fmt: skip


@pytest.fixture
async def heater(admin: Client):
    """An output that will do for a horn."""
    bindings = app_of(admin)[keys.CONTROL].bindings
    return next(it for it in bindings if it.name == "Heater power")


async def test_the_horn_sounds_until_the_alarm_is_acknowledged(admin: Client, heater):
    typed = {**USUAL, "horn_output": heater.public_id, "horn_value": "5", "horn_on_s": "60",
             "horn_every_s": "61"}  # fmt: skip
    saved = await admin.post("/settings/alarms", data=typed, allow_redirects=False)
    control = app_of(admin)[keys.CONTROL]
    alarm = await make_alarm(admin)

    await alarm.set(150, active=True)

    def is_set_to(value: float) -> bool:
        view = control.view(heater.public_id)
        return view is not None and view.set_point == value

    await eventually(lambda: is_set_to(5))
    assert (await alarm.do("acknowledge")).status == 200
    await eventually(lambda: is_set_to(heater.claim.safe_value))

    assert saved.status == 303
    assert "Heater power" in await (await admin.get("/settings/alarms")).text()


async def test_a_horn_that_cannot_sound_says_so_once(admin: Client, heater):
    typed = {**USUAL, "horn_output": heater.public_id, "horn_value": "1e9"}
    await admin.post("/settings/alarms", data=typed)
    alarm = await make_alarm(admin)

    await alarm.set(150, active=True)

    async def told():
        page = await (await admin.get("/api/v1/logging?page_size=100")).json()
        return [it["content"] for it in page["data"] if "horn does not sound" in it["content"]]

    assert len(await eventually(told)) == 1
    assert "does not sound" in await (await admin.get("/settings/alarms")).text()


async def test_what_does_not_fit_stands_at_its_field(admin: Client):
    for given, field in (
        ({"log_days": "0"}, "log_days"),
        ({"horn_on_s": "99"}, "horn_every_s"),
        ({"horn_output": "gone"}, "horn_output"),
        ({"horn_least": "urgent"}, "horn_least"),
    ):
        answer = await admin.post("/settings/alarms", data={**USUAL, **given})
        assert answer.status == 422
        assert f'id="{field}-error"' in await answer.text()


async def test_old_records_are_removed_and_the_log_says_how_many(admin: Client):
    app, old_ms = app_of(admin), now_ms() - 800 * DAY_MS

    async def fill(session):
        for number in range(3):
            await add_log_entry(session, f"old {number}", at_ms=old_ms)
            await add_alarm_entry(
                session, at_ms=old_ms, rule_public_id="r", name="Hot", priority="high",
                group_name="", move="raised", value=None, unit="", first_out=False,
                user_public_id=None, actor="", until_ms=None,
            )  # fmt: skip
        await add_log_entry(session, "young", at_ms=now_ms())

    await app[keys.DATABASE].write(fill)
    keeper = RecordKeeper(app)
    await keeper.keep()
    await keeper.keep()

    page = await (await admin.get("/api/v1/logging?page_size=100")).json()
    texts = [it["content"] for it in page["data"]]
    assert keeper.removed == 6
    assert not [it for it in texts if it.startswith("old")]
    assert "young" in texts
    told = [it for it in texts if it.startswith("Old records were removed")]
    assert told == [
        "Old records were removed: 3 entries of the journal of alarms, 3 log entries. Settings, "
        "Alarms and log, says how long they are kept (journal 730 days, log 365 days)."
    ]
    assert (await (await admin.get("/api/v1/alarms/journal")).json())["total"] == 0


async def test_too_many_records_go_the_oldest_first(client: Client):
    app = app_of(client)
    await sign_in_as(client, UserRole.operator)

    async def fill(session):
        for number in range(6):
            await add_log_entry(session, f"entry {number}", at_ms=10**12 + number)

    await app[keys.DATABASE].write(fill)
    before = (await (await client.get("/api/v1/logging")).json())["total"]
    removed = await app[keys.DATABASE].write(
        lambda session: prune_log(session, before_ms=0, most=before - 4)
    )

    page = await (await client.get("/api/v1/logging?page_size=100")).json()
    assert removed == 4
    left = [it["content"] for it in page["data"] if it["content"].startswith("entry")]
    assert left == ["entry 5", "entry 4"]
