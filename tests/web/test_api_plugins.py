"""Devices (plugins) for programs, as the contract has them."""

from typing import Any

import pytest

from tests.conftest import Client, app_of, channels_of
from tests.waiting import eventually
from tests.web.devices import (
    CHANNEL,
    INSTANCE,
    MAPPING,
    PLUGINS,
    channels_at,
    devices_of,
    make_device,
    make_event,
)
from webmacs_edge.web import keys

NAMES = ["Temperature Reactor", "Heater Power"]


async def test_the_own_device_is_there_from_the_start(viewer: Client):
    devices = await devices_of(viewer)

    (own,) = devices
    bound = {event.point_id: event.public_id for event in await channels_of(viewer)}
    mapped = {it["channel_id"]: it["event_public_id"] for it in own["channel_mappings"]}
    assert set(own) == INSTANCE
    assert set(own["channel_mappings"][0]) == MAPPING
    assert (own["plugin_id"], own["enabled"], own["status"]) == ("edge-virtual", True, "demo")
    assert own["demo_mode"] is True
    assert {point: event for point, event in mapped.items() if event} == bound
    assert None in mapped.values()  # points that no channel reads can be chosen too


async def test_available_kinds_are_ours_and_those_of_2x(viewer: Client):
    rows = await (await viewer.get(f"{PLUGINS}/available")).json()

    assert [row["id"] for row in rows] == [
        "edge-revpi", "edge-virtual", "edge-system", "simulated", "system", "revpi",
    ]  # fmt: skip
    assert set(rows[0]) == {"id", "name", "version", "vendor", "description", "url"}


async def test_a_known_kind_comes_with_channels_and_events(admin: Client):
    device = await make_device(admin, "simulated", instance_name="Rig 2")

    mappings = {it["channel_id"]: it for it in device["channel_mappings"]}
    heater = mappings["heater_power"]
    answer = await admin.get(f"/api/v1/events/{heater['event_public_id']}")
    event = await answer.json()
    assert (device["status"], device["enabled"], len(mappings)) == ("inactive", True, 9)
    assert (event["name"], event["type"]) == ("Rig 2 – Heater Power", "actuator")
    assert (event["min_value"], event["max_value"], event["unit"]) == (0.0, 100.0, "%")
    assert heater["direction"] == "output"


async def test_events_of_the_same_name_are_used_again(admin: Client):
    name = "Rig – CPU Usage"
    loose = await make_event(admin, name)

    device = await make_device(admin, "system")

    used = next(it for it in device["channel_mappings"] if it["channel_id"] == "cpu_percent")
    assert used["event_public_id"] == loose


async def test_without_events_the_channels_feed_nothing(admin: Client):
    device = await make_device(admin, "simulated", auto_create_events=False)

    assert {it["event_public_id"] for it in device["channel_mappings"]} == {None}


@pytest.mark.parametrize("plugin_id", ["revpi", "my-own"])
async def test_other_kinds_start_without_channels(admin: Client, plugin_id: str):
    device = await make_device(admin, plugin_id)

    assert device["channel_mappings"] == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"plugin_id": "", "instance_name": "X"}, 422, None),
        ({"plugin_id": "a" * 101, "instance_name": "X"}, 422, None),
        ({"plugin_id": "a", "instance_name": "x" * 256}, 422, None),
        ({"plugin_id": "a", "instance_name": "X", "config_json": "{"}, 422, None),
        ({"plugin_id": "a", "instance_name": "X", "config_json": "[1]"}, 422, None),
        ({"plugin_id": "a", "instance_name": "X", "config_json": '{"a":NaN}'}, 422, None),
        ({"plugin_id": "simulated", "instance_name": "x" * 250}, 422, None),
        ({"plugin_id": "a", "instance_name": "Virtual Revolution Pi"}, 409, "instance_name"),
        ({"plugin_id": "edge-revpi", "instance_name": "X"}, 409, "plugin_id"),
        ({"plugin_id": "edge-virtual", "instance_name": "X"}, 409, "plugin_id"),
    ],
)
@pytest.mark.standing
async def test_a_device_that_cannot_be_is_refused_and_nothing_is_left_of_it(
    admin: Client, body: dict[str, Any], status: int, field: str | None
):
    before = len(app_of(admin)[keys.STATION].events)

    answer = await admin.post(PLUGINS, json=body)

    said = await answer.json()
    assert answer.status == status, said
    assert said.get("field") == field
    assert len(await devices_of(admin)) == 1
    assert len(app_of(admin)[keys.STATION].events) == before


