"""The live page, its stream, the log page, the error pages and the files they use."""

import asyncio
import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from aiohttp import ClientResponse

from tests.conftest import Client, Start, app_of, channels_of, make_token, sign_in_as
from tests.waiting import eventually
from tests.web.alarms import make_alarm
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.live.hub import MAX_WATCHERS
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Sample
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import LoggingType, UserRole
from webmacs_edge.store.events import update_event
from webmacs_edge.store.experiments import start_experiment
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.tables import Event
from webmacs_edge.web import keys
from webmacs_edge.web.assets import ASSETS
from webmacs_edge.web.live_tiles import LIVE_TILES
from webmacs_edge.web.sparkline import sparkline
from webmacs_edge.web.tiles import make_tile
from webmacs_edge.web.tokens import SESSION_COOKIE


async def read_message(client: Client) -> str:
    """The first message of the live stream."""
    async with client.get("/streams/live") as stream:
        assert stream.content_type == "text/event-stream"
        return await next_message(stream)


async def test_each_channel_has_a_tile_in_the_group_of_its_module(viewer: Client):
    events = await channels_of(viewer)

    html = await (await viewer.get("/")).text()

    assert all(f'id="tile-{event.public_id}"' in html for event in events)
    assert all(f"<h2>{event.group_name}</h2>" in html for event in events)
    assert re.search(r"\d of \d read · \d\.\d s", html)


async def test_the_page_says_who_where_and_that_it_is_a_simulation(viewer: Client):
    html = await (await viewer.get("/")).text()

    assert "<title>Live · WebMACS Edge</title>" in html
    assert "SIMULATION" in html
    assert "viewer person" in html
    assert "No active alarms" in html
    assert "10 scans/s" in html


async def test_a_message_of_the_stream_holds_every_tile(viewer: Client):
    events = await channels_of(viewer)

    message = await read_message(viewer)

    assert message.count("<article") == len(events)
    assert 'hx-target="#problem"' in message


async def test_a_channel_beyond_its_limit_says_by_how_much(admin: Client):
    app = app_of(admin)
    hub = app[keys.HUB]
    analogue = {it.id: it for it in await channels_of(admin) if not it.is_digital}
    event = next(
        analogue[sample.key]
        for sample in hub.all_latest()
        if sample.key in analogue and (sample.value or 0) > analogue[sample.key].min_value + 2
    )
    limits = {"high_limit": event.min_value + 1}
    await app[keys.DATABASE].write(
        lambda session: update_event(session, event.public_id, values=limits)
    )
    await app[keys.STATION].reload()

    message = await read_message(admin)

    assert re.search(r"\d+(\.\d+)? above limit −?\d+", message)


async def test_the_stream_is_freed_when_the_browser_goes(viewer: Client):
    hub = app_of(viewer)[keys.HUB]

    async with viewer.get("/streams/live") as stream:
        await stream.content.readline()
        during = hub.watchers

    await eventually(lambda: hub.watchers == 0, what="a freed stream")
    assert during == 1


async def test_streams_end_when_the_appliance_stops(viewer: Client):
    hub = app_of(viewer)[keys.HUB]

    async with viewer.get("/streams/live") as stream:
        await stream.content.readline()
        hub.close()
        async with asyncio.timeout(3):
            rest = await stream.content.read()

    assert rest is not None
    assert hub.watchers == 0


async def test_too_many_streams_are_refused_with_the_reason(viewer: Client):
    app_of(viewer)[keys.HUB].watchers = MAX_WATCHERS

    answer = await viewer.get("/streams/live")

    text = await answer.text()
    app_of(viewer)[keys.HUB].watchers = 0
    assert answer.status == 503
    assert "Close one of them." in text


async def test_the_stream_is_for_those_who_are_signed_in(client: Client):
    answer = await client.get("/streams/live", allow_redirects=False)

    assert answer.status == 401


async def test_a_dead_plant_is_told_with_the_way_out(start: Start, own_plant: VirtualRevPi):
    async with start(own_plant) as client:
        await channels_of(client)
        await sign_in_as(client, UserRole.viewer)
        own_plant.stop()

        hub = app_of(client)[keys.HUB]
        await eventually(
            lambda: {it.quality for it in hub.all_latest()} == {Quality.STALE}, what="stale samples"
        )
        html = await (await client.get("/")).text()

    assert "The device is not being read." in html
    assert "Stale" in html


