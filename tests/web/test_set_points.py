"""Set points of other people's devices: the first of a minute one by one, then their number."""

import json

import pytest

from tests.conftest import Client, app_of, make_token
from tests.web.sockets import TELEMETRY, next_message
from webmacs_edge.control.crowds import TOLD_ONE_BY_ONE
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.audit_entries import AuditFilter, list_audit_entries
from webmacs_edge.web import keys
from webmacs_edge.web.set_points import SET_POINTS

MOST = TOLD_ONE_BY_ONE


@pytest.fixture
async def heater(operator: Client) -> str:
    """An output of somebody else's device."""
    body = {"name": "Heater", "min_value": 0, "max_value": 50, "unit": "°C", "type": "actuator"}
    assert (await operator.post("/api/v1/events", json=body)).status == 201
    return next(it.public_id for it in app_of(operator)[keys.STATION].events if it.name == "Heater")


async def commands(client: Client) -> list[dict[str, object]]:
    async with app_of(client)[keys.DATABASE].read() as session:
        entries = await list_audit_entries(session, AuditFilter(action="command"), limit=100)
    return [json.loads(it.new_json or "{}") for it in reversed(entries)]


async def test_a_program_that_regulates_leaves_a_number(operator: Client, heater: str):
    for number in range(MOST + 5):
        body = {"value": number, "event_public_id": heater}
        assert (await operator.post("/api/v1/datapoints", json=body)).status == 201
    one_by_one = await commands(operator)

    await app_of(operator)[SET_POINTS].flush(is_last=True)

    assert [it["value"] for it in one_by_one] == list(range(MOST))
    [summary] = (await commands(operator))[MOST:]
    assert (summary["and_more"], summary["greatest"]) == (5, MOST + 4)


async def test_set_points_over_the_telemetry_socket_stand_in_the_trail(
    operator: Client, heater: str
):
    token = await make_token(operator, UserRole.admin)
    rows = [{"value": 7, "event_public_id": heater}]
    async with operator.ws_connect(
        TELEMETRY, headers={"Authorization": f"Bearer {token}"}
    ) as socket:
        await socket.send_json({"datapoints": rows, "ack": 1})
        await next_message(socket, "ack")
        await app_of(operator)[SET_POINTS].flush()

    assert await commands(operator) == [{"value": 7.0}]
