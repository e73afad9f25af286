"""The box as a device of the running appliance."""

from tests.conftest import Start, app_of, channels_of, sign_in_as
from tests.languages import GERMAN
from tests.waiting import eventually
from tests.web.devices import PLUGINS, devices_of
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys


async def test_the_figures_of_the_box_are_channels_behind_those_of_the_plant(
    start: Start, plant: VirtualRevPi
):
    async with start(plant, watch_box=True) as client:
        await channels_of(client)
        await sign_in_as(client, UserRole.admin)
        app = app_of(client)
        box = next(it for it in await devices_of(client) if it["plugin_id"] == "edge-system")
        events = {it.public_id: it for it in app[keys.STATION].events}
        mapped = {it["channel_id"]: events[it["event_public_id"]] for it in box["channel_mappings"]}
        memory = mapped["memory_percent"]

        def newest():
            return app[keys.HUB].latest(memory.id)

        await eventually(newest, what="a figure")
        posted = await client.post(
            "/api/v1/datapoints", json={"event_public_id": memory.public_id, "value": 1}
        )

        assert box["status"] == "connected"
        assert {"cpu_percent", "memory_percent", "disk_percent"} <= mapped.keys()
        assert [it.group_name for it in app[keys.STATION].events][-1] == "This box"
        assert "<h2>Dieses System</h2>" in await (await client.get("/", headers=GERMAN)).text()
        assert newest().quality is Quality.GOOD
        assert posted.status == 409
        await client.put(f"{PLUGINS}/{box['public_id']}", json={"enabled": False})
        assert newest().quality is Quality.STALE
        series = {"event_public_ids": [memory.public_id]}
        stored = await client.post("/api/v1/datapoints/series", json=series)
        assert len((await stored.json())[memory.public_id]) >= 1


async def test_starting_again_makes_nothing_twice(start: Start, plant: VirtualRevPi):
    for _ in range(2):
        async with start(plant, watch_box=True) as client:
            await channels_of(client)
            count = len(app_of(client)[keys.STATION].events)
    async with start(plant, watch_box=True) as client:
        await sign_in_as(client, UserRole.viewer)
        devices = await devices_of(client)

        assert [it["plugin_id"] for it in devices] == ["edge-virtual", "edge-system"]
        assert len(app_of(client)[keys.STATION].events) == count
