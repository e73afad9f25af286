"""Datapoints for programs: posted, listed, shown, removed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Client, Start, app_of, channels_of, sign_in_as
from tests.waiting import eventually
from webmacs_edge.acquisition.intake import MAX_AHEAD_MS
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.datapoint_ids import datapoint_id
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import from_ms, iso_z, now_ms
from webmacs_edge.model.words import EventType, UserRole
from webmacs_edge.store.audit_entries import AuditFilter, list_audit_entries
from webmacs_edge.web import keys

DATAPOINTS = "/api/v1/datapoints"
FIELDS = {"public_id", "value", "timestamp", "event_public_id", "experiment_public_id", "quality"}
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def outside(client: Client, name: str = "Outside", kind: str = "sensor") -> str:
    """A channel that is fed from outside; its public id."""
    body = {"name": name, "min_value": 0, "max_value": 50, "unit": "°C", "type": kind}
    assert (await client.post("/api/v1/events", json=body)).status == 201
    station = app_of(client)[keys.STATION]
    return next(event.public_id for event in station.events if event.name == name)


async def post_batch(client: Client, event_id: str, values: list[float]) -> None:
    """Values a minute apart from START on."""
    rows = [
        {
            "value": value,
            "event_public_id": event_id,
            "timestamp": (START + number * timedelta(minutes=1)).isoformat(),
        }
        for number, value in enumerate(values)
    ]
    answer = await client.post(f"{DATAPOINTS}/batch", json={"datapoints": rows})
    assert answer.status == 201, await answer.text()


async def listed(client: Client, **query: Any) -> dict[str, Any]:
    answer = await client.get(DATAPOINTS, params=query)
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    assert answer.headers["X-Total-Count"] == str(found["total"])
    return found


async def test_a_posted_value_is_stored_when_the_answer_comes(operator: Client):
    event_id = await outside(operator)
    recorder = app_of(operator)[keys.HISTORY].recorder

    answer = await operator.post(DATAPOINTS, json={"value": "21.5", "event_public_id": event_id})
    key = _key(operator, event_id)
    run = recorder.head(key).main[-1]

    assert answer.status == 201
    assert (await answer.json())["message"].startswith("1 ")
    assert run.journaled == len(run) == 1
    [row] = (await listed(operator, event_public_id=event_id))["data"]
    assert set(row) == FIELDS
    assert (row["value"], row["quality"]) == (21.5, "good")


def _key(client: Client, public_id: str) -> int:
    event = app_of(client)[keys.STATION].event_by_public_id(public_id)
    assert event is not None
    return event.id


async def test_a_value_may_say_when_it_was_measured(operator: Client):
    event_id = await outside(operator)
    body = {"value": 7, "event_public_id": event_id, "timestamp": "2026-03-01T13:00:00.250+01:00"}

    assert (await operator.post(DATAPOINTS, json=body)).status == 201

    [row] = (await listed(operator, event_public_id=event_id))["data"]
    assert row["timestamp"] == "2026-03-01T12:00:00.250000Z"
    shown = await operator.get(f"{DATAPOINTS}/{row['public_id']}")
    assert await shown.json() == row


async def test_values_keep_every_bit(operator: Client):
    event_id = await outside(operator)

    await post_batch(operator, event_id, [1e-07, 0.1 + 0.2])

    rows = (await listed(operator, event_public_id=event_id))["data"]
    assert [row["value"] for row in rows] == [0.1 + 0.2, 1e-07]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"value": None}, "value"),
        ({"value": "much"}, "value"),
        ({"value": 10**400}, "value"),
        ({"value": []}, "value"),
        ({"event_public_id": None}, "event_public_id"),
        ({"event_public_id": 7}, "event_public_id"),
        ({"event_public_id": "x" * 101}, "event_public_id"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"timestamp": "2026-03-01T12:00:00"}, "timestamp"),
        ({"timestamp": 1_700_000_000}, "timestamp"),
        ({"timestamp": "1999-12-31T23:59:59Z"}, "timestamp"),
        ({"timestamp": iso_z(now_ms() + MAX_AHEAD_MS + 3_600_000)}, "timestamp"),
        ({"timestamp": "9999-12-31T23:59:59Z"}, "timestamp"),
        ({"timestamp": "0001-01-01T00:00:00+14:00"}, "timestamp"),
    ],
)
@pytest.mark.standing
async def test_a_value_that_does_not_fit_names_the_field(
    operator: Client, changes: dict[str, Any], place: str
):
    body = {"value": 1.0, "event_public_id": "x"} | changes

    single = await operator.post(DATAPOINTS, json=body)
    batch = await operator.post(f"{DATAPOINTS}/batch", json={"datapoints": [body]})

    assert (single.status, batch.status) == (422, 422)
    assert (await single.json())["detail"][0]["loc"] == ["body", place]
    assert (await batch.json())["detail"][0]["loc"] == ["body", "datapoints", 0, place]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_what_is_no_finite_number_is_refused(operator: Client, literal: str):
    body = f'{{"value": {literal}, "event_public_id": "{await outside(operator)}"}}'

    answer = await operator.post(
        DATAPOINTS, data=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status == 422


async def test_a_single_value_of_an_unknown_channel_is_not_found(operator: Client):
    answer = await operator.post(DATAPOINTS, json={"value": 1, "event_public_id": "none"})

    assert answer.status == 404


async def test_what_we_measure_ourselves_takes_no_values_from_outside(operator: Client):
    sensor = next(e for e in await channels_of(operator) if e.type is EventType.sensor)

    answer = await operator.post(DATAPOINTS, json={"value": 1, "event_public_id": sensor.public_id})

    assert answer.status == 409
    assert "measured by this appliance" in (await answer.json())["detail"]


async def test_a_batch_drops_what_it_may_not_take_and_says_so(operator: Client):
    mine = (await channels_of(operator))[0].public_id
    event_id = await outside(operator)
    rows = [{"value": 1, "event_public_id": it} for it in (event_id, mine, "none", event_id)]

    answer = await operator.post(f"{DATAPOINTS}/batch", json={"datapoints": rows})

    assert answer.status == 201
    assert (await answer.json())["message"] == "2 datapoints were stored; 2 were not taken."
    assert (await listed(operator, event_public_id=event_id))["total"] == 2


@pytest.mark.parametrize(("count", "status"), [(0, 201), (500, 201), (501, 422)])
@pytest.mark.standing
async def test_a_batch_has_at_most_500_values(operator: Client, count: int, status: int):
    rows = [{"value": 1, "event_public_id": "none"}] * count

    answer = await operator.post(f"{DATAPOINTS}/batch", json={"datapoints": rows})

    assert answer.status == status
    if not count:
        assert (await answer.json())["message"].startswith("0 ")


async def test_many_posts_at_once_share_a_few_commits(operator: Client):
    event_id = await outside(operator)
    recorder = app_of(operator)[keys.HISTORY].recorder
    rows_before = recorder.journal_rows

    answers = await asyncio.gather(
        *(
            operator.post(DATAPOINTS, json={"value": number, "event_public_id": event_id})
            for number in range(40)
        )
    )

    assert {answer.status for answer in answers} == {201}
    assert recorder.journal_rows - rows_before < 30
    assert (await listed(operator, event_public_id=event_id))["total"] == 40


async def test_a_full_disk_is_told_and_the_values_wait(
    operator: Client, monkeypatch: pytest.MonkeyPatch
):
    event_id = await outside(operator)
    history = app_of(operator)[keys.HISTORY]

    async def refuse(_work: object) -> int:
        raise StoreError("The database cannot grow: database or disk is full. Free some space.")

    monkeypatch.setattr(history._spool, "write", refuse)  # noqa: SLF001 stands for a full disk
    answer = await operator.post(DATAPOINTS, json={"value": 1, "event_public_id": event_id})
    monkeypatch.undo()

    assert answer.status == 507
    assert "Free some space" in (await answer.json())["detail"]
    await eventually(lambda: history.recorder.health.is_good, what="a disk that takes again")
    assert (await listed(operator, event_public_id=event_id))["total"] == 1


async def test_the_list_is_newest_first_and_paged(operator: Client):
    event_id = await outside(operator)
    await post_batch(operator, event_id, [float(number) for number in range(7)])

    pages = [
        await listed(operator, event_public_id=event_id, page=page, page_size=3)
        for page in (1, 2, 3, 4)
    ]

    assert [[row["value"] for row in page["data"]] for page in pages] == [
        [6.0, 5.0, 4.0], [3.0, 2.0, 1.0], [0.0], [],
    ]  # fmt: skip
    assert {page["total"] for page in pages} == {7}


async def test_the_whole_list_names_every_channel_and_has_ids_of_its_own(viewer: Client):
    known = {event.public_id for event in await channels_of(viewer)}

    found = await listed(viewer, page_size=100)

    assert found["total"] >= len(found["data"]) > 0
    assert {row["event_public_id"] for row in found["data"]} <= known
    assert len({row["public_id"] for row in found["data"]}) == len(found["data"])


async def test_the_list_can_be_narrowed_to_a_time(operator: Client):
    event_id = await outside(operator)
    await post_batch(operator, event_id, [float(number) for number in range(200)])
    from_, to = START + timedelta(minutes=50), START + timedelta(minutes=150)

    found = await listed(
        operator, event_public_id=event_id, page_size=100,
        **{"from": from_.isoformat(), "to": to.isoformat()},
    )  # fmt: skip

    assert found["total"] == 100
    assert [row["value"] for row in found["data"]] == [float(n) for n in range(149, 49, -1)]


async def test_the_list_can_be_narrowed_to_an_experiment(operator: Client):
    event_id = await outside(operator)
    body = {"value": 1, "event_public_id": event_id}
    await operator.post(DATAPOINTS, json=body)
    await operator.post("/api/v1/experiments", json={"name": "Run 1"})
    experiment = (await (await operator.get("/api/v1/experiments")).json())["data"][0]["public_id"]
    await operator.post(DATAPOINTS, json=body | {"value": 2})
    await operator.put(f"/api/v1/experiments/{experiment}/stop")
    await operator.post(DATAPOINTS, json=body | {"value": 3})

    found = await listed(operator, event_public_id=event_id, experiment_public_id=experiment)

    assert [row["value"] for row in found["data"]] == [2.0]
    assert found["data"][0]["experiment_public_id"] == experiment
    everything = (await listed(operator, event_public_id=event_id))["data"]
    assert [row["experiment_public_id"] for row in everything] == [None, experiment, None]


@pytest.mark.parametrize("name", ["event_public_id", "experiment_public_id"])
async def test_a_list_of_something_unknown_is_not_found(viewer: Client, name: str):
    assert (await viewer.get(DATAPOINTS, params={name: "none"})).status == 404


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"page_size": "101"},
        {"from": "yesterday"},
        {"to": "2026-03-01"},
        {"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"},
    ],
)
@pytest.mark.standing
async def test_a_list_that_cannot_be_is_refused(viewer: Client, query: dict[str, str]):
    assert (await viewer.get(DATAPOINTS, params=query)).status == 422


async def test_a_removed_channel_keeps_what_it_recorded(operator: Client):
    event_id = await outside(operator)
    await post_batch(operator, event_id, [1.0])
    await operator.delete(f"/api/v1/events/{event_id}")

    found = await listed(operator, event_public_id=event_id)

    assert [row["value"] for row in found["data"]] == [1.0]
    shown = await operator.get(f"{DATAPOINTS}/{found['data'][0]['public_id']}")
    assert shown.status == 200


async def test_a_removed_datapoint_is_gone_and_the_trail_tells_who_did_it(operator: Client):
    event_id = await outside(operator)
    await post_batch(operator, event_id, [1.0, 99.0, 3.0])
    doomed = (await listed(operator, event_public_id=event_id))["data"][1]["public_id"]

    answer = await operator.delete(f"{DATAPOINTS}/{doomed}")

    assert (answer.status, (await answer.json())["status"]) == (200, "success")
    for method in ("GET", "DELETE"):
        assert (await operator.request(method, f"{DATAPOINTS}/{doomed}")).status == 404
    rows = (await listed(operator, event_public_id=event_id))["data"]
    assert [row["value"] for row in rows] == [3.0, 1.0]
    async with app_of(operator)[keys.DATABASE].read() as session:
        entries = await list_audit_entries(session, AuditFilter(), limit=10)
    entry = next(entry for entry in entries if entry.noun == "datapoints")
    assert (entry.action, entry.object_public_id, entry.actor) == (
        "delete", doomed, "operator person",
    )  # fmt: skip
    assert "99.0" in entry.old_json


@pytest.mark.parametrize("public_id", ["none", datapoint_id(999_999, 1), datapoint_id(1, 5), "%00"])
@pytest.mark.standing
async def test_an_unknown_datapoint_is_not_found(operator: Client, public_id: str):
    for method in ("GET", "DELETE"):
        assert (await operator.request(method, f"{DATAPOINTS}/{public_id}")).status == 404


async def test_viewers_neither_post_nor_remove(viewer: Client):
    event = (await channels_of(viewer))[0]
    body = {"value": 1, "event_public_id": event.public_id}

    assert (await viewer.post(DATAPOINTS, json=body)).status == 403
    assert (await viewer.post(f"{DATAPOINTS}/batch", json={"datapoints": [body]})).status == 403
    assert (await viewer.delete(f"{DATAPOINTS}/{datapoint_id(event.id, 1)}")).status == 403


async def test_a_set_point_of_somebody_elses_device_is_within_its_range_and_audited(
    operator: Client,
):
    event_id = await outside(operator, "Heater", "actuator")

    high = await operator.post(DATAPOINTS, json={"value": 51, "event_public_id": event_id})
    fine = await operator.post(DATAPOINTS, json={"value": 50, "event_public_id": event_id})

    assert (high.status, fine.status) == (422, 201)
    assert "0 to 50 °C" in str((await high.json())["detail"])
    rows = await (await operator.get(f"{DATAPOINTS}/latest")).json()
    assert next(row["value"] for row in rows if row["event_public_id"] == event_id) == 50.0
    async with app_of(operator)[keys.DATABASE].read() as session:
        entries = await list_audit_entries(session, AuditFilter(), limit=10)
    entry = next(entry for entry in entries if entry.action == "command")
    assert (entry.object_name, entry.actor) == ("Heater", "operator person")


async def test_a_batch_may_hold_set_points_and_the_trail_tells_them(operator: Client):
    event_id = await outside(operator, "Heater", "actuator")
    rows = [{"value": value, "event_public_id": event_id} for value in (10, 20, 60)]

    answer = await operator.post(f"{DATAPOINTS}/batch", json={"datapoints": rows})

    assert (await answer.json())["message"] == "2 datapoints were stored; 1 were not taken."
    async with app_of(operator)[keys.DATABASE].read() as session:
        entries = await list_audit_entries(session, AuditFilter(action="command"), limit=10)
    assert [(entry.object_name, entry.new_json) for entry in entries] == [
        ("Heater", '{"value":20.0}')
    ]


async def test_an_output_of_ours_is_commanded_and_never_gets_a_raw_datapoint(
    start: Start, own_plant: VirtualRevPi
):
    async with start(own_plant, scan_hz=50) as client:
        app, _ = app_of(client), await channels_of(client)
        await sign_in_as(client, UserRole.operator)
        await eventually(lambda: app[keys.CONTROL].board.outputs, what="outputs")
        valve = next(event for event in app[keys.STATION].events if event.name == "Feed valve")
        body = {"value": 1, "event_public_id": valve.public_id}

        opened = await client.post(DATAPOINTS, json=body)
        halfway = await client.post(DATAPOINTS, json=body | {"value": 0.5})
        late = await client.post(DATAPOINTS, json=body | {"timestamp": "2026-03-01T12:00:00Z"})
        batch = await client.post(f"{DATAPOINTS}/batch", json={"datapoints": [body]})

        assert (opened.status, halfway.status, late.status) == (201, 422, 422)
        assert (await batch.json())["message"].startswith("0 ")
        assert (await opened.json())["message"].startswith("1 ")
        view = app[keys.CONTROL].view(valve.public_id)
        assert view is not None
        assert view.set_point == 1


async def test_latest_is_not_sent_again_to_whoever_has_it(operator: Client):
    app = app_of(operator)
    await channels_of(operator)
    await asyncio.to_thread(app[keys.STATION].scanner.stop)
    first = await operator.get(f"{DATAPOINTS}/latest")

    again = await operator.get(
        f"{DATAPOINTS}/latest", headers={"If-None-Match": first.headers["ETag"]}
    )
    other = await operator.get(f"{DATAPOINTS}/latest", headers={"If-None-Match": '"other"'})

    assert (first.status, again.status, other.status) == (200, 304, 200)
    assert await again.read() == b""


async def test_moments_outside_are_the_moments_inside():
    at_ms = 1_772_366_400_250

    assert datetime.fromisoformat(iso_z(at_ms)) == from_ms(at_ms)
