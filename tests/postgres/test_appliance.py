"""The whole appliance on PostgreSQL: alone, two on one server, and while the server is away."""

from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.conftest import app_of, channels_of, make_settings, sign_in_as
from tests.waiting import eventually
from webmacs_edge.app import make_app
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.log_entries import list_log_entries
from webmacs_edge.web import keys


@pytest.fixture
def appliance(tmp_path, postgres, plant):
    """Starts appliances of this test's own site on the server."""

    @asynccontextmanager
    async def started(name="one", **given):
        deaths: list[str] = []
        options = {"database_url": postgres.url, "site_id": f"{tmp_path.name[-30:]}_{name}".lower()}
        settings = make_settings(tmp_path / name, **{**options, **given})
        driver = RevPi(plant.image_path, plant.config_path, simulated=True)
        server = TestServer(make_app(settings, driver, on_death=deaths.append))
        async with TestClient(server) as client:
            yield client
        assert deaths == []

    return started


async def stored(client, key):
    """How many samples of a channel are stored; asked again until the server answers."""
    history = app_of(client)[keys.HISTORY]

    async def ask():
        try:
            return [len(part.at_ms) async for part in history.raw(key, 0, 2**50)]
        except StoreError:
            return []

    return sum(await eventually(ask))


async def status_of(client, path):
    async with client.get(path, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def test_channels_users_and_samples_are_there_again_after_a_restart(appliance):
    async with appliance() as client:
        first = [event.public_id for event in await channels_of(client)]
        key = (await channels_of(client))[0].id
        await sign_in_as(client, UserRole.admin)
        assert await app_of(client)[keys.HISTORY].recorder.flush()
        count = await stored(client, key)
        assert count > 0

    async with appliance() as client:
        assert [event.public_id for event in await channels_of(client)] == first
        assert await stored(client, key) >= count
        async with client.get("/", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/sign-in"  # it is set up


async def test_two_appliances_share_a_server_and_see_nothing_of_each_other(appliance):
    async with appliance("one") as one, appliance("two") as two:
        await sign_in_as(one, UserRole.admin)

        events = [await channels_of(client) for client in (one, two)]

        assert [event.id for event in events[0]] == [event.id for event in events[1]]
        async with two.get("/", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/setup"


async def test_while_the_server_is_away_values_go_on_and_nothing_is_lost(appliance, postgres):
    async with appliance() as client:
        key = (await channels_of(client))[0].id
        await sign_in_as(client, UserRole.admin)
        assert (await status_of(client, "/"))[0] == 200
        recorder = app_of(client)[keys.HISTORY].recorder
        await recorder.flush()
        before = await stored(client, key)

        postgres.stop()

        assert (await status_of(client, "/"))[0] == 200  # who is signed in follows the plant
        latest = app_of(client)[keys.HUB].latest(key)
        await eventually(lambda: app_of(client)[keys.HUB].latest(key) != latest)
        status, text = await status_of(client, "/log")
        assert status == 503
        assert "cannot be reached" in text
        assert postgres.url not in text
        assert (await status_of(client, "/health"))[0] == 503
        assert await recorder.flush()
        assert recorder.health.is_good

        postgres.start()

        async def well():
            return (await status_of(client, "/health"))[0] == 200

        await eventually(well)
        assert (await status_of(client, "/log"))[0] == 200
        assert await stored(client, key) >= before


async def test_started_while_the_server_is_away_it_reads_the_plant_and_says_what_is_wrong(
    appliance, postgres
):
    async with appliance() as client:
        first = [event.public_id for event in await channels_of(client)]
    postgres.stop()

    async with appliance() as client:
        events = await channels_of(client)
        assert [event.public_id for event in events] == first
        status, text = await status_of(client, "/")
        assert status == 503
        assert "Check the server and the network." in text
        recorder = app_of(client)[keys.HISTORY].recorder
        await eventually(lambda: events[0].id in recorder.heads)
        assert await recorder.flush()

        postgres.start()

        async def notes():
            async with app_of(client)[keys.DATABASE].read() as session:
                rows = (await list_log_entries(session, page=1, page_size=50)).rows
            return [row for row in rows if "PostgreSQL is reached again" in row.content]

        async def ready():
            return (await status_of(client, "/health"))[0] == 200

        await eventually(ready)
        await eventually(notes)
        assert (await status_of(client, "/"))[0] == 303
        assert await stored(client, events[0].id) > 0


async def test_a_server_that_was_never_reached_is_waited_for(appliance, postgres):
    postgres.stop()

    async with appliance() as client:
        status, text = await status_of(client, "/")
        assert (status, "cannot be reached" in text) == (503, True)
        postgres.start()
        await channels_of(client)


async def test_characters_that_no_database_can_hold_are_refused_in_words(appliance):
    async with appliance() as client:
        await sign_in_as(client, UserRole.admin)

        status, _ = await status_of(client, "/api/v1/events/a%00b")
        assert status == 404
        status, text = await status_of(client, "/api/v1/logging?search=%00")
        assert (status, "NUL" in text) == (422, True)
        event = {"name": "ok", "unit": "\0", "min_value": 0, "max_value": 1, "type": "sensor"}
        async with client.post("/api/v1/events", json=event) as answer:
            assert answer.status == 422