async def test_a_device_can_be_changed_in_part(admin: Client):
    device = await make_device(admin, "my-own")
    path = f"{PLUGINS}/{device['public_id']}"

    answer = await admin.put(path, json={"config_json": '{"port":502}', "demo_mode": True})
    same = await admin.put(path, json={})

    changed = await (await admin.get(path)).json()
    assert (answer.status, same.status) == (200, 200)
    assert (changed["config_json"], changed["demo_mode"]) == ('{"port":502}', True)
    assert (changed["instance_name"], changed["enabled"]) == ("Rig", True)
    assert changed["updated_on"].endswith("Z")
    assert (await admin.put(path, json={"config_json": None})).status == 200
    assert (await admin.put(path, json={"instance_name": None})).status == 422
    assert (await admin.put(path, json={"instance_name": "Virtual Revolution Pi"})).status == 409


async def test_removing_a_device_keeps_events_and_what_they_recorded(admin: Client):
    device = await make_device(admin, "simulated")
    event = device["channel_mappings"][0]["event_public_id"]
    await admin.post("/api/v1/datapoints", json={"event_public_id": event, "value": 21.5})

    answer = await admin.delete(f"{PLUGINS}/{device['public_id']}")

    series = await admin.post("/api/v1/datapoints/series", json={"event_public_ids": [event]})
    assert answer.status == 200
    assert (await admin.get(f"{PLUGINS}/{device['public_id']}")).status == 404
    assert (await admin.get(f"/api/v1/events/{event}")).status == 200
    assert [it["value"] for it in (await series.json())[event]] == [21.5]
    again = await admin.post("/api/v1/datapoints", json={"event_public_id": event, "value": 22})
    assert again.status == 201  # it belongs to nobody now


async def test_our_own_device_can_be_renamed_but_not_removed_or_configured(admin: Client):
    (own,) = await devices_of(admin)
    path = f"{PLUGINS}/{own['public_id']}"

    renamed = await admin.put(
        path, json={"instance_name": "Cabinet 3", "demo_mode": True, "enabled": True}
    )

    assert renamed.status == 200
    assert (await admin.put(path, json={"demo_mode": False})).status == 409
    assert (await admin.put(path, json={"config_json": "{}"})).status == 409
    assert (await admin.delete(path)).status == 409
    assert (await admin.post(f"{path}/channels", json=CHANNEL)).status == 409
    mapping = own["channel_mappings"][0]["public_id"]
    assert (await admin.delete(f"{path}/channels/{mapping}")).status == 409
    assert (await devices_of(admin))[0]["instance_name"] == "Cabinet 3"


async def test_a_device_is_connected_while_values_come(admin: Client):
    device = await make_device(admin, "simulated")
    event = device["channel_mappings"][0]["event_public_id"]

    await admin.post("/api/v1/datapoints", json={"event_public_id": event, "value": 21.5})

    path = f"{PLUGINS}/{device['public_id']}"
    assert (await (await admin.get(path)).json())["status"] == "connected"
    registry = app_of(admin)[keys.DEVICES].device(device["public_id"])
    assert registry is not None
    assert registry.heard_s is not None
    registry.heard_s -= registry.patience_s() + 1  # as if it had been silent since
    silent = await (await admin.get(path)).json()
    assert silent["status"] == "inactive"
    assert "No values have come" in silent["error_message"]


async def test_a_disabled_device_takes_no_values(admin: Client):
    device = await make_device(admin, "simulated")
    event, path = (
        device["channel_mappings"][0]["event_public_id"],
        f"{PLUGINS}/{device['public_id']}",
    )
    value = {"event_public_id": event, "value": 21.5}
    await admin.post("/api/v1/datapoints", json=value)

    await admin.put(path, json={"enabled": False})

    single = await admin.post("/api/v1/datapoints", json=value)
    batch = await admin.post("/api/v1/datapoints/batch", json={"datapoints": [value]})
    station, hub = app_of(admin)[keys.STATION], app_of(admin)[keys.HUB]
    stored = station.event_by_public_id(event)
    assert stored is not None
    sample = hub.latest(stored.id)
    assert single.status == 409
    assert (await batch.json())["message"].startswith("0 ")
    assert sample is not None
    assert sample.quality.name == "STALE"
    assert (await (await admin.get(path)).json())["status"] == "inactive"
    await admin.put(path, json={"enabled": True})
    assert (await admin.post("/api/v1/datapoints", json=value)).status == 201


