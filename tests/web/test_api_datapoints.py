"""Datapoints for programs: latest and series."""

from datetime import datetime
from typing import Any

import pytest

from tests.conftest import Client, app_of, channels_of
from tests.waiting import eventually
from webmacs_edge.model.datapoint_ids import parse_datapoint_id
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import now_ms
from webmacs_edge.web import keys

LATEST = "/api/v1/datapoints/latest"
SERIES = "/api/v1/datapoints/series"
FIELDS = ["public_id", "value", "timestamp", "event_public_id", "experiment_public_id"]


async def test_latest_has_one_datapoint_per_channel(viewer: Client):
    events = await channels_of(viewer)

    answer = await viewer.get(LATEST)

    rows = await answer.json()
    assert answer.status == 200
    assert list(rows[0]) == FIELDS
    ids = [row["event_public_id"] for row in rows]
    assert len(ids) == len(set(ids))
    assert set(ids) <= {event.public_id for event in events}
    assert all(isinstance(row["value"], float) for row in rows)
    assert all(row["timestamp"].endswith("Z") for row in rows)


async def test_a_datapoint_says_in_which_experiment_it_was_measured(operator: Client):
    await operator.post("/api/v1/experiments", json={"name": "Run 1"})
    experiment = (await (await operator.get("/api/v1/experiments")).json())["data"][0]

    async def labelled() -> bool:
        rows = await (await operator.get(LATEST)).json()
        return {row["experiment_public_id"] for row in rows} == {experiment["public_id"]}

    await eventually(labelled, what="datapoints of the experiment")


async def test_a_channel_that_is_not_read_shows_what_was_stored_last(operator: Client):
    app, event_id = app_of(operator), await _outside(operator)
    key = _key(operator, event_id)
    at_ms = now_ms() - 5000
    app[keys.HISTORY].recorder.take(Scan(at_ms, 1, (key,), (21.5,), (Quality.GOOD,), recorded=(0,)))

    rows = await (await operator.get(LATEST)).json()

    row = next(row for row in rows if row["event_public_id"] == event_id)
    assert row["value"] == 21.5
    assert parse_datapoint_id(row["public_id"]) == (key, at_ms)


async def _outside(client: Client) -> str:
    body = {"name": "Outside", "min_value": 0, "max_value": 50, "unit": "°C", "type": "sensor"}
    assert (await client.post("/api/v1/events", json=body)).status == 201
    station = app_of(client)[keys.STATION]
    return next(event.public_id for event in station.events if event.name == "Outside")


def _key(client: Client, public_id: str) -> int:
    event = app_of(client)[keys.STATION].event_by_public_id(public_id)
    assert event is not None
    return event.id


async def test_series_answers_every_id_and_an_unknown_one_with_nothing(operator: Client):
    event_id = await _outside(operator)
    app = app_of(operator)
    key, start_ms = _key(operator, event_id), now_ms() - 55_000
    for step in range(1000):
        value = 40.0 if step == 333 else 20.0 + step % 3
        app[keys.HISTORY].recorder.take(
            Scan(start_ms + step * 50, step, (key,), (value,), (Quality.GOOD,), recorded=(0,))
        )
    asked = {"event_public_ids": [event_id, "none"], "minutes": "1", "max_points": 100}

    answer = await operator.post(SERIES, json=asked)

    series: dict[str, list[dict[str, Any]]] = await answer.json()
    assert answer.status == 200
    assert list(series) == [event_id, "none"]
    assert series["none"] == []
    rows = series[event_id]
    assert 10 <= len(rows) <= 100
    assert list(rows[0]) == FIELDS
    times = [datetime.fromisoformat(row["timestamp"]) for row in rows]
    assert times == sorted(times)
    assert max(row["value"] for row in rows) == 40.0  # the peak is not lost
    assert len({row["public_id"] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({}, ["body", "event_public_ids"]),
        ({"event_public_ids": []}, ["body", "event_public_ids"]),
        ({"event_public_ids": ["x"] * 21}, ["body", "event_public_ids"]),
        ({"event_public_ids": [7]}, ["body", "event_public_ids", 0]),
        ({"event_public_ids": ["x"], "minutes": 0}, ["body", "minutes"]),
        ({"event_public_ids": ["x"], "minutes": 14401}, ["body", "minutes"]),
        ({"event_public_ids": ["x"], "max_points": 9}, ["body", "max_points"]),
        ({"event_public_ids": ["x"], "max_points": 2001}, ["body", "max_points"]),
        ([], ["body"]),
        (None, ["body"]),
    ],
)
@pytest.mark.standing
async def test_a_question_that_does_not_fit_names_the_field(
    viewer: Client, given: object, place: list[object]
):
    answer = await viewer.post(SERIES, json=given)

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"] == place
