"""Weekly figures of alarms on their page and as a file; the log, narrowed and read one by one."""

from tests.conftest import Client, app_of
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.alarm_journal import add_alarm_entry
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.web import keys


async def test_the_week_counts_what_the_journal_holds(operator: Client):
    app, at_ms = app_of(operator), now_ms()

    async def fill(session):
        for number in range(1203):  # more than one bite
            await add_alarm_entry(
                session, at_ms=at_ms - 40_000 + number, rule_public_id="r-1", name="=Hot <b>",
                priority="high", group_name="", move="raised" if number < 1200 else "shelved",
                value=None, unit="", first_out=False, user_public_id=None, actor="",
                until_ms=None,
            )  # fmt: skip

    await app[keys.DATABASE].write(fill)
    html = await (await operator.get("/alarms/figures")).text()
    file = await operator.get("/alarms/figures.csv")
    older = await operator.get("/alarms/figures?until=2020-02-01")
    odd = await operator.get("/alarms/figures?until=yesterday")

    text = await file.text()
    assert "<dd>1,200</dd>" in html
    assert "=Hot &lt;b&gt;" in html
    assert "Hot <b>" not in html
    assert "alarm,r-1,'=Hot <b>,1200" in text
    assert "shelved,,,3" in text
    assert sum(int(it.rsplit(",", 1)[1]) for it in text.splitlines() if it[:4] == "hour") == 1200
    assert [it.rsplit(",", 1)[1] for it in text.splitlines() if it[:5] == "flood"] == ["1200"]
    assert "Nothing was raised in these days." in await older.text()
    assert odd.status == 422


async def test_the_log_is_narrowed_and_entries_are_read_one_by_one(operator: Client):
    app = app_of(operator)

    async def fill(session):
        await add_log_entry(session, "an old entry", at_ms=1_700_000_000_000)
        return (await add_log_entry(session, "a newer entry", at_ms=1_700_100_000_000)).public_id

    newer = await app[keys.DATABASE].write(fill)
    span = "from=2023-11-14T00:00&to=2023-11-17T00:00"
    both = await (await operator.get(f"/log?{span}")).text()
    words = await (await operator.get(f"/log?{span}&search=newer")).text()
    answer = await operator.post(f"/log/{newer}/read?{span}", allow_redirects=False)
    new = await (await operator.get(f"/log?{span}&read=unread")).text()
    wrong = await operator.get("/log?from=noon")

    assert "an old entry" in both
    assert "a newer entry" in both
    assert "an old entry" not in words
    assert answer.status == 303
    assert "from=2023-11-14" in answer.headers["Location"]
    assert "an old entry" in new
    assert "a newer entry" not in new
    assert wrong.status == 422
    assert 'id="from-error"' in await wrong.text()
    assert (await operator.post("/log/none/read")).status == 404