async def test_our_own_device_is_not_read_while_it_is_disabled(admin: Client):
    (own,) = await devices_of(admin)
    app, path = app_of(admin), f"{PLUGINS}/{own['public_id']}"
    scanner = app[keys.STATION].scanner

    await admin.put(path, json={"enabled": False})

    await eventually(lambda: "disabled" in scanner.problem, what="a pause")
    cycles = scanner.statistics.cycles
    event = (await channels_of(admin))[0]
    sample = app[keys.HUB].latest(event.id)
    assert sample is not None
    hub: Any = app[keys.HUB]
    await eventually(lambda: hub.latest(event.id).quality.name == "STALE")
    assert (await (await admin.get(path)).json())["status"] == "inactive"
    assert scanner.statistics.cycles == cycles
    await admin.put(path, json={"enabled": True})
    await eventually(lambda: scanner.statistics.cycles > cycles, what="reading again")
    assert (await (await admin.get(path)).json())["status"] == "demo"


@pytest.mark.parametrize("path", ["", "/channels"])
async def test_what_is_not_there_is_not_found(admin: Client, path: str):
    answer = await admin.get(f"{PLUGINS}/none{path}")

    assert answer.status == 404
    assert list(await answer.json()) == ["detail"]


async def test_a_slash_at_the_end_is_welcome(viewer: Client):
    for path in ("", "/available", "/packages"):
        assert (await viewer.get(f"{PLUGINS}{path}/", allow_redirects=False)).status == 200


async def test_a_channel_of_a_device_goes_its_way(admin: Client):
    device = await make_device(admin, "my-own")
    path = f"{PLUGINS}/{device['public_id']}/channels"

    assert (await admin.post(path, json=CHANNEL)).status == 201
    (mapping,) = await channels_at(admin, device)
    twice = await admin.post(path, json=CHANNEL)
    event = await make_event(admin)
    chosen = await admin.put(f"{path}/{mapping['public_id']}", json={"event_public_id": event})
    unknown = await admin.put(f"{path}/{mapping['public_id']}", json={"event_public_id": "none"})
    (mapped,) = await channels_at(admin, device)
    removed = await admin.delete(f"{path}/{mapping['public_id']}")

    assert twice.status == 409
    assert (await twice.json())["field"] == "channel_id"
    assert (chosen.status, unknown.status, removed.status) == (200, 409, 200)
    assert (mapping["event_public_id"], mapped["event_public_id"]) == (None, event)
    assert await channels_at(admin, device) == []
    assert (await admin.get(f"/api/v1/events/{event}")).status == 200


async def test_a_channel_is_only_found_at_its_own_device(admin: Client):
    one = await make_device(admin, "simulated")
    other = await make_device(admin, "my-own", instance_name="Other")
    mapping = one["channel_mappings"][0]["public_id"]
    path = f"{PLUGINS}/{other['public_id']}/channels/{mapping}"

    changed = await admin.put(path, json={"event_public_id": None})
    removed = await admin.delete(path)

    assert (changed.status, removed.status) == (404, 404)
    assert len(await channels_at(admin, one)) == 9


@pytest.mark.parametrize(
    "given",
    [
        {"channel_id": ""},
        {"channel_id": "x" * 101},
        {"channel_name": ""},
        {"direction": "sideways"},
        {"unit": ""},
        {"unit": "x" * 51},
    ],
)
async def test_a_channel_that_cannot_be_is_refused(admin: Client, given: dict[str, Any]):
    device = await make_device(admin, "my-own")

    answer = await admin.post(
        f"{PLUGINS}/{device['public_id']}/channels", json={**CHANNEL, **given}
    )

    assert answer.status == 422
    assert await channels_at(admin, device) == []


async def test_an_event_that_our_io_measures_is_fed_by_nobody_else(admin: Client):
    device = await make_device(admin, "my-own")
    event = (await channels_of(admin))[0]
    path = f"{PLUGINS}/{device['public_id']}/channels"

    new = await admin.post(path, json={**CHANNEL, "event_public_id": event.public_id})
    await admin.post(path, json=CHANNEL)
    (mapping,) = await channels_at(admin, device)
    change = await admin.put(
        f"{path}/{mapping['public_id']}", json={"event_public_id": event.public_id}
    )

    assert (new.status, change.status) == (409, 409)
    assert "is measured by the I/O of this appliance" in (await new.json())["detail"]


async def test_an_event_that_is_removed_is_fed_no_more(admin: Client):
    device = await make_device(admin, "simulated")
    mapping = device["channel_mappings"][0]

    await admin.delete(f"/api/v1/events/{mapping['event_public_id']}")

    now = (await channels_at(admin, device))[0]
    assert (now["public_id"], now["event_public_id"]) == (mapping["public_id"], None)
