"""Experiments for programs, as the contract has them."""

import csv
import io
import re
from typing import Any

import pytest

from tests.conftest import Client, app_of, channels_of
from tests.waiting import eventually
from webmacs_edge.store.log_entries import list_log_entries
from webmacs_edge.web import keys

EXPERIMENTS = "/api/v1/experiments"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


async def _create(client: Client, name: str) -> str:
    answer = await client.post(EXPERIMENTS, json={"name": name})
    assert answer.status == 201, await answer.text()
    rows = (await (await client.get(EXPERIMENTS)).json())["data"]
    public_id: str = next(row["public_id"] for row in rows if row["name"] == name)
    return public_id


async def _show(client: Client, public_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await (await client.get(f"{EXPERIMENTS}/{public_id}")).json()
    return found


async def _notes(client: Client) -> list[str]:
    async with app_of(client)[keys.DATABASE].read() as session:
        page = await list_log_entries(session, page=1, page_size=50)
    return [entry.content for entry in page.rows]


async def test_an_experiment_runs_from_its_creation(operator: Client):
    public_id = await _create(operator, "Sand, run 1")

    experiment = await _show(operator, public_id)
    assert set(experiment) >= {"public_id", "name", "started_on", "stopped_on", "user_public_id"}
    assert TIME.fullmatch(experiment["started_on"])
    assert experiment["stopped_on"] is None
    assert "The experiment “Sand, run 1” was started." in await _notes(operator)


async def test_only_one_experiment_runs_at_a_time(operator: Client):
    await _create(operator, "Run 1")

    answer = await operator.post(EXPERIMENTS, json={"name": "Run 2"})

    assert answer.status == 409
    assert "“Run 1” is running" in (await answer.json())["detail"]


async def test_a_name_is_given_once(operator: Client):
    first = await _create(operator, "Run 1")
    await operator.put(f"{EXPERIMENTS}/{first}/stop")
    second = await _create(operator, "Run 2")
    await operator.put(f"{EXPERIMENTS}/{second}/stop")

    again = await operator.post(EXPERIMENTS, json={"name": "Run 1"})
    renamed = await operator.put(f"{EXPERIMENTS}/{second}", json={"name": "Run 1"})

    for answer in (again, renamed):
        assert (answer.status, (await answer.json())["field"]) == (409, "name")


async def test_stopping_twice_changes_nothing(operator: Client):
    public_id = await _create(operator, "Run 1")

    first = await operator.put(f"{EXPERIMENTS}/{public_id}/stop")
    stopped = await _show(operator, public_id)
    second = await operator.put(f"{EXPERIMENTS}/{public_id}/stop")

    assert (first.status, second.status) == (200, 200)
    assert TIME.fullmatch(stopped["stopped_on"])
    assert await _show(operator, public_id) == stopped
    assert (await _notes(operator)).count("The experiment “Run 1” was stopped.") == 1


@pytest.mark.parametrize(("body", "name"), [({"name": "Gravel"}, "Gravel"), ({}, "Run 1")])
async def test_an_experiment_gets_another_name(operator: Client, body: Any, name: str):
    public_id = await _create(operator, "Run 1")

    answer = await operator.put(f"{EXPERIMENTS}/{public_id}", json=body)

    assert answer.status == 200
    assert (await _show(operator, public_id))["name"] == name


@pytest.mark.parametrize("name", ["", " ", None, "x" * 256, 7])
@pytest.mark.standing
async def test_a_name_that_does_not_fit_names_the_field(operator: Client, name: object):
    answer = await operator.post(EXPERIMENTS, json={"name": name})

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"] == ["body", "name"]


async def test_deleting_an_experiment_keeps_what_was_measured(operator: Client):
    public_id = await _create(operator, "Run 1")
    events = await channels_of(operator)
    history = app_of(operator)[keys.HISTORY]
    await eventually(history.latest_stored, what="a stored sample")

    answer = await operator.delete(f"{EXPERIMENTS}/{public_id}")

    assert (answer.status, (await answer.json())["status"]) == (200, "success")
    assert (await operator.get(f"{EXPERIMENTS}/{public_id}")).status == 404
    asked = {"event_public_ids": [events[0].public_id]}
    series = await operator.post("/api/v1/datapoints/series", json=asked)
    assert (await series.json())[events[0].public_id]


async def test_the_csv_has_the_columns_of_the_contract_in_order_of_time(operator: Client):
    public_id = await _create(operator, "Run 1")
    rows = await eventually(lambda: _rows_of(operator, public_id), what="exported rows")

    assert list(rows[0]) == [
        "timestamp", "event_name", "event_public_id", "value", "unit", "datapoint_public_id",
    ]  # fmt: skip
    stamps = [row["timestamp"] for row in rows]
    assert all(stamp.endswith("+00:00") for stamp in stamps)
    assert all(float(row["value"]) == float(row["value"]) for row in rows)
    known = {event.public_id: event.name for event in await channels_of(operator)}
    assert {row["event_name"] for row in rows} <= set(known.values())


async def _rows_of(client: Client, public_id: str) -> list[dict[str, str]]:
    answer = await client.get(f"{EXPERIMENTS}/{public_id}/export/csv")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(await answer.text())))


@pytest.mark.parametrize(
    "name", ["Sand 砂 “½”", "Lauf „Äther“ / 7", 'a"; filename="b', "..", "x" * 255]
)
async def test_the_csv_of_any_name_can_be_downloaded(operator: Client, name: str):
    public_id = await _create(operator, name)

    answer = await operator.get(f"{EXPERIMENTS}/{public_id}/export/csv")

    said = answer.headers["Content-Disposition"]
    assert answer.status == 200
    assert said.startswith('attachment; filename="experiment_')
    assert said.isascii()
    assert said.count('"') == 2
    assert "filename*=UTF-8''experiment_" in said
    assert public_id[:8] in said


@pytest.mark.parametrize(
    ("method", "tail"),
    [("GET", ""), ("PUT", ""), ("DELETE", ""), ("PUT", "/stop"), ("GET", "/export/csv")],
)
@pytest.mark.standing
async def test_an_unknown_experiment_is_not_found(operator: Client, method: str, tail: str):
    answer = await operator.request(method, f"{EXPERIMENTS}/none{tail}", json={"name": "x"})

    assert answer.status == 404
    assert answer.content_type == "application/json"
