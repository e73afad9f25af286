"""Pages about devices: the cards, one device, its channels."""

import re

import pytest

from tests.conftest import Client, app_of, channels_of, sign_in_as
from tests.web.devices import devices_of, make_device, make_event
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys

FORM = {"instance_name": "Rig", "plugin_id": "simulated", "auto_create_events": "true"}


async def test_the_list_shows_our_device_and_the_way_to_an_external_one(viewer: Client):
    html = await (await viewer.get("/devices")).text()

    assert "Virtual Revolution Pi" in html
    assert "Simulated" in html
    assert "No external devices" in html
    assert "Add an external device" not in html
    assert 'href="/devices"' in html


async def test_an_administrator_adds_a_device_and_sees_its_channels(admin: Client):
    answer = await admin.post("/devices", data=FORM)

    html = await answer.text()
    assert answer.status == 200
    assert "<h1>Rig</h1>" in html
    assert "Rig – Heater Power" in html
    assert "No values" in html
    log = await (await admin.get("/log")).text()
    assert "Device “Rig” was added" in log


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ({"instance_name": ""}, 422, "Please fill this in."),
        ({"instance_name": "x" * 250}, 422, "This name is too long"),
        ({"instance_name": "Virtual Revolution Pi"}, 409, "There is a device named"),
        ({"plugin_id": "edge-revpi"}, 409, "There is one device edge-revpi"),
    ],
)
@pytest.mark.standing
async def test_a_device_that_cannot_be_comes_back_with_the_reason(
    admin: Client, given: dict[str, str], status: int, sentence: str
):
    answer = await admin.post("/devices", data={**FORM, **given}, allow_redirects=False)

    assert answer.status == status
    assert sentence in await answer.text()
    assert len(await devices_of(admin)) == 1


async def test_the_page_of_a_device_shows_a_viewer_no_way_to_change_it(client: Client):
    await sign_in_as(client, UserRole.viewer)
    (own,) = await devices_of(client)

    html = await (await client.get(f"/devices/{own['public_id']}")).text()

    assert "32/" in html
    assert "Disable…" not in html
    assert "Choose…" not in html
    assert "Rename" not in html


async def test_disabling_asks_first_and_enabling_does_not(admin: Client):
    device = await make_device(admin)
    path = f"/devices/{device['public_id']}"

    question = await (await admin.get(f"{path}/disable")).text()
    await admin.post(f"{path}/disable")
    disabled = await (await admin.get(path)).text()
    await admin.post(f"{path}/enable")

    assert "Disable Rig?" in question
    assert "Disabled" in disabled
    assert "Disable…" in await (await admin.get(path)).text()


async def test_disabling_our_own_device_says_what_it_means_for_the_plant(admin: Client):
    (own,) = await devices_of(admin)

    html = await (await admin.get(f"/devices/{own['public_id']}/disable")).text()

    assert "No I/O point of this box is read any more" in html


async def test_removing_asks_first_and_keeps_the_channels(admin: Client):
    device = await make_device(admin)
    before = len(app_of(admin)[keys.STATION].events)

    question = await (await admin.get(f"/devices/{device['public_id']}/remove")).text()
    answer = await admin.post(f"/devices/{device['public_id']}/remove")

    assert "The 9 channels that it feeds stay" in question
    assert answer.url.path == "/devices"
    assert len(await devices_of(admin)) == 1
    assert len(app_of(admin)[keys.STATION].events) == before


async def test_a_channel_is_added_chosen_and_removed(admin: Client):
    device, event = await make_device(admin, "my-own"), await make_event(admin)
    path = f"/devices/{device['public_id']}"
    channel = {"channel_id": "t1", "channel_name": "T 1", "direction": "input", "unit": "bar"}

    added = await (await admin.post(f"{path}/channels", data=channel)).text()
    twice = await admin.post(f"{path}/channels", data=channel, allow_redirects=False)
    choose = re.search(rf'href="({path}/channels/[^"]+)"', added)
    assert choose is not None
    choice = await (await admin.get(choose[1])).text()
    chosen = await (await admin.post(choose[1], data={"event_public_id": event})).text()
    wrong = await admin.post(choose[1], data={"event_public_id": "none"}, allow_redirects=False)
    gone = await (await admin.post(f"{choose[1]}/remove")).text()

    assert twice.status == 409
    assert f'<option value="{event}">Loose (bar)</option>' in choice
    assert ">Loose</a>" in chosen
    assert wrong.status == 409
    assert "There is no channel none." in await wrong.text()
    assert "No channels yet" in gone


async def test_an_io_point_can_be_read_by_another_channel(admin: Client):
    (own,) = await devices_of(admin)
    first = next(it for it in own["channel_mappings"] if it["direction"] == "input")
    event = await make_event(admin)
    path = f"/devices/{own['public_id']}/channels/{first['public_id']}"

    assert (await admin.post(path, data={"event_public_id": event})).status == 200

    by_id = {it.public_id: it for it in app_of(admin)[keys.STATION].events}
    assert by_id[event].point_id == first["channel_id"]
    assert by_id[first["event_public_id"]].point_id is None
    (now,) = await devices_of(admin)
    same = next(it for it in now["channel_mappings"] if it["public_id"] == first["public_id"])
    assert same["event_public_id"] == event
    assert (await admin.post(path, data={})).status == 200
    assert all(it.public_id != event or it.point_id is None for it in await _events(admin))


async def test_a_sensor_cannot_read_an_output(admin: Client):
    (own,) = await devices_of(admin)
    output = next(it for it in own["channel_mappings"] if it["direction"] == "output")
    event = await make_event(admin)
    path = f"/devices/{own['public_id']}/channels/{output['public_id']}"

    answer = await admin.post(path, data={"event_public_id": event}, allow_redirects=False)

    assert answer.status == 409
    assert "The point is an output, but “Loose” is an input." in await answer.text()


async def test_the_list_of_channels_names_the_device(admin: Client):
    await make_device(admin)

    html = await (await admin.get("/events")).text()

    assert "Rig · temp_reactor" in html


@pytest.mark.parametrize("rest", ["", "/disable", "/remove", "/channels/none"])
@pytest.mark.standing
async def test_a_device_that_is_gone_is_not_found(admin: Client, rest: str):
    assert (await admin.get(f"/devices/none{rest}")).status == 404


async def test_the_cards_are_refreshed_as_a_part(viewer: Client):
    await channels_of(viewer)

    answer = await viewer.get("/devices/cards")

    html = await answer.text()
    assert "<html" not in html
    assert "Virtual Revolution Pi" in html


async def _events(client: Client):
    return app_of(client)[keys.STATION].events