async def test_without_a_device_the_page_says_what_stands_in_the_way(start: Start, tmp_path: Path):
    nothing = SimpleNamespace(image_path=tmp_path / "image", config_path=tmp_path / "config.rsc")
    async with start(cast(VirtualRevPi, nothing)) as client:
        await sign_in_as(client, UserRole.viewer)
        await eventually(lambda: app_of(client)[keys.STATION].problem, what="a problem")

        answer = await client.get("/")
        html, message = await answer.text(), await read_message(client)

    assert answer.status == 200
    assert "No channels yet" in html
    assert "The device is not being read." in html
    assert str(tmp_path) in html
    assert "No channels yet" in message


async def test_the_header_names_the_running_experiment(viewer: Client):
    app = app_of(viewer)
    started_ms = now_ms() - 3_725_000
    run = await app[keys.DATABASE].write(
        lambda session: start_experiment(
            session, name="Sand <7>", at_ms=started_ms, user_public_id=None
        )
    )

    html = await (await viewer.get("/log")).text()

    assert "Sand &lt;7&gt;" in html
    assert f'href="/experiments/{run.public_id}"' in html
    assert re.search(r"01:02:0\d", html)


async def test_the_log_is_newest_first_and_can_be_narrowed(operator: Client):
    app = app_of(operator)
    for text, kind in (("pump one", LoggingType.info), ("pump two", LoggingType.error)):
        await app[keys.DATABASE].write(
            partial(add_log_entry, content=text, at_ms=now_ms() + 60_000, logging_type=kind)
        )

    everything = await (await operator.get("/log?search=pump")).text()
    errors = await (await operator.get("/log?type=error&search=pump")).text()
    nothing = await (await operator.get("/log?search=zeppelin")).text()
    garbled = await operator.get("/log?type=x&page=-1")

    assert everything.index("pump two") < everything.index("pump one")
    assert "pump one" not in errors
    assert "Nothing found" in nothing
    assert garbled.status == 200


async def test_an_operator_marks_the_log_read_and_a_viewer_may_not(operator: Client):
    await app_of(operator)[keys.DATABASE].write(
        lambda session: add_log_entry(session, "look here", at_ms=now_ms())
    )
    before = await (await operator.get("/log")).text()

    after = await (await operator.post("/log/read")).text()
    await sign_in_as(operator, UserRole.viewer)
    refused = await operator.post("/log/read")

    assert "data-unread" in before
    assert "data-unread" not in after
    assert refused.status == 403
    assert "You may not do this" in await refused.text()


async def test_a_page_that_does_not_exist_says_so_and_leads_back(viewer: Client):
    answer = await viewer.get("/no-such-page", headers={"Accept": "text/html"})

    html = await answer.text()
    assert answer.status == 404
    assert "This page does not exist" in html
    assert 'href="/"' in html


@pytest.mark.parametrize("path", ["css/components.css", "favicon.svg", "js/shell.js"])
@pytest.mark.standing
async def test_files_are_kept_for_a_year_under_the_name_of_their_content(client: Client, path: str):
    url = app_of(client)[ASSETS].url(path)

    answer = await client.get(url)

    by_hand = await client.get(f"/static/{path}")
    again = await client.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert by_hand.headers["Cache-Control"] == "no-cache"
    assert again.status == 304


@pytest.mark.parametrize("path", ["../pyproject.toml", "%2e%2e/pyproject.toml", "nothing.css"])
@pytest.mark.standing
async def test_only_files_of_the_pages_are_served(client: Client, path: str):
    answer = await client.get(f"/static/{path}", allow_redirects=False)

    assert answer.status in {303, 404}


def make_event(**given: object) -> Event:
    """A temperature from 0 to 500 °C."""
    values = {
        "id": 1, "public_id": "e1", "name": "Bed", "unit": "°C", "min_value": 0.0,
        "max_value": 500.0, "decimals": 1, "is_digital": False, "on_text": "Open",
        "off_text": "Closed", "type": "sensor", "low_limit": None, "high_limit": 410.0,
    }  # fmt: skip
    return Event(**{**values, **given})


def tile_of(event: Event, value: float | None, quality: Quality = Quality.GOOD, reason: str = ""):
    """Its tile, 250 ms after it was read."""
    sample = Sample(1, value, quality, 1_000_000, 1_000_000, reason)
    return make_tile(event, sample, trail=(), at_ms=1_000_250)


def test_a_good_value_shows_number_age_and_place_in_its_range():
    tile = tile_of(make_event(), 412.64)

    assert (tile.text, tile.quality, tile.age) == ("412.6", "good", "0.2 s")
    assert (tile.pointer, tile.words) == ("82.5%", "2.6 above limit 410")
    assert [zone.active for zone in tile.zones] == [True]


