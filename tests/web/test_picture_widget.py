"""The picture widget: chosen, its parts tied to channels, told live without the drawing."""

import json
import re
from typing import Any

from tests.conftest import Client, app_of, channels_of
from tests.web.test_pictures import uploaded
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.widgets import picture
from webmacs_edge.web.widgets.kind import Scene, Widget


async def hung_up(client: Client) -> tuple[str, str, str]:
    """The address of a dashboard with a picture, of its settings, and the id of the picture."""
    made = await uploaded(client)
    board = await (await client.post("/api/v1/dashboards", json={"name": "Hall"})).json()
    config = json.dumps({"picture": made["public_id"], "color": "of another program"})
    body = {"widget_type": "picture", "title": "Plant", "config_json": config}
    answer = await client.post(f"/api/v1/dashboards/{board['public_id']}/widgets", json=body)
    assert answer.status == 201, await answer.text()
    page = f"/dashboards/{board['public_id']}"
    return page, f"{page}/widgets/{(await answer.json())['public_id']}/picture", made["public_id"]


async def test_parts_are_tied_to_channels_and_told_in_the_live_part(operator: Client):
    page, settings, picture_id = await hung_up(operator)
    event = next(event for event in await channels_of(operator) if not event.is_digital)
    rows = [("part", "tank"), ("channel", event.name), ("shows", "fill")]
    rows += [("part", "g"), ("channel", ""), ("shows", "text")]
    rows += [("part", "level"), ("channel", event.name.upper()), ("shows", "text")]

    answer = await operator.post(settings, data=rows)
    html = await (await operator.get(page)).text()

    assert answer.url.query_string == "edit"
    assert f'data-file="/pictures/{picture_id}/file?in=' in html
    assert 'data-for="tank" data-shows="fill"' in html
    assert re.search(rf'data-for="level" .*<b>[\d.]+ {re.escape(event.unit)}</b>', html)
    assert 'data-for="g"' not in html
    stored = await (await operator.get(f"/api/v1{page}")).json()
    assert json.loads(stored["widgets"][0]["config_json"])["color"] == "of another program"


async def test_the_settings_of_the_widget_leave_its_parts_alone(operator: Client):
    page, settings, picture_id = await hung_up(operator)
    event = (await channels_of(operator))[0]
    rows = [("part", "tank"), ("channel", event.name), ("shows", "state")]
    await operator.post(settings, data=rows)
    form = settings.removesuffix("/picture")

    seen = re.search(r'data-seen="(\d+)"', await (await operator.get(page)).text())
    assert seen
    given = {"title": "Hall 2", "width": "6", "height": "5", "bare": "true", "seen": seen[1]}
    shown = await operator.get(form)
    saved = await operator.post(form, data=given)

    assert (shown.status, saved.status) == (200, 200)
    stored = await (await operator.get(f"/api/v1{page}")).json()
    config = json.loads(stored["widgets"][0]["config_json"])
    assert (config["picture"], config["bare"], len(config["parts"])) == (picture_id, True, 1)
    assert "data-paper" not in await (await operator.get(page)).text()


async def test_what_does_not_fit_comes_back_at_its_part(operator: Client):
    _, settings, _ = await hung_up(operator)
    wrong = [("part", "tank"), ("channel", "Nowhere"), ("shows", "fill")]
    odd = [("part", "tank"), ("channel", (await channels_of(operator))[0].name), ("shows", "x")]

    first = await operator.post(settings, data=wrong)
    second = await operator.post(settings, data=odd)
    third = await operator.post(f"{settings}/choose", data={"picture": "nothing"})

    assert first.status == second.status == third.status == 422
    assert "There is no channel called “Nowhere”." in await first.text()
    assert 'value="Nowhere"' in await first.text()
    assert "Choose what the part shows." in await second.text()
    assert "There is no picture nothing." in await third.text()


async def test_ids_that_are_called_like_a_channel_are_proposed(operator: Client):
    _, settings, _ = await hung_up(operator)
    event = (await channels_of(operator))[0]
    await operator.put(f"/api/v1/events/{event.public_id}", json={"name": "Tank"})

    html = await (await operator.get(settings)).text()

    assert 'list="channels" value="Tank"' in html


async def test_a_channel_that_is_gone_leaves_its_part_alone(operator: Client):
    app = app_of(operator)
    config = json.dumps({"picture": "p", "parts": [{"id": "a", "channel": "gone"}]})
    settings = picture.KIND.read(config)
    widget = Widget("w", "Plant", picture.KIND, "", settings)

    look: Any = picture.look(Scene(app, 0, UserRole.viewer), widget)

    assert look.parts == ()
