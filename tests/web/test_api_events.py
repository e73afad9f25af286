"""Events (channels) for programs, as the contract has them."""

from typing import Any
from uuid import UUID

import pytest

from tests.conftest import Client, app_of, channels_of
from webmacs_edge.web import keys

EVENTS = "/api/v1/events"
VALVE = {
    "name": "Outside temperature",
    "min_value": -30,
    "max_value": "5e1",
    "unit": "°C",
    "type": "sensor",
}
FIELDS = {"public_id", "name", "min_value", "max_value", "unit", "type", "user_public_id"}


async def _create(client: Client, **given: Any) -> dict[str, Any]:
    answer = await client.post(EVENTS, json={**VALVE, **given})
    assert answer.status == 201, await answer.text()
    name = {**VALVE, **given}["name"]
    return next(event for event in await _all(client) if event["name"] == name)


async def _all(client: Client) -> list[dict[str, Any]]:
    answer = await client.get(EVENTS, params={"page_size": 100})
    rows: list[dict[str, Any]] = (await answer.json())["data"]
    return rows


async def test_a_list_is_one_page_in_an_envelope(viewer: Client):
    answer = await viewer.get(EVENTS, params={"page": 2, "page_size": 3, "_t": "1763900000000"})

    body = await answer.json()
    assert answer.status == 200
    assert list(body) == ["page", "page_size", "total", "data"]
    assert (body["page"], body["page_size"], len(body["data"])) == (2, 3, 3)
    assert set(body["data"][0]) == FIELDS
    assert body["total"] == len(await channels_of(viewer))


async def test_a_page_past_the_end_is_empty(viewer: Client):
    answer = await viewer.get(EVENTS, params={"page": 1000})

    assert answer.status == 200
    assert (await answer.json())["data"] == []


@pytest.mark.parametrize(
    "query", [{"page": 0}, {"page": "x"}, {"page_size": 101}, {"page_size": 0}]
)
@pytest.mark.standing
async def test_a_page_that_cannot_be_is_a_fault_of_the_query(viewer: Client, query: dict[str, Any]):
    answer = await viewer.get(EVENTS, params=query)

    faults = (await answer.json())["detail"]
    assert answer.status == 422
    assert faults[0]["loc"] == ["query", next(iter(query))]
    assert set(faults[0]) >= {"type", "loc", "msg", "input"}


async def test_a_new_event_can_be_listed_at_once(operator: Client):
    answer = await operator.post(EVENTS, json=VALVE)

    assert answer.status == 201
    assert list(await answer.json()) == ["status", "message"]
    event = next(event for event in await _all(operator) if event["name"] == VALVE["name"])
    assert UUID(event["public_id"]).version == 4
    assert (event["min_value"], event["max_value"]) == (-30.0, 50.0)
    assert event["user_public_id"] is not None
    assert app_of(operator)[keys.STATION].event_by_public_id(event["public_id"]) is not None


async def test_floats_carry_a_decimal_and_text_is_not_escaped(operator: Client):
    event = await _create(operator)

    text = await (await operator.get(f"{EVENTS}/{event['public_id']}")).text()

    assert '"min_value":-30.0' in text
    assert '"unit":"°C"' in text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": None}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"unit": ""}, "unit"),
        ({"type": "valve"}, "type"),
        ({"min_value": "cold"}, "min_value"),
        ({"min_value": "NaN"}, "min_value"),
        ({"max_value": 1e301}, "max_value"),
        ({"min_value": 50}, "max_value"),
        ({"min_value": [1]}, "min_value"),
    ],
)
@pytest.mark.standing
async def test_an_event_that_does_not_fit_names_the_field(
    operator: Client, given: dict[str, Any], field: str
):
    answer = await operator.post(EVENTS, json={**VALVE, **given})

    faults = (await answer.json())["detail"]
    assert answer.status == 422
    assert [fault["loc"] for fault in faults] == [["body", field]]


async def test_all_missing_fields_are_named_at_once(operator: Client):
    answer = await operator.post(EVENTS, json={})

    places = {fault["loc"][1] for fault in (await answer.json())["detail"]}
    assert places == {"name", "min_value", "max_value", "unit", "type"}


async def test_a_name_that_is_taken_is_a_conflict_of_that_field(operator: Client):
    await _create(operator)
    other = await _create(operator, name="Other")

    created = await operator.post(EVENTS, json=VALVE)
    renamed = await operator.put(f"{EVENTS}/{other['public_id']}", json={"name": VALVE["name"]})

    for answer in (created, renamed):
        assert answer.status == 409
        assert (await answer.json())["field"] == "name"
    assert len([e for e in await _all(operator) if e["name"] == VALVE["name"]]) == 1


async def test_any_part_of_an_event_can_be_changed(operator: Client):
    event = await _create(operator)
    url = f"{EVENTS}/{event['public_id']}"

    for part in ({"unit": "K"}, {"min_value": 1, "max_value": True}, {}, {"type": "range"}):
        answer = await operator.put(url, json=part)
        if "max_value" in part:
            assert answer.status == 422  # 1 is not below 1
        else:
            assert answer.status == 200

    changed = await (await operator.get(url)).json()
    assert changed == {**event, "unit": "K", "type": "range"}


@pytest.mark.parametrize("field", ["name", "min_value", "max_value", "unit", "type"])
async def test_nothing_can_be_set_to_null(operator: Client, field: str):
    event = await _create(operator)
    url = f"{EVENTS}/{event['public_id']}"

    answer = await operator.put(url, json={field: None})

    assert answer.status == 422
    assert (await answer.json())["detail"][0]["loc"] == ["body", field]
    assert await (await operator.get(url)).json() == event


async def test_a_removed_event_is_gone_and_its_name_is_free(operator: Client):
    event = await _create(operator)
    url = f"{EVENTS}/{event['public_id']}"

    answer = await operator.delete(url)

    assert (answer.status, (await answer.json())["status"]) == (200, "success")
    assert (await operator.get(url)).status == 404
    assert (await operator.delete(url)).status == 404
    assert app_of(operator)[keys.STATION].event_by_public_id(event["public_id"]) is None
    await _create(operator)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("public_id", ["none", "%00", "%27", "x" * 3000])
@pytest.mark.standing
async def test_an_unknown_event_is_not_found(operator: Client, method: str, public_id: str):
    answer = await operator.request(method, f"{EVENTS}/{public_id}", json={})

    assert answer.status == 404
    assert isinstance((await answer.json())["detail"], str)


async def test_of_several_who_take_one_name_one_wins(operator: Client):
    import asyncio  # noqa: PLC0415 only here

    answers = await asyncio.gather(*(operator.post(EVENTS, json=VALVE) for _ in range(6)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 5


async def test_a_list_that_is_known_already_is_not_sent_again(operator: Client):
    first = await operator.get(EVENTS)
    known = {"If-None-Match": first.headers["ETag"]}
    again = await operator.get(EVENTS, headers=known)
    await _create(operator)
    changed = await operator.get(EVENTS, headers=known)

    assert [answer.status for answer in (first, again, changed)] == [200, 304, 200]
    assert again.headers["X-Total-Count"] == first.headers["X-Total-Count"]
    assert await again.read() == b""
