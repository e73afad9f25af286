"""Outputs and interlocks over the API, on the demo rig."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Client, Start, app_of, channels_of, make_token, sign_in_as
from tests.waiting import eventually
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.audit_entries import AuditFilter, list_audit_entries
from webmacs_edge.store.log_entries import list_log_entries
from webmacs_edge.web import keys


@pytest.fixture
async def rig(start: Start, own_plant: VirtualRevPi) -> AsyncIterator[Client]:
    """An operator at the demo rig, whose panel has handed over."""
    async with start(own_plant, scan_hz=50) as client:
        await channels_of(client)
        await sign_in_as(client, UserRole.operator)
        await eventually(lambda: app_of(client)[keys.CONTROL].board.outputs, what="outputs")
        yield client


async def outputs_of(client: Client) -> dict[str, Any]:
    answer = await client.get("/api/v1/outputs")
    assert answer.status == 200, await answer.text()
    return {one["name"]: one for one in (await answer.json())["data"]}


async def command(client: Client, name: str, **body: Any) -> tuple[int, Any]:
    public_id = (await outputs_of(client))[name]["event_public_id"]
    answer = await client.post(f"/api/v1/outputs/{public_id}/command", json=body)
    return answer.status, await answer.json()


async def is_confirmed(client: Client, name: str, value: float) -> bool:
    one = (await outputs_of(client))[name]
    return (one["state"], one["set_point"], one["image"]) == ("confirmed", value, value)


async def blow(client: Client) -> None:
    """Let the air flow."""
    assert (await command(client, "Blower enable", value=1))[0] == 200
    assert (await command(client, "Blower speed", value=60))[0] == 200
    channel = next(e for e in app_of(client)[keys.STATION].events if e.name == "Air flow")
    hub = app_of(client)[keys.HUB]

    def flows() -> bool:
        sample = hub.latest(channel.id)
        return bool(sample and (sample.value or 0) > 30)

    await eventually(flows, what="air flow")


async def test_a_command_is_in_the_image_when_it_is_answered_and_confirmed_a_cycle_later(rig):
    status, outcome = await command(rig, "Feed valve", value=1, why="try it")

    assert status == 200
    assert outcome["set_point"] == 1
    await eventually(lambda: is_confirmed(rig, "Feed valve", 1))
    one = (await outputs_of(rig))["Feed valve"]
    assert (one["commanded_by"], one["commanded_why"]) == ("operator person", "try it")


async def test_no_heater_without_air_flow(rig, own_plant):
    await blow(rig)
    status, said = await command(rig, "Heater power", value=40)
    assert status == 200, said
    await eventually(lambda: is_confirmed(rig, "Heater power", 40))

    assert (await command(rig, "Blower enable", value=0))[0] == 200

    async def forced() -> bool:
        one = (await outputs_of(rig))["Heater power"]
        return bool(one["state"] == "forced" and one["image"] == 0)

    await eventually(forced)
    status, said = await command(rig, "Heater power", value=10)
    assert status == 409
    assert "No heater without air flow" in said["detail"]
    assert (await command(rig, "Heater power", value=0))[0] == 200


async def test_a_trip_stands_in_the_log_with_what_caused_it(rig):
    await blow(rig)
    await command(rig, "Blower enable", value=0)

    async def told() -> bool:
        async with app_of(rig)[keys.DATABASE].read() as session:
            page = await list_log_entries(session, page=1, page_size=50)
        return any("tripped: Air flow is" in entry.content for entry in page.rows)

    await eventually(told)
    for path, words in (("/log", "hat ausgelöst: Air flow ist"), ("/interlocks", "Air flow ist")):
        page = await (await rig.get(path, headers={"Accept-Language": "de"})).text()
        assert words in page
    assert "tripped: Air flow is" in await (await rig.get("/api/v1/logging")).text()


async def test_commands_stand_in_the_audit_trail_refused_ones_too(rig):
    await command(rig, "Feed valve", value=1, why="for the trail")
    status, said = await command(rig, "Heater contactor", value=1, confirmed=True)

    async def told() -> Any:
        async with app_of(rig)[keys.DATABASE].read() as session:
            rows = await list_audit_entries(session, AuditFilter(noun="outputs"), limit=50)
        found = {row.object_name: (row.refused, row.new_json) for row in rows if row.object_name}
        return found if len(found) == 2 else None

    found = await eventually(told, what="both commands in the trail")
    assert status == 409
    assert found["Feed valve"] == (False, '{"value":1.0,"why":"for the trail"}')
    assert found["Heater contactor"][0]
    assert said["detail"] in found["Heater contactor"][1]


@pytest.mark.parametrize("value", [-1, 101, 1e300, None, "warm", [1]])
async def test_a_value_that_is_none_for_the_output_is_refused(rig, value):
    status, _ = await command(rig, "Blower speed", value=value)

    assert status == 422
    assert (await outputs_of(rig))["Blower speed"]["state"] == "idle"


async def test_a_switch_takes_0_and_1_only(rig):
    status, said = await command(rig, "Feed valve", value=0.4)

    assert status == 422
    assert "0 or 1" in str(said)


async def test_a_channel_without_a_claim_cannot_be_commanded(rig):
    station = app_of(rig)[keys.STATION]
    public_id = next(e.public_id for e in station.events if e.name == "Air flow")

    answer = await rig.post(f"/api/v1/outputs/{public_id}/command", json={"value": 1})

    assert answer.status == 409
    assert "not set up as an output" in (await answer.json())["detail"]
    answer = await rig.post("/api/v1/outputs/none/command", json={"value": 1})
    assert answer.status == 404


async def test_a_viewer_may_look_and_not_command(rig):
    token = await make_token(rig, UserRole.viewer)
    rig.session.cookie_jar.clear()
    head = {"Authorization": f"Bearer {token}"}

    seen = await rig.get("/api/v1/outputs", headers=head)
    public_id = (await seen.json())["data"][0]["event_public_id"]
    refused = await rig.post(
        f"/api/v1/outputs/{public_id}/command", json={"value": 1}, headers=head
    )
    safe = await rig.post("/api/v1/outputs/all-safe", json={}, headers=head)

    assert (seen.status, refused.status, safe.status) == (200, 403, 403)


async def test_an_output_that_wants_confirmation_is_commanded_with_it_only(rig):
    await blow(rig)

    refused, said = await command(rig, "Heater contactor", value=1)
    await eventually(lambda: _can(rig, "Heater contactor", value=1, confirmed=True))

    assert refused == 409
    assert "confirmation" in said["detail"]
    await eventually(lambda: _is_in_trail(rig, "Heater contactor", "after confirmation"))


async def _is_in_trail(client: Client, name: str, why: str) -> bool:
    """Whether it says why a command to this output was refused."""
    async with app_of(client)[keys.DATABASE].read() as session:
        rows = await list_audit_entries(session, AuditFilter(noun="outputs"), limit=50)
    return (name, True) in [(it.object_name, it.refused) for it in rows if why in it.new_json]


async def _can(client: Client, name: str, **body: Any) -> bool:
    return (await command(client, name, **body))[0] == 200


async def test_all_safe_holds_until_it_is_released_also_over_a_restart(start, own_plant):
    async with start(own_plant, scan_hz=50) as client:
        await channels_of(client)
        await sign_in_as(client, UserRole.operator)
        await eventually(lambda: app_of(client)[keys.CONTROL].board.outputs)
        await command(client, "Feed valve", value=1)

        answer = await client.post("/api/v1/outputs/all-safe", json={"why": "smoke"})

        async def all_safe() -> bool:
            return all(one["image"] == one["safe_value"] for one in
                       (await outputs_of(client)).values())  # fmt: skip

        assert answer.status == 200
        await eventually(all_safe)
        status, said = await command(client, "Feed valve", value=1)
        assert (status, "smoke" in said["detail"]) == (409, True)
    async with start(own_plant, scan_hz=50) as client:
        await channels_of(client)
        client.session.cookie_jar.clear()
        app = app_of(client)
        await eventually(lambda: app[keys.CONTROL].board.locks)
        head = {"Authorization": f"Bearer {await make_token(client, UserRole.admin)}"}
        public_id = app[keys.CONTROL].bindings[1].public_id
        path = f"/api/v1/outputs/{public_id}/command"

        held = await client.post(path, json={"value": 1}, headers=head)
        released = await client.post("/api/v1/outputs/release", headers=head, json={})
        await eventually(lambda: not app[keys.CONTROL].board.locks)
        again = await client.post(path, json={"value": 1}, headers=head)

    assert (held.status, released.status, again.status) == (409, 200, 200)


async def test_stopping_the_appliance_leaves_what_it_drove_safe(start, own_plant):
    async with start(own_plant, scan_hz=50) as client:
        await channels_of(client)
        await sign_in_as(client, UserRole.operator)
        await eventually(lambda: app_of(client)[keys.CONTROL].board.outputs)
        public_id = (await outputs_of(client))["Feed valve"]["event_public_id"]
        await command(client, "Feed valve", value=1)
        await eventually(lambda: is_confirmed(client, "Feed valve", 1))
        place = app_of(client)[keys.CONTROL].outputs._drives[public_id].place  # noqa: SLF001

    assert place.take(own_plant.image_path.read_bytes()) == 0


async def test_an_interlock_is_made_changed_and_removed(rig):
    admin = {"Authorization": f"Bearer {await make_token(rig, UserRole.admin)}"}
    rig.session.cookie_jar.clear()
    listed = await (await rig.get("/api/v1/interlocks", headers=admin)).json()
    [preset] = listed["data"]
    body = {
        "name": "Hopper empty",
        "action": "forbid",
        "outputs": preset["outputs"][:1],
        "conditions": [{**preset["conditions"][0], "operator": "gt", "threshold": -5}],
        "is_latching": True,
    }

    made = await rig.post("/api/v1/interlocks", json=body, headers=admin)
    again = await rig.post("/api/v1/interlocks", json=body, headers=admin)

    assert (made.status, again.status) == (201, 409)

    async def tripped() -> Any:
        listed = await (await rig.get("/api/v1/interlocks", headers=admin)).json()
        return next((it for it in listed["data"] if it["name"] == body["name"]
                     and it["is_tripped"]), None)  # fmt: skip

    path = f"/api/v1/interlocks/{(await eventually(tripped))['public_id']}"
    reset = await rig.post(f"{path}/reset", json={}, headers=admin)
    body["conditions"][0]["operator"] = "lt"
    changed = await rig.put(path, json=body, headers=admin)

    async def released() -> bool:
        return (await rig.post(f"{path}/reset", json={}, headers=admin)).status == 200

    assert (reset.status, changed.status) == (409, 200)
    await eventually(released)
    await eventually(lambda: _is_clear(rig, path, admin))
    assert (await rig.delete(path, headers=admin)).status == 200
    assert (await rig.get(path, headers=admin)).status == 404


async def _is_clear(client: Client, path: str, headers: dict[str, str]) -> bool:
    return not (await (await client.get(path, headers=headers)).json())["is_tripped"]


async def test_a_claim_is_made_by_an_admin_and_checked(rig):
    public_id = (await outputs_of(rig))["Blower speed"]["event_public_id"]
    sensor = next(e.public_id for e in app_of(rig)[keys.STATION].events if e.name == "Air flow")
    admin = {"Authorization": f"Bearer {await make_token(rig, UserRole.admin)}"}
    rig.session.cookie_jar.clear()
    claim = {"safe_value": 0, "min_value": 0, "max_value": 50}

    async def put(target: str, **changes: Any) -> int:
        path = f"/api/v1/outputs/{target}"
        return (await rig.put(path, json={**claim, **changes}, headers=admin)).status

    assert await put(public_id) == 200
    assert await put(public_id, safe_value=60) == 422
    assert await put(public_id, min_value=50) == 422
    assert await put(public_id, rate_per_s=0) == 422
    assert await put(sensor) == 409
    assert await put("none") == 404
    answer = await rig.post(
        f"/api/v1/outputs/{public_id}/command", json={"value": 60}, headers=admin
    )
    assert answer.status == 422
    assert (await rig.delete(f"/api/v1/outputs/{public_id}", headers=admin)).status == 200
    answer = await rig.post(
        f"/api/v1/outputs/{public_id}/command", json={"value": 5}, headers=admin
    )
    assert answer.status == 409


async def test_a_valve_cycle_opens_closes_and_ends_closed(rig):
    public_id = (await outputs_of(rig))["Feed valve"]["event_public_id"]
    cycle = {"open_s": 0.2, "close_s": 0.1, "repeats": 2}

    answer = await rig.post(f"/api/v1/outputs/{public_id}/valve-cycle", json=cycle)

    assert answer.status == 200
    assert (await outputs_of(rig))["Feed valve"]["is_cycling"]

    async def over() -> bool:
        one = (await outputs_of(rig))["Feed valve"]
        return not one["is_cycling"] and one["state"] == "confirmed" and one["image"] == 0

    await eventually(over)
    bad = await rig.post(f"/api/v1/outputs/{public_id}/valve-cycle", json={**cycle, "open_s": 61})
    assert bad.status == 422
