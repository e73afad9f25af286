"""Derived channels, typed places, calibrations and forced values, over the API and on pages."""

from typing import Any

import pytest

from tests.conftest import Client, Start, app_of, channels_of, sign_in_as
from tests.waiting import eventually
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys


async def value_of(client: Client, name: str) -> dict[str, Any]:
    """What `/api/v1/values` says of a channel."""
    rows = await (await client.get("/api/v1/values")).json()
    return next(row for row in rows if row["name"] == name)


async def event_of(client: Client, name: str) -> Any:
    return next(event for event in app_of(client)[keys.STATION].events if event.name == name)


def hub_of(client: Client) -> Any:
    """What is known of every channel now."""
    return app_of(client)[keys.HUB]


async def make(client: Client, name: str, formula: str, **given: Any) -> None:
    body = {"name": name, "formula": formula, **given}
    answer = await client.post("/api/v1/derived", json=body)
    assert answer.status == 201, await answer.text()


async def has_value(client: Client, name: str) -> dict[str, Any]:
    """Its value, once it has one that is good enough."""
    event, hub = await event_of(client, name), hub_of(client)

    def seen() -> bool:
        sample = hub.latest(event.id)
        return sample is not None and sample.value is not None

    await eventually(seen, what=f"a value of {name}")
    return await value_of(client, name)


async def test_a_derived_channel_is_made_shown_and_recorded_like_any_other(operator: Client):
    await make(operator, "Twice", "[Air flow] * 2", unit="m³/h", max_value=500, low_limit=1)
    await make(operator, "Half of it", "[twice] / 4")
    twice, half = await has_value(operator, "Twice"), await has_value(operator, "Half of it")
    listed = await (await operator.get("/api/v1/derived")).json()
    key = (await event_of(operator, "Twice")).id

    assert twice["is_derived"]
    assert twice["quality"] == "good"
    assert half["value"] == pytest.approx(twice["value"] / 4, rel=0.5)
    assert [row["formula"] for row in listed["data"]] == ["[Air flow] * 2", "[Twice] / 4"]
    recorder: Any = app_of(operator)[keys.HISTORY].recorder
    await eventually(lambda: recorder.heads[key].last is not None)
    assert "worked out by its formula" in await (await operator.get("/events")).text()


async def test_a_formula_that_cannot_be_is_refused_with_its_place_and_keeps_what_was_typed(
    operator: Client,
):
    await make(operator, "One", "[Air flow] + 1")
    await make(operator, "Two", "[One] + 1")
    one = (await event_of(operator, "One")).public_id

    circle = await operator.put(
        f"/api/v1/derived/{one}", json={"name": "One", "formula": "[Two] * 2"}
    )
    form = {"name": "Bad", "formula": "[Air flow] +* 2", "min_value": "0", "max_value": "9",
            "decimals": "2", "deadband": "0"}  # fmt: skip
    page = await operator.post("/derived", data=form)
    preview = await operator.post("/derived/preview", data={"formula": "[Air flow] + [Nobody]"})
    outside = await operator.post("/api/v1/datapoints", json={"event_public_id": one, "value": 1.0})

    assert circle.status == 422
    assert "One → Two → One" in await circle.text()
    assert page.status == 422
    html = await page.text()
    assert "At character 13: a number or a channel is missing" in html
    assert "[Air flow] +* 2" in html
    assert "no channel “Nobody”" in await preview.text()
    assert outside.status == 409


