"""The audit trail, as administrators see it."""

import asyncio
import csv
import html
import io
import json
import re
from typing import Any

import pytest

from tests.conftest import EMAILS, PASSWORD, Client, app_of, channels_of, sign_in_as
from webmacs_edge.model.audit import KEY_PURPOSE
from webmacs_edge.model.box_keys import derive_key
from webmacs_edge.model.times import iso_z, now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.audit_chain import check_chain
from webmacs_edge.web import keys
from webmacs_edge.web.pages import audit

API = "/api/v1/audit"


async def start_runs(client: Client, *names: str) -> None:
    for name in names:
        await client.post("/experiments", data={"name": name})
        found = await (await client.get("/api/v1/experiments?page_size=1")).json()
        await client.post(f"/experiments/{found['data'][0]['public_id']}/stop")


async def entries(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(API, params={"page_size": 100, **query})
    assert answer.status == 200, await answer.text()
    found: list[dict[str, Any]] = (await answer.json())["data"]
    return found


async def text_of(client: Client, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200
    return html.unescape(await answer.text())


async def test_a_change_on_a_page_stands_in_the_trail(admin: Client):
    event = (await channels_of(admin))[0]
    shown = await text_of(admin, f"/events/{event.public_id}/edit")
    fields = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', shown))
    typed = {**fields, "name": "Freeboard top", "type": event.type.value}
    for name in ("recorded", "is_digital"):
        typed.pop(name, None)

    answer = await admin.post(f"/events/{event.public_id}", data=typed, allow_redirects=False)

    assert answer.status == 303, await answer.text()
    [entry] = await entries(admin, noun="events", action="update")
    assert (entry["actor"], entry["via"], entry["action"]) == ("admin person", "session", "update")
    assert (entry["old"]["name"], entry["new"]["name"]) == (event.name, "Freeboard top")
    assert entry["address"] == "127.0.0.1"
    page = await text_of(admin, "/audit")
    assert event.name in page
    assert "Freeboard top" in page


async def test_channels_that_the_appliance_proposed_are_told_as_its_own(admin: Client):
    found = await entries(admin, noun="events", action="create")

    assert {(entry["actor"], entry["via"]) for entry in found} == {("WebMACS Edge", "appliance")}


async def test_each_entry_names_the_request_that_made_it(admin: Client):
    answer = await admin.post("/api/v1/experiments", json={"name": "Run 1"})

    [entry] = await entries(admin, noun="experiments")

    assert entry["request_id"] == answer.headers["x-request-id"]


async def test_a_program_is_named_by_its_login(admin: Client):
    await admin.post("/api/v1/experiments", json={"name": "Run 1"})

    [entry] = await entries(admin, noun="experiments", action="create")

    assert entry["new"]["name"] == "Run 1"
    assert entry["user_public_id"] == entry["new"]["user_public_id"]


async def test_a_login_is_called_by_its_browser_and_holds_its_whole_name(admin: Client):
    agent = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"
    body = {"email": EMAILS[UserRole.admin], "password": PASSWORD}

    await admin.post("/api/v1/auth/login", json=body, headers={"User-Agent": agent})

    page = await text_of(admin, "/audit?noun=logins")
    assert "<b>Firefox on Linux</b>" in page
    assert f"<b>{agent}" not in page
    assert agent in page


async def test_what_was_refused_changes_nothing_and_leaves_no_entry(admin: Client):
    await start_runs(admin, "Run 1")
    before = await entries(admin, noun="experiments")

    answer = await admin.post("/api/v1/experiments", json={"name": "Run 1"})

    assert answer.status == 409
    assert await entries(admin, noun="experiments") == before


async def test_the_list_is_narrowed_by_what_is_asked(admin: Client):
    await start_runs(admin, "Sand", "Glass")
    me = (await entries(admin))[0]["user_public_id"]
    now = iso_z(now_ms() + 60_000)

    assert len(await entries(admin, noun="experiments")) == 4
    assert {e["object_name"] for e in await entries(admin, text="gLaSs")} == {"Glass"}
    assert len(await entries(admin, noun="experiments", action="create")) == 2
    assert len(await entries(admin, noun="experiments", person=me)) == 4
    assert await entries(admin, person="nobody") == []
    assert await entries(admin, **{"from": now}) == []
    assert len(await entries(admin, to=now, noun="experiments")) == 4
    assert await entries(admin, refused="true", noun="experiments") == []


async def test_programs_walk_the_trail_to_its_end(admin: Client):
    await start_runs(admin, "A", "B", "C")
    seen: list[int] = []
    query: dict[str, Any] = {"page_size": 2, "noun": "experiments"}

    while True:
        page = await (await admin.get(API, params=query)).json()
        seen += [entry["id"] for entry in page["data"]]
        if page["before"] is None:
            break
        query["before"] = page["before"]

    assert len(seen) == 6
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    "query",
    ["page_size=0", "page_size=101", "before=x", "before=0", "from=yesterday", "to=2026-01-01",
     "before=99999999999999999999999", "text=" + "x" * 300],
)  # fmt: skip
@pytest.mark.standing
async def test_what_cannot_be_understood_is_refused_with_the_reason(admin: Client, query: str):
    answer = await admin.get(f"{API}?{query}")

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"][0] == "query"


async def test_pages_lead_to_older_and_newer_entries(
    admin: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(audit, "_PAGE_SIZE", 2)
    await start_runs(admin, "A", "B", "C")

    def names(page: str) -> list[str]:
        return re.findall(r'id="entry-(\d+)"', page)

    first = await text_of(admin, "/audit?noun=experiments")
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = await text_of(admin, older[1])
    newer = re.search(r'rel="prev" href="([^"]+)"', second)
    assert newer

    assert "noun=experiments" in older[1]
    assert len(names(first)) == len(names(second)) == 2
    assert int(names(first)[-1]) > int(names(second)[0])
    assert names(await text_of(admin, newer[1])) == names(first)
    assert 'rel="prev"' not in first


async def test_an_empty_trail_and_an_empty_search_say_so(admin: Client):
    assert "Nothing found" in await text_of(admin, "/audit?text=nothing-of-the-kind")


async def test_a_time_that_is_none_is_told_beside_its_field(admin: Client):
    answer = await admin.get("/audit?from=soon")

    assert answer.status == 422
    assert "“soon” is not a time." in html.unescape(await answer.text())


@pytest.mark.parametrize("query", ["before=-1", "after=x", "before=" + "9" * 40, "person=%00"])
@pytest.mark.standing
async def test_odd_addresses_do_no_harm(admin: Client, query: str):
    assert (await admin.get(f"/audit?{query}")).status == 200


async def test_the_file_holds_every_entry_and_no_formula(
    admin: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(audit, "_BITE", 2)
    await start_runs(admin, "=HYPERLINK(1)", "B", "C")

    answer = await admin.get("/audit/export.csv?noun=experiments")

    text = (await answer.read()).decode()
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert answer.content_type == "text/csv"
    assert 'attachment; filename="audit_' in answer.headers["Content-Disposition"]
    assert text.startswith("\ufeff")
    assert len(rows) == 6
    assert rows[-1]["object"] == "'=HYPERLINK(1)"
    assert json.loads(rows[-1]["new"])["name"] == "=HYPERLINK(1)"


async def test_a_file_that_cannot_be_made_says_why(admin: Client):
    answer = await admin.get("/audit/export.csv?to=never")

    assert answer.status == 422


async def test_only_administrators_see_the_trail_and_the_way_to_it(client: Client):
    await sign_in_as(client, UserRole.operator)

    refused = [(await client.get(path)).status for path in ("/audit", "/audit/export.csv", API)]

    assert refused == [403, 403, 403]
    assert "/audit" not in await text_of(client, "/log")
    await sign_in_as(client, UserRole.admin)
    assert 'href="/audit"' in await text_of(client, "/log")


async def test_many_who_write_at_once_share_one_chain(admin: Client):
    channel = {"min_value": 0, "max_value": 1, "unit": "V", "type": "sensor"}

    answers = await asyncio.gather(
        *(admin.post("/api/v1/events", json={**channel, "name": f"C {n}"}) for n in range(12))
    )

    app = app_of(admin)
    async with app[keys.DATABASE].read() as session:
        verdict = await check_chain(session, derive_key(app[keys.SECRET_KEY], KEY_PURPOSE))
    assert {answer.status for answer in answers} == {201}
    assert (verdict.entries >= 12, verdict.first_bad) == (True, None)


async def test_names_are_shown_as_text_and_never_run(admin: Client):
    name = '<script>alert("1")</script>'
    await admin.post("/api/v1/experiments", json={"name": name})

    page = await (await admin.get("/audit")).text()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
