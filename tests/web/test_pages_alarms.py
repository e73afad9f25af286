"""The pages of alarms: list, one alarm, journal, CSV, and the head that every page shows."""

import pytest

from tests.conftest import sign_in_as
from tests.web.alarms import make_alarm
from webmacs_edge.model.words import UserRole


@pytest.fixture
async def alarm(operator):
    """An alarm that is active; its name tries to be more than a name."""
    made = await make_alarm(operator, "=Hot <b>", cause="Too much heat")
    await made.set(150, active=True)
    return made


async def post(alarm, deed, **form):
    """Press a button of a page."""
    path = f"/alarms/{alarm.rule}/{deed}"
    return await alarm.client.post(path, data=form, allow_redirects=False)


async def test_every_page_counts_alarms_and_names_the_most_urgent(alarm, operator):
    for path in ("/", "/log", "/alarms", "/alarms/head"):
        html = await (await operator.get(path)).text()
        assert "Active alarms: 0 critical, 1 high, 0 medium, 0 low<" in html
        assert "=Hot &lt;b&gt;" in html
        assert "Hot <b>" not in html
        assert 'id="alarm-said" role="status">Alarm: =Hot &lt;b&gt;</span>' in html


async def test_the_list_shows_value_limit_and_texts(alarm, operator):
    html = await (await operator.get("/alarms")).text()

    assert all(words in html for words in ("above 100 °C", "150", "Too much heat"))
    assert "Not acknowledged" in html
    for shown in ("aside", "normal", "odd"):
        assert (await operator.get(f"/alarms?show={shown}")).status == 200


async def test_one_is_acknowledged_with_a_comment_and_only_once(alarm, operator):
    assert (await post(alarm, "acknowledge", comment="Seen")).status == 303
    again = await post(alarm, "acknowledge")

    assert again.status == 409
    assert "does not wait for anybody" in await again.text()
    assert "Seen" in await (await operator.get(f"/alarms/{alarm.rule}")).text()


async def test_all_that_were_shown_are_acknowledged(alarm, operator):
    form = {"rules": alarm.rule, "comment": "Shift"}

    answer = await operator.post("/alarms/acknowledge", data=form, allow_redirects=False)

    assert answer.status == 303
    assert alarm.view.alarm.state == "acknowledged"


async def test_a_shelf_says_what_is_wrong_at_the_field(alarm):
    nothing = await post(alarm, "shelve")
    odd = await post(alarm, "shelve", until="soon", why="x")
    late = await post(alarm, "shelve", until="2990-01-01", why="x")

    assert [it.status for it in (nothing, odd, late)] == [422, 422, 422]
    assert "7 days" in await late.text()
    assert (await post(alarm, "odd")).status == 404
    assert alarm.view.alarm.aside == ""


async def test_the_journal_is_narrowed_and_its_file_holds_no_formula(alarm, operator):
    await post(alarm, "acknowledge", comment="=1+1")

    page = await (await operator.get("/alarms/journal?move=acknowledged")).text()
    wrong = await operator.get("/alarms/journal?from=odd")
    file = await operator.get("/alarms/journal.csv?priority=high")
    lines = (await file.text()).removeprefix("\ufeff").splitlines()

    assert "operator person" in page
    assert wrong.status == 422
    assert file.content_type == "text/csv"
    assert len(lines) == 3
    assert "'=Hot <b>" in lines[1]
    assert "'=1+1" in lines[1]


async def test_a_viewer_looks_but_does_not_touch(alarm, client):
    viewer = await sign_in_as(client, UserRole.viewer)

    html = await (await viewer.get("/alarms")).text()

    assert 'class="button button-accent"' not in html
    assert (await post(alarm, "acknowledge")).status == 403
    assert (await viewer.get("/alarms/none")).status == 404


async def test_the_stream_brings_the_list_and_the_head(alarm, operator):
    async with operator.get("/streams/alarms") as answer:
        text = (await answer.content.readuntil(b"</table>")).decode()

    assert "alarm-counts" in text
    assert "above 100 °C" in text