def test_a_bad_value_never_shows_a_number():
    tile = tile_of(make_event(), 850.0, Quality.BAD, "Sensor break")

    assert (tile.text, tile.quality, tile.note) == ("– – –", "bad", "Sensor break")
    assert (tile.pointer, tile.words) == ("", "")


def test_a_stale_value_stays_with_its_age():
    tile = tile_of(make_event(), 36.0, Quality.STALE)

    assert (tile.text, tile.quality, tile.age) == ("36.0", "stale", "0.2 s")


def test_a_channel_that_was_never_read_says_so():
    tile = make_tile(make_event(), None, trail=(), at_ms=0)

    assert (tile.text, tile.quality, tile.age) == ("– – –", "none", "")


def test_a_digital_channel_speaks_its_words():
    tile = tile_of(make_event(is_digital=True, type="actuator"), 1.0)

    assert (tile.text, tile.is_on, tile.is_output, tile.unit) == ("Open", True, True, "")


@pytest.mark.parametrize(("value", "pointer"), [(-50.0, "0.0%"), (9999.0, "100.0%")])
def test_the_pointer_stays_on_the_bar(value: float, pointer: str):
    assert tile_of(make_event(), value).pointer == pointer


def test_the_sparkline_leaves_gaps_open_and_shows_a_limit_in_sight():
    path, limit = sparkline((1.0, 50.0, None, 20.0, 30.0), span=500, limits=(410.0, 40.0))

    assert path.count("M") == 2
    assert path.count("L") == 2
    assert limit


def test_noise_stays_small_against_the_range():
    path, limit = sparkline((20.0, 20.1), span=500, limits=(None, None))

    assert path == "M380 50L390 50"
    assert limit == ""


async def test_after_the_first_message_only_what_changed_is_sent(viewer: Client):
    events = await channels_of(viewer)
    async with viewer.get("/streams/live") as stream:
        messages = [await next_message(stream) for _ in range(4)]

    assert messages[0].count("<article") == len(events)
    assert "hx-partial" not in messages[0].split("<article")[1]
    for message in messages[1:]:
        assert 0 < message.count("<article") < len(events)
        assert message.count('hx-target="#tile-') == message.count("<article")
        assert 'hx-target="#problem"' in message  # each message tells the page that we live


async def next_message(stream: ClientResponse) -> str:
    """The data of the next message of a stream."""
    lines = []
    while (line := (await stream.content.readline()).decode()).strip():
        lines.append(line.removeprefix("data: "))
    return "".join(lines)


async def test_tiles_stand_by_name_or_by_what_wants_attention(admin: Client):
    app = app_of(admin)
    events = await channels_of(admin)
    alarm = await make_alarm(admin, "Hot")
    await alarm.set(150, active=True)

    by_name = await (await admin.get("/?sort=name")).text()
    urgent = await (await admin.get("/?sort=attention")).text()

    names = re.findall(r'data-find="([^"]+)"', by_name)
    assert names == sorted(names, key=str.casefold)
    assert len(names) >= len(events)
    first = urgent[urgent.index("<article") :]
    assert 'data-priority="high" data-state="unacknowledged"' in first[:400]
    assert "Wants attention" in urgent
    assert LIVE_TILES in app


async def test_the_order_that_somebody_chose_stays_theirs(admin: Client):
    await admin.get("/?sort=name")

    mine = await (await admin.get("/")).text()
    other = await make_token(admin, UserRole.viewer)
    admin.session.cookie_jar.update_cookies({SESSION_COOKIE: other}, admin.make_url("/"))
    theirs = await (await admin.get("/")).text()

    assert 'href="/?sort=name" aria-current="true"' in mine
    assert 'href="/?sort=group" aria-current="true"' in theirs


async def test_channels_are_put_into_a_group_of_their_own_and_back(operator: Client):
    first, second, *_ = await channels_of(operator)
    ids = [("channels", first.public_id), ("channels", second.public_id)]

    put = await operator.post("/events/groups", data=[*ids, ("group", "Feeding")])
    live = await (await operator.get("/")).text()
    back = await operator.post("/events/groups", data=ids)
    none = await operator.post("/events/groups", data={"group": "Feeding"})

    assert put.status == 200
    assert "<h2>Feeding</h2>" in live
    assert "Feeding" not in await back.text()
    assert f"<h2>{first.group_name}</h2>" in await (await operator.get("/")).text()
    assert none.status == 422
