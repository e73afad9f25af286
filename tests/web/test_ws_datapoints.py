"""The socket on which programs follow every channel."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientWebSocketResponse, WSServerHandshakeError

from tests.conftest import Client, app_of, channels_of, make_token, sign_in_as
from tests.waiting import eventually
from tests.web.sockets import STREAM, close_code, next_message
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys, socket_places
from webmacs_edge.web.socket_places import MAX_SOCKETS, SOCKETS
from webmacs_edge.web.streams import sockets
from webmacs_edge.web.streams.datapoints import MAX_FRAME_BYTES
from webmacs_edge.web.streams.publisher import PUBLISHER
from webmacs_edge.web.streams.sockets import MAX_MALFORMED

FIELDS = {"value", "event_public_id", "timestamp", "experiment_public_id"}


@asynccontextmanager
async def _followed(client: Client) -> AsyncIterator[ClientWebSocketResponse]:
    token = await make_token(client, UserRole.viewer)
    async with client.ws_connect(STREAM, params={"token": token}) as socket:
        yield socket


async def test_the_stream_greets_and_sends_batches_in_the_form_of_the_contract(client: Client):
    known = {event.public_id for event in await channels_of(client)}

    async with _followed(client) as socket:
        first = json.loads(await socket.receive_str())
        batch = await next_message(socket, "datapoints_batch")

    assert first["type"] == "connected"
    rows = batch["datapoints"]
    assert all(set(row) == FIELDS for row in rows)
    assert {row["event_public_id"] for row in rows} <= known
    assert all(row["timestamp"].endswith("+00:00") for row in rows)
    assert all(isinstance(row["value"], float) for row in rows)


async def test_batches_come_at_most_five_times_a_second(client: Client):
    loop = asyncio.get_running_loop()
    async with _followed(client) as socket:
        await next_message(socket, "datapoints_batch")
        began = loop.time()
        for _ in range(6):
            await next_message(socket, "datapoints_batch")

    assert loop.time() - began >= 5 * 0.2


async def test_a_batch_holds_each_channel_once_and_names_the_running_experiment(client: Client):
    await sign_in_as(client, UserRole.operator)
    await client.post("/api/v1/experiments", json={"name": "Run 1"})
    experiment = (await (await client.get("/api/v1/experiments")).json())["data"][0]["public_id"]

    async with _followed(client) as socket:
        rows = (await next_message(socket, "datapoints_batch"))["datapoints"]

    assert {row["experiment_public_id"] for row in rows} == {experiment}
    assert len({row["event_public_id"] for row in rows}) == len(rows)


async def test_only_values_one_can_trust_are_sent(client: Client):
    events = await channels_of(client)
    app = app_of(client)
    app[keys.STATION].scanner.stop()
    qualities = (Quality.GOOD, Quality.UNCERTAIN, Quality.BAD, Quality.STALE, Quality.GOOD)
    values = (1.0, 2.0, 3.0, 4.0, None)
    chosen = tuple(event.id for event in events[:5])
    token = await make_token(client, UserRole.viewer)
    async with client.ws_connect(STREAM, params={"token": token}) as socket:
        await next_message(socket, "datapoints_batch")
        app[keys.HUB].take(Scan(now_ms(), 1, chosen, values, qualities))
        rows = (await next_message(socket, "datapoints_batch"))["datapoints"]

    assert [row["value"] for row in rows] == [1.0, 2.0]


async def test_a_ping_is_answered_and_other_objects_are_ignored(client: Client):
    async with _followed(client) as socket:
        await socket.send_json({"type": "hello"})
        await socket.send_json({})
        await socket.send_json({"type": "ping"})

        assert await next_message(socket, "pong") == {"type": "pong"}


async def test_the_token_may_stand_in_the_header(client: Client):
    token = await make_token(client, UserRole.viewer)

    async with client.ws_connect(STREAM, headers={"Authorization": f"Bearer {token}"}) as socket:
        await next_message(socket, "connected")


async def test_our_own_page_needs_no_token(viewer: Client):
    origin = f"http://{viewer.make_url('/').authority}"

    async with viewer.ws_connect(STREAM, headers={"Origin": origin}) as socket:
        await next_message(socket, "connected")


async def test_a_foreign_page_does_not_get_in_with_the_cookie(viewer: Client):
    async with viewer.ws_connect(STREAM, headers={"Origin": "http://evil.example"}) as socket:
        assert await close_code(socket) == 1008


@pytest.mark.parametrize("token", ["nonsense", "wm_" + "a" * 64])
async def test_a_bad_login_is_told_by_a_clean_close(client: Client, token: str):
    async with client.ws_connect(STREAM, params={"token": token}) as socket:
        assert await close_code(socket) == 1008


@pytest.mark.parametrize("frame", ["no json", "[]", '"text"', "7", "null", '{"a":' * 500])
async def test_a_frame_that_is_no_object_gets_a_message_and_repeated_a_clean_close(
    client: Client, frame: str
):
    async with _followed(client) as socket:
        for _ in range(MAX_MALFORMED):
            await socket.send_str(frame)

        assert "JSON objects" in (await next_message(socket, "error"))["message"]
        assert await close_code(socket) == 1008


async def test_binary_frames_end_in_a_clean_close(client: Client):
    async with _followed(client) as socket:
        for _ in range(MAX_MALFORMED):
            await socket.send_bytes(b"\x00")

        assert await close_code(socket) == 1003


async def test_a_frame_that_is_too_large_ends_in_a_clean_close(client: Client):
    async with _followed(client) as socket:
        await socket.send_str("x" * (MAX_FRAME_BYTES + 1))

        assert await close_code(socket) == 1009


async def test_the_stream_ends_soon_after_its_login(client: Client):
    token = await make_token(client, UserRole.viewer)
    loop = asyncio.get_running_loop()
    async with client.ws_connect(STREAM, params={"token": token}) as socket:
        await next_message(socket, "datapoints_batch")
        await client.post("/api/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})
        began = loop.time()

        assert await close_code(socket) == 1008
        assert loop.time() - began < 5


async def test_the_stream_ends_when_the_appliance_stops(client: Client):
    async with _followed(client) as socket:
        await next_message(socket, "datapoints_batch")

        app_of(client)[SOCKETS].close()

        assert await close_code(socket) == 1001


async def test_a_program_that_leaves_is_freed(client: Client):
    places = app_of(client)[SOCKETS]
    token = await make_token(client, UserRole.viewer)
    socket = await client.ws_connect(STREAM, params={"token": token})
    await next_message(socket, "connected")
    assert places.open == 1

    await socket.close()

    await eventually(lambda: places.open == 0, what="a free place")


async def test_a_program_that_vanishes_is_freed(client: Client):
    places = app_of(client)[SOCKETS]
    token = await make_token(client, UserRole.viewer)
    socket = await client.ws_connect(STREAM, params={"token": token})
    await next_message(socket, "connected")

    connection = socket._response.connection  # noqa: SLF001 there is no public way to vanish
    assert connection is not None
    assert connection.transport is not None
    connection.transport.abort()

    await eventually(lambda: places.open == 0, what="a free place")
    await socket.close()


async def test_a_full_house_is_told_before_the_handshake(client: Client):
    token = await make_token(client, UserRole.viewer)
    app_of(client)[SOCKETS].open = MAX_SOCKETS

    with pytest.raises(WSServerHandshakeError) as caught:
        await client.ws_connect(STREAM, params={"token": token})

    app_of(client)[SOCKETS].open = 0
    assert caught.value.status == 503


async def test_an_ordinary_request_is_told_that_this_is_a_socket(viewer: Client):
    answer = await viewer.get(STREAM)

    assert answer.status == 400


async def test_the_token_may_come_in_the_first_message(client: Client):
    token = await make_token(client, UserRole.viewer)

    async with client.ws_connect(STREAM) as socket:
        await socket.send_json({"type": "auth", "token": token})

        await next_message(socket, "connected")


@pytest.mark.parametrize(
    "said", [{"type": "auth"}, {"type": "auth", "token": 7}, {"type": "ping"}, [], "no"]
)
@pytest.mark.standing
async def test_a_first_message_without_a_login_ends_in_a_clean_close(client: Client, said: object):
    async with client.ws_connect(STREAM) as socket:
        await socket.send_json(said)

        assert await close_code(socket) == 1008


async def test_whoever_says_nothing_is_sent_away(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "AUTH_WAIT_S", 0.1)

    async with client.ws_connect(STREAM) as socket:
        assert await close_code(socket) == 1008


async def test_a_foreign_page_gets_in_with_a_token_of_its_own(client: Client):
    token = await make_token(client, UserRole.viewer)
    headers = {"Origin": "http://evil.example"}

    async with client.ws_connect(STREAM, params={"token": token}, headers=headers) as socket:
        await next_message(socket, "connected")


async def test_one_user_does_not_take_all_places(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket_places, "MAX_SOCKETS_OF_USER", 1)
    token = await make_token(client, UserRole.viewer)

    async with client.ws_connect(STREAM, params={"token": token}) as first:
        await next_message(first, "connected")
        async with client.ws_connect(STREAM, params={"token": token}) as second:
            assert await close_code(second) == 1013
    await eventually(lambda: app_of(client)[SOCKETS].open == 0, what="free places")
    async with client.ws_connect(STREAM, params={"token": token}) as third:
        await next_message(third, "connected")


async def test_good_frames_between_malformed_ones_keep_the_socket_open(client: Client):
    async with _followed(client) as socket:
        for _ in range(MAX_MALFORMED + 2):
            await socket.send_str("no json")
            await socket.send_json({})
        await socket.send_json({"type": "ping"})

        await next_message(socket, "pong")


async def test_all_who_keep_up_get_the_same_text_and_the_newest_values_arrive(client: Client):
    app, [first, *_] = app_of(client), await channels_of(client)
    await asyncio.to_thread(app[keys.STATION].scanner.stop)
    token = await make_token(client, UserRole.viewer)

    async def newest(socket: ClientWebSocketResponse) -> float:
        while True:
            for row in (await next_message(socket, "datapoints_batch"))["datapoints"]:
                if row["event_public_id"] == first.public_id and row["value"] == 99.0:
                    return float(row["value"])

    async with (
        client.ws_connect(STREAM, params={"token": token}) as one,
        client.ws_connect(STREAM, params={"token": token}) as two,
    ):
        for value in range(100):  # quicker than five a second: the last one counts
            sample = (float(value),)
            app[keys.HUB].take(Scan(now_ms(), 1, (first.id,), sample, (Quality.GOOD,)))
            await asyncio.sleep(0)

        async with asyncio.timeout(10):
            both = await asyncio.gather(newest(one), newest(two))
    assert list(both) == [99.0, 99.0]


async def test_a_reader_that_takes_nothing_is_dropped_and_holds_up_nobody(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sockets, "SEND_TIMEOUT_S", 0.3)
    app, [first, *_] = app_of(client), await channels_of(client)
    await asyncio.to_thread(app[keys.STATION].scanner.stop)
    token = await make_token(client, UserRole.viewer)
    publisher = app[PUBLISHER]
    long_text = json.dumps({"type": "datapoints_batch", "datapoints": [], "x": "x" * 8_000_000})
    monkeypatch.setattr(publisher, "message", lambda _since: long_text)
    stalled = await client.ws_connect(STREAM, params={"token": token})
    await next_message(stalled, "connected")
    connection = stalled._response.connection  # noqa: SLF001 there is no public way to stall
    assert connection is not None
    assert connection.transport is not None
    connection.transport.pause_reading()

    async def publish() -> bool:
        app[keys.HUB].take(Scan(now_ms(), 1, (first.id,), (1.0,), (Quality.GOOD,)))
        return app[SOCKETS].open == 0

    await eventually(publish, what="a dropped socket")
    connection.transport.abort()
    await stalled.close()
