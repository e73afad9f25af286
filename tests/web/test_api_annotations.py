"""Annotations for programs: whose they are, what they hang on, and what outlives what."""

from typing import Any

import pytest

from tests.conftest import Client, app_of, channels_of, make_token
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.audit_entries import AuditFilter, list_audit_entries
from webmacs_edge.web import keys

NOTES = "/api/v1/annotations"
AT = "2026-03-01T12:00:00Z"


async def _write(client: Client, **more: Any) -> dict[str, Any]:
    answer = await client.post(NOTES, json={"at": AT, "text": "Feed opened", **more})
    assert answer.status == 201, await answer.text()
    made: dict[str, Any] = await answer.json()
    return made


async def _experiment(client: Client) -> str:
    await client.post("/api/v1/experiments", json={"name": "Run 7"})
    rows = (await (await client.get("/api/v1/experiments")).json())["data"]
    public_id: str = rows[0]["public_id"]
    return public_id


async def test_a_note_has_its_moment_author_channel_and_experiment(operator: Client):
    channel, run = (await channels_of(operator))[0].public_id, await _experiment(operator)

    made = await _write(operator, event_public_id=channel, experiment_public_id=run)

    assert made["at"] == "2026-03-01T12:00:00Z"
    assert (made["text"], made["event_public_id"]) == ("Feed opened", channel)
    assert made["author"]
    shown = await operator.get(f"{NOTES}/{made['public_id']}")
    assert await shown.json() == made
    rows = await (await operator.get(NOTES, params={"experiment_public_id": run})).json()
    assert [row["public_id"] for row in rows["data"]] == [made["public_id"]]
    none = await operator.get(NOTES, params={"from": "2026-03-01T12:00:01Z"})
    assert (await none.json())["data"] == []


async def test_a_note_outlives_its_experiment(operator: Client):
    run = await _experiment(operator)
    made = await _write(operator, experiment_public_id=run)
    await operator.put(f"/api/v1/experiments/{run}/stop")

    assert (await operator.delete(f"/api/v1/experiments/{run}")).status == 200

    left = await (await operator.get(f"{NOTES}/{made['public_id']}")).json()
    assert (left["text"], left["experiment_public_id"]) == ("Feed opened", None)


async def test_everybody_changes_their_own_and_administrators_any(operator: Client):
    bearer = {"Authorization": f"Bearer {await make_token(operator, UserRole.admin)}"}
    theirs = f"{NOTES}/{(await _write(operator))['public_id']}"
    answer = await operator.post(NOTES, json={"at": AT, "text": "Checked"}, headers=bearer)
    admins = f"{NOTES}/{(await answer.json())['public_id']}"

    own = await operator.put(theirs, json={"text": "Feed opened wide"})
    by_admin = await operator.put(theirs, json={"text": "By hand"}, headers=bearer)
    refused = await operator.delete(admins)

    assert (await own.json())["text"] == "Feed opened wide"
    assert (await by_admin.json())["text"] == "By hand"
    assert refused.status == 403
    assert "Write one of your own." in (await refused.json())["detail"]
    assert (await operator.delete(theirs)).status == 200
    assert (await operator.get(theirs)).status == 404


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "x" * 501}, 422),
        ({"at": "yesterday"}, 422),
        ({"colour": "red"}, 422),
        ({"event_public_id": "nothing"}, 404),
        ({"experiment_public_id": "nothing"}, 404),
    ],
)
@pytest.mark.standing
async def test_what_does_not_fit_is_refused(operator: Client, more: dict[str, str], status: int):
    answer = await operator.post(NOTES, json={"at": AT, "text": "Feed opened", **more})

    assert answer.status == status


async def test_the_audit_trail_says_who_wrote_and_removed_what(operator: Client):
    made = await _write(operator)
    await operator.delete(f"{NOTES}/{made['public_id']}")

    async with app_of(operator)[keys.DATABASE].read() as session:
        rows = await list_audit_entries(session, AuditFilter(noun="annotations"), limit=9)
    assert [row.action for row in rows] == ["delete", "create"]
    assert "Feed opened" in rows[1].new_json
