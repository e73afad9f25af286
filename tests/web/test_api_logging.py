"""Log entries for programs."""

from typing import Any

import pytest

from tests.conftest import Client, app_of
from tests.languages import GERMAN
from webmacs_edge.store.log_entries import count_unread
from webmacs_edge.web import keys

LOGGING = "/api/v1/logging"
FIELDS = {
    "public_id", "content", "logging_type", "status_type", "created_on", "user_public_id",
}  # fmt: skip


async def _rows(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(LOGGING, params=query)
    assert answer.status == 200, await answer.text()
    rows: list[dict[str, Any]] = (await answer.json())["data"]
    return rows


async def _write(client: Client, content: str, **more: str) -> dict[str, Any]:
    answer = await client.post(LOGGING, json={"content": content, **more})
    assert answer.status == 201, await answer.text()
    return (await _rows(client))[0]


async def test_a_note_is_unread_info_of_whoever_wrote_it(operator: Client):
    me = await (await operator.get("/api/v1/auth/me")).json()

    entry = await _write(operator, "Filter changed")

    assert set(entry) == FIELDS
    assert entry["content"] == "Filter changed"
    assert (entry["logging_type"], entry["status_type"]) == ("info", "unread")
    assert entry["user_public_id"] == me["public_id"]
    assert entry["created_on"].endswith("Z")
    shown = await operator.get(f"{LOGGING}/{entry['public_id']}")
    assert await shown.json() == entry


async def test_the_list_is_newest_first_and_paged(operator: Client):
    for word in ("one", "two", "three"):
        await _write(operator, word)

    answer = await operator.get(f"{LOGGING}/", params={"page": 1, "page_size": 2})

    page = await answer.json()
    assert [row["content"] for row in page["data"]] == ["three", "two"]
    assert answer.headers["X-Total-Count"] == str(page["total"])


async def test_the_list_can_be_narrowed(operator: Client):
    first = await _write(operator, "Pump stopped", logging_type="error")
    await operator.put(f"{LOGGING}/{first['public_id']}", json={"status_type": "read"})
    await _write(operator, "Pump started")

    errors = await _rows(operator, logging_type="error")
    unread = await _rows(operator, status_type="unread", search="pump")
    early = await _rows(operator, to="2026-01-01T00:00:00Z")
    late = await _rows(operator, **{"from": first["created_on"], "search": "Pump"})

    assert [row["content"] for row in errors] == ["Pump stopped"]
    assert [row["content"] for row in unread] == ["Pump started"]
    assert early == []
    assert [row["content"] for row in late] == ["Pump started", "Pump stopped"]


@pytest.mark.parametrize(
    "query", [{"logging_type": "fatal"}, {"status_type": "x"}, {"from": "now"}, {"page": "0"}]
)
@pytest.mark.standing
async def test_a_list_that_cannot_be_is_refused(viewer: Client, query: dict[str, str]):
    assert (await viewer.get(LOGGING, params=query)).status == 422


async def test_a_note_is_corrected_and_marked_as_read(operator: Client):
    entry = await _write(operator, "Filter chnged")
    address = f"{LOGGING}/{entry['public_id']}"

    answer = await operator.put(address, json={"content": "Filter changed", "status_type": "read"})

    assert answer.status == 200
    changed = await (await operator.get(address)).json()
    assert changed == entry | {"content": "Filter changed", "status_type": "read"}
    assert (await operator.put(address, json={})).status == 200


async def test_what_the_appliance_wrote_is_german_for_people_until_somebody_corrects_it(
    operator: Client,
):
    await operator.post("/api/v1/experiments", json={"name": "Run 7"})
    entry = (await _rows(operator, search="experiment “Run 7” was"))[0]

    german = await (await operator.get("/log", headers=GERMAN)).text()
    await operator.put(f"{LOGGING}/{entry['public_id']}", json={"content": "Run 7, by hand"})

    corrected = await (await operator.get("/log", headers=GERMAN)).text()
    assert entry["content"] == "The experiment “Run 7” was started."
    assert "Der Versuch „Run 7“ wurde gestartet." in german
    assert "auf Englisch durchsucht" in german
    assert "Run 7, by hand" in corrected
    assert "Der Versuch" not in corrected


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": "x" * 501}, "content"),
        ({"content": ""}, "content"),
        ({"content": None}, "content"),
        ({"content": 7}, "content"),
        ({"status_type": None}, "status_type"),
        ({"status_type": "seen"}, "status_type"),
    ],
)
@pytest.mark.standing
async def test_what_does_not_fit_names_the_field(
    operator: Client, body: dict[str, Any], field: str
):
    entry = await _write(operator, "x")

    answer = await operator.put(f"{LOGGING}/{entry['public_id']}", json=body)

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"] == ["body", field]


@pytest.mark.parametrize(
    "body", [{}, {"content": ""}, {"content": "x" * 501}, {"content": "x", "logging_type": "?"}]
)
@pytest.mark.standing
async def test_a_note_that_does_not_fit_is_not_written(operator: Client, body: dict[str, Any]):
    assert (await operator.post(LOGGING, json=body)).status == 422


async def test_500_characters_fit(operator: Client):
    assert (await _write(operator, "ä" * 500))["content"] == "ä" * 500


async def test_the_whole_log_is_marked_as_read(operator: Client):
    await _write(operator, "x")

    answer = await operator.post(f"{LOGGING}/read")

    assert answer.status == 200
    async with app_of(operator)[keys.DATABASE].read() as session:
        assert await count_unread(session) == 0


async def test_entries_cannot_be_deleted(admin: Client):
    entry = (await _rows(admin) or [await _write(admin, "x")])[0]

    answer = await admin.delete(f"{LOGGING}/{entry['public_id']}")

    assert answer.status == 405


async def test_an_unknown_entry_is_not_found(operator: Client):
    assert (await operator.get(f"{LOGGING}/none")).status == 404
    assert (await operator.put(f"{LOGGING}/none", json={})).status == 404


async def test_viewers_read_but_do_not_write(viewer: Client):
    assert (await viewer.get(LOGGING)).status == 200
    assert (await viewer.post(LOGGING, json={"content": "x"})).status == 403
    assert (await viewer.post(f"{LOGGING}/read")).status == 403
    assert (await viewer.put(f"{LOGGING}/none", json={"content": "x"})).status == 403
