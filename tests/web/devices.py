"""What tests of devices share."""

from typing import Any

from tests.conftest import Client

PLUGINS = "/api/v1/plugins"
INSTANCE = {
    "public_id", "plugin_id", "instance_name", "demo_mode", "enabled", "status", "config_json",
    "error_message", "created_on", "updated_on", "user_public_id", "channel_mappings",
}  # fmt: skip
MAPPING = {
    "public_id", "channel_id", "channel_name", "direction", "unit", "event_public_id", "created_on",
}  # fmt: skip
CHANNEL = {"channel_id": "t1", "channel_name": "T 1", "direction": "input", "unit": "°C"}


async def devices_of(client: Client) -> list[dict[str, Any]]:
    answer = await client.get(PLUGINS, params={"page_size": 100})
    rows: list[dict[str, Any]] = (await answer.json())["data"]
    return rows


async def make_device(client: Client, plugin_id: str = "simulated", **given: Any) -> dict[str, Any]:
    body = {"plugin_id": plugin_id, "instance_name": "Rig", **given}
    answer = await client.post(PLUGINS, json=body)
    assert answer.status == 201, await answer.text()
    name = body["instance_name"]
    return next(device for device in await devices_of(client) if device["instance_name"] == name)


async def channels_at(client: Client, device: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.get(f"{PLUGINS}/{device['public_id']}/channels")
    rows: list[dict[str, Any]] = await answer.json()
    return rows


async def make_event(client: Client, name: str = "Loose", **given: Any) -> str:
    body = {"name": name, "min_value": 0, "max_value": 10, "unit": "bar", "type": "sensor", **given}
    assert (await client.post("/api/v1/events", json=body)).status == 201
    listed = await client.get("/api/v1/events", params={"page_size": 100})
    found = [event for event in (await listed.json())["data"] if event["name"] == name]
    public_id: str = found[0]["public_id"]
    return public_id