async def test_a_forced_value_is_seen_everywhere_and_ends_by_order(operator: Client):
    event = await event_of(operator, "Air flow")
    page = f"/events/{event.public_id}/forced"
    form = {"value": "12,5", "reason": "Sensor is being cleaned", "minutes": "60"}

    answer = await operator.post(page, data=form, allow_redirects=False)
    await eventually(lambda: hub_of(operator).latest(event.id).quality is Quality.UNCERTAIN)
    said = await value_of(operator, "Air flow")
    log = await (await operator.get("/api/v1/logging")).text()
    html = await (await operator.get("/forced")).text()
    live = await (await operator.get("/")).text()
    ended = await operator.delete(f"/api/v1/events/{event.public_id}/forced")
    again = await operator.delete(f"/api/v1/events/{event.public_id}/forced")

    assert answer.status == 303
    assert (said["value"], said["quality"], said["is_forced"]) == (12.5, "uncertain", True)
    assert said["reason"] == "Forced by operator person: Sensor is being cleaned"
    assert "was forced to 12.5 m³/h for 60 min: Sensor is being cleaned" in log
    assert "Sensor is being cleaned" in html
    assert "1 value is forced" in live
    assert "Forced by operator person" in live
    assert ended.status == 200
    assert again.status == 404
    past = (await (await operator.get("/api/v1/forced")).json())["data"]
    assert [row["ended_by"] for row in past] == ["operator person"]


@pytest.mark.parametrize(
    ("name", "body", "status", "words"),
    [
        ("Blower speed", {"value": 1, "reason": "test"}, 409, "is an output"),
        ("Air flow", {"value": 1, "reason": ""}, 422, "reason"),
        ("Air flow", {"value": 1, "reason": "test", "minutes": 20_000}, 422, "minutes"),
    ],
)
async def test_not_everything_can_be_forced(
    operator: Client, name: str, body: Any, status: int, words: str
):
    event = await event_of(operator, name)

    answer = await operator.put(f"/api/v1/events/{event.public_id}/forced", json=body)

    assert answer.status == status
    assert words in await answer.text()


async def test_a_forced_value_and_what_formulas_remember_outlive_a_restart(
    start: Start, plant: VirtualRevPi
):
    async with start(plant) as client:
        await channels_of(client)
        operator = await sign_in_as(client, UserRole.operator)
        await make(operator, "Energy", "integral(1)", max_value=1e6)
        air = (await event_of(operator, "Air flow")).public_id
        await operator.put(f"/api/v1/events/{air}/forced", json={"value": 3, "reason": "test"})
        await eventually(lambda: app_of(client)[keys.FORCING].keys)
        key = (await event_of(operator, "Energy")).id
        hub = hub_of(client)
        await eventually(lambda: (it := hub.latest(key)) and it.value and it.value > 0.5)

    async with start(plant) as client:
        await channels_of(client)
        hub = hub_of(client)
        await eventually(lambda: hub.latest(key))

        assert len(app_of(client)[keys.FORCING].keys) == 1
        assert hub.latest(key).value > 0.5


async def test_a_calibration_is_added_never_changed_and_holds_at_once(operator: Client):
    event = await event_of(operator, "Bed temperature")
    path = f"/events/{event.public_id}/calibration"
    form = {"points": "0; 1000\n100 1100,5", "person": "Anna", "reference": "Pt100 no. 7",
            "calibrated_on": "2026-01-31", "due_on": "2026-02-28"}  # fmt: skip

    wrong = await operator.post(path, data=form | {"points": "0 0\n5"})
    first = await operator.post(path, data=form, allow_redirects=False)
    await eventually(lambda: hub_of(operator).latest(event.id).value > 999)
    html = await (await operator.get(path)).text()
    body = {
        "points": [],
        "person": "Ben",
        "reference": "none",
        "calibrated_on": "2026-03-01T00:00Z",
    }
    second = await operator.post(f"/api/v1/events/{event.public_id}/calibrations", json=body)
    await eventually(lambda: hub_of(operator).latest(event.id).value < 999)
    listed = await (await operator.get(f"/api/v1/events/{event.public_id}/calibrations")).json()

    assert "“5” is no point" in await wrong.text()
    assert first.status == 303
    assert "true − shown" in html
    assert "overdue" in html
    assert second.status == 201
    assert [row["person"] for row in listed["data"]] == ["Ben", "Anna"]
    assert listed["data"][1]["points"] == [
        {"shown": 0.0, "true": 1000.0}, {"shown": 100.0, "true": 1100.5},
    ]  # fmt: skip
    digital = await event_of(operator, "Hopper low")
    refused = await operator.post(f"/api/v1/events/{digital.public_id}/calibrations", json=body)
    assert refused.status == 409
