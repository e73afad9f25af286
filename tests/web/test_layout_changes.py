"""Another PiCtory configuration at a running appliance: channels, rules, interlocks, the page."""

import asyncio

import pytest

from tests.conftest import Client, app_of, channels_of, sign_in_as
from tests.hardware.samples import entry_of, rig, rig_moved
from tests.waiting import eventually
from webmacs_edge.hardware.simulator.modules import to_text
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Sample
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys


async def save_and_reset(client: Client, plant, config) -> None:
    """What an engineer does in PiCtory: save, then reset the driver."""
    station = app_of(client)[keys.STATION]
    plant.config_path.write_text(to_text(config))
    await asyncio.to_thread(plant.command, "reset")
    await eventually(lambda: station.unseen_changes, what="the change was taken up")
    await eventually(lambda: not station.problem, what="the device is read again")


def event_of(client: Client, name: str):
    return next(it for it in app_of(client)[keys.STATION].events if it.name == name)


def newest(client: Client, name: str) -> Sample:
    sample = app_of(client)[keys.HUB].latest(event_of(client, name).id)
    assert sample is not None
    return sample


async def post(client: Client, path: str, body):
    answer = await client.post(
        path, json=body, headers={"Origin": str(client.make_url("/").origin())}
    )
    assert answer.status == 201, await answer.text()


async def make_rule(client: Client, name: str) -> None:
    body = {
        "name": f"Rule on {name}", "event_public_id": event_of(client, name).public_id,
        "operator": "gt", "threshold": 1e9, "action_type": "log",
    }  # fmt: skip
    await post(client, "/api/v1/rules", body)


@pytest.fixture
async def site(start, own_plant):
    """An appliance on a plant of its own, an administrator signed in."""
    async with start(own_plant) as client:
        await channels_of(client)
        yield await sign_in_as(client, UserRole.admin), own_plant


async def test_channels_follow_a_module_that_moved_and_rules_rest_until_somebody_looked(site):
    client, plant = site
    app = app_of(client)
    key, public_id = event_of(client, "Air flow").id, event_of(client, "Air flow").public_id
    await make_rule(client, "Air flow")
    await make_rule(client, "Humidity")
    assert app[keys.RULES].needs_look == ()

    await save_and_reset(client, plant, rig_moved({32: 36}, without=35))

    flow, contactor = event_of(client, "Air flow"), event_of(client, "Heater contactor")
    assert (flow.id, flow.public_id, flow.point_id) == (key, public_id, "36/air_flow")
    assert (flow.group_name, contactor.point_id) == ("AIO 36", "35/heater_contactor")
    await eventually(lambda: newest(client, "Air flow").quality is Quality.GOOD)
    await eventually(lambda: newest(client, "Heater contactor").quality is Quality.STALE)
    assert newest(client, "Heater contactor").value is None
    assert newest(client, "Humidity").quality is Quality.GOOD
    [resting] = await eventually(lambda: app[keys.RULES].needs_look, what="the rules were read")
    assert resting.name == "Rule on Air flow"
    assert "position 32 → 36" in resting.why
    html = await (await client.get("/devices/changes")).text()
    assert all(it in html for it in ("32/air_flow", "36/air_flow", "Rule on Air flow"))
    assert 'id="layout-changed"' in await (await client.get("/")).text()

    await _see_what_moved(client)

    seen = await client.post("/devices/changes/seen")

    html = await seen.text()
    assert seen.status == 200
    assert "looked at by admin person" in html
    assert 'id="layout-changed"' not in html
    assert app[keys.RULES].needs_look == ()
    log = await (await client.get("/log")).text()
    assert "The PiCtory configuration has changed: 1 removed, " in log


async def _see_what_moved(client: Client) -> None:
    """In German on the page, and by a program."""
    german = await client.get("/devices/changes", headers={"Accept-Language": "de"})
    assert "Position 32 → 36" in await german.text()
    told = await (await client.get("/api/v1/layout-changes")).json()
    assert (told["total"], told["data"][0]["seen_on"]) == (1, None)
    row = next(it for it in told["data"][0]["rows"] if it["event_name"] == "Air flow")
    assert (row["kind"], row["before"], row["now"]) == ("moved", "32/air_flow", "36/air_flow")
    assert (row["words"], row["needs_look"]) == ("position 32 → 36", True)


async def test_an_interlock_on_a_changed_range_trips_and_the_value_is_doubted(site):
    client, plant = site
    app = app_of(client)
    flow, speed = event_of(client, "Air flow"), event_of(client, "Blower speed")
    await post(
        client,
        "/api/v1/interlocks",
        {
            "name": "Never", "action": "forbid", "outputs": [speed.public_id],
            "conditions": [
                {"event_public_id": flow.public_id, "operator": "gt", "threshold": 1e9}
            ],
        },
    )  # fmt: skip
    locks = (await (await client.get("/api/v1/interlocks")).json())["data"]
    lock = next(it for it in locks if it["name"] == "Never")

    def cause() -> str | None:
        view = app[keys.CONTROL].interlock_view(lock["public_id"])
        return view.cause if view is not None else None

    await eventually(lambda: cause() == "")
    config = rig()
    entry_of(config, "Input1Range")[1] = "2"

    await save_and_reset(client, plant, config)

    await eventually(lambda: "range 4000…20000 µA → 0…10000 mV" in (cause() or ""))
    await eventually(lambda: newest(client, "Air flow").quality is Quality.UNCERTAIN)
    assert event_of(client, "Air flow").point_id == "32/air_flow"
    assert newest(client, "Bed pressure drop").quality is Quality.GOOD
    path, origin = "/api/v1/layout-changes/seen", str(client.make_url("/").origin())
    looked = await client.post(path, headers={"Origin": origin})
    assert "1 changes" in await looked.text()
    await eventually(lambda: cause() == "")
    told = await (await client.get("/api/v1/layout-changes")).json()
    assert told["data"][0]["seen_by"] == "admin person"
    assert (await client.post(path, headers={"Origin": origin})).status == 404


async def test_saved_but_not_reset_outputs_are_refused_and_values_go_on(site):
    client, plant = site
    station = app_of(client)[keys.STATION]
    before = plant.config_path.read_text()
    plant.config_path.write_text(to_text(rig_moved({35: 36})))

    await eventually(lambda: station.notice)

    assert "Reset the driver in PiCtory" in station.notice
    await eventually(lambda: app_of(client)[keys.CONTROL].board.locks)
    assert newest(client, "Air flow").quality is Quality.GOOD
    html = await (await client.get("/events")).text()
    assert "Saved in PiCtory, but not in use." in html
    plant.config_path.write_text(before)
    await eventually(lambda: not station.notice)
    assert station.unseen_changes == 0
