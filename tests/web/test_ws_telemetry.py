"""The socket on which controllers send what they measure."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse

from tests.conftest import Client, app_of, channels_of, make_token, open_login
from tests.waiting import eventually
from tests.web.sockets import STREAM, TELEMETRY, close_code, next_message
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import iso_offset, now_ms
from webmacs_edge.model.words import TokenScope, UserRole
from webmacs_edge.store.api_tokens import create_api_token
from webmacs_edge.store.users import list_users
from webmacs_edge.web import keys
from webmacs_edge.web.socket_places import SOCKETS
from webmacs_edge.web.streams import telemetry
from webmacs_edge.web.streams.sockets import MAX_MALFORMED
from webmacs_edge.web.streams.telemetry import MAX_DATAPOINTS, MAX_FRAME_BYTES, read_rows

_BODY = {"min_value": 0, "max_value": 50, "unit": "°C", "type": "sensor"}


async def outside(client: Client, *names: str, **changes: Any) -> list[str]:
    """Channels that are fed from outside; their public ids."""
    headers = {"Authorization": f"Bearer {await _token(client)}"}
    for name in names:
        body = {"name": name} | _BODY | changes
        assert (await client.post("/api/v1/events", json=body, headers=headers)).status == 201
    events = {event.name: event.public_id for event in app_of(client)[keys.STATION].events}
    return [events[name] for name in names]


async def _token(client: Client) -> str:
    """Of the operator of this test, made when it is first asked for."""
    app = app_of(client)
    async with app[keys.DATABASE].read() as session:
        users = (await list_users(session, page=1, page_size=50)).rows
    user = next((one for one in users if one.role is UserRole.operator), None)
    if user is None:
        return await make_token(client, UserRole.operator)
    return await open_login(app, user)


@asynccontextmanager
async def controller(client: Client) -> AsyncIterator[ClientWebSocketResponse]:
    async with client.ws_connect(TELEMETRY, params={"token": await _token(client)}) as socket:
        yield socket


def rows(event_id: str, *values: Any, **more: Any) -> list[dict[str, Any]]:
    return [{"value": value, "event_public_id": event_id, **more} for value in values]


async def send(socket: ClientWebSocketResponse, datapoints: Any, ack: Any = 1) -> dict[str, Any]:
    """Send datapoints; the answer to their acknowledgement."""
    await socket.send_json({"datapoints": datapoints, "ack": ack})
    return await next_message(socket, "ack")


async def stored(client: Client, event_id: str) -> list[float]:
    """What the history has of a channel, oldest first."""
    event = app_of(client)[keys.STATION].event_by_public_id(event_id)
    assert event is not None
    found: list[float] = []
    async for samples in app_of(client)[keys.HISTORY].raw(event.id, 0, now_ms() + 100_000):
        found += samples.values.tolist()
    return found


async def test_values_are_stored_without_a_word(client: Client):
    [event_id] = await outside(client, "Reactor")

    async with controller(client) as socket:
        await socket.send_json({"datapoints": rows(event_id, 1.5, "2.5", True)})
        await socket.send_json({})
        await socket.send_json({"datapoints": []})
        await socket.send_json({"type": "ping"})
        answer = await send(socket, [])

    assert answer == {"type": "ack", "ack": 1, "accepted": 0, "rejected": 0}
    assert await stored(client, event_id) == [1.5, 2.5, 1.0]


async def test_an_acknowledgement_comes_after_the_commit(client: Client):
    [event_id] = await outside(client, "Reactor")
    recorder = app_of(client)[keys.HISTORY].recorder
    event = app_of(client)[keys.STATION].event_by_public_id(event_id)
    assert event is not None

    async with controller(client) as socket:
        answer = await send(socket, rows(event_id, 1, 2, 3), ack=17)
        run = recorder.head(event.id).main[-1]

    assert answer == {"type": "ack", "ack": 17, "accepted": 3, "rejected": 0}
    assert run.journaled == 3


async def test_what_is_not_taken_is_counted(client: Client):
    mine = (await channels_of(client))[0].public_id
    [event_id] = await outside(client, "Reactor")
    odd: list[Any] = [
        *rows(event_id, None, "much", [], {}, 10**400),
        {"value": 1}, {"event_public_id": event_id}, {"value": 1, "event_public_id": 7},
        7, None, [],
        *rows(event_id, 1, timestamp="yesterday"), *rows(event_id, 1, timestamp=5),
        *rows(event_id, 1, timestamp="1999-01-01T00:00:00Z"), *rows("none", 1), *rows(mine, 1),
    ]  # fmt: skip

    async with controller(client) as socket:
        answer = await send(socket, [*odd, *rows(event_id, 4)])

    assert (answer["accepted"], answer["rejected"]) == (1, len(odd))
    assert await stored(client, event_id) == [4.0]
    intake = app_of(client)[keys.INTAKE]
    assert (intake.accepted, intake.rejected) == (1, len(odd))


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", '"nan"'])
async def test_what_is_no_finite_number_is_rejected(client: Client, literal: str):
    [event_id] = await outside(client, "Reactor")

    async with controller(client) as socket:
        row = f'{{"value":{literal},"event_public_id":"{event_id}"}}'
        await socket.send_str(f'{{"datapoints":[{row}],"ack":"a"}}')
        answer = await next_message(socket, "ack")

    assert answer == {"type": "ack", "ack": "a", "accepted": 0, "rejected": 1}
    assert await stored(client, event_id) == []


async def test_values_may_say_when_they_were_measured_in_any_order(client: Client):
    [event_id] = await outside(client, "Reactor")
    at_ms = now_ms() - 3_600_000
    datapoints = [
        row
        for step in (5, 1, 3, 1)
        for row in rows(event_id, step, timestamp=iso_offset(at_ms + step))
    ]

    async with controller(client) as socket:
        answer = await send(socket, datapoints)

    assert (answer["accepted"], answer["rejected"]) == (3, 1)  # one stamp came twice
    assert await stored(client, event_id) == [1.0, 3.0, 5.0]


async def test_nothing_usable_gets_an_error_and_the_socket_stays_open(client: Client):
    async with controller(client) as socket:
        for _ in range(MAX_MALFORMED + 1):
            await socket.send_json({"datapoints": [{"value": 1}, 7]})
            assert "None of these" in (await next_message(socket, "error"))["message"]

        assert (await send(socket, []))["accepted"] == 0


async def test_more_than_500_get_an_error_and_nothing_is_stored(client: Client):
    [event_id] = await outside(client, "Reactor")

    async with controller(client) as socket:
        await socket.send_json({"datapoints": rows(event_id, *range(MAX_DATAPOINTS + 1))})
        said = await next_message(socket, "error")
        answer = await send(socket, rows(event_id, *range(MAX_DATAPOINTS)))

    assert "501" in said["message"]
    assert answer["accepted"] == 500
    assert len(await stored(client, event_id)) == 500


@pytest.mark.parametrize(
    "frame",
    ["no json", "[]", '"text"', "7", "null", '{"a":' * 5000, '{"datapoints":7}',
     '{"datapoints":"x"}', '{"datapoints":{"a":1}}', '{"ack":[]}', '{"ack":1.5}', '{"ack":true}'],
)  # fmt: skip
@pytest.mark.standing
async def test_malformed_frames_get_a_message_and_repeated_a_clean_close(
    client: Client, frame: str
):
    async with controller(client) as socket:
        for _ in range(MAX_MALFORMED):
            await socket.send_str(frame)

        for _ in range(MAX_MALFORMED):
            await next_message(socket, "error")
        assert await close_code(socket) == 1008


async def test_binary_frames_end_in_a_clean_close(client: Client):
    async with controller(client) as socket:
        for _ in range(MAX_MALFORMED):
            await socket.send_bytes(b'{"datapoints":[]}')

        assert await close_code(socket) == 1003


async def test_a_frame_that_is_too_large_ends_in_a_clean_close(client: Client):
    async with controller(client) as socket:
        await socket.send_str("x" * (MAX_FRAME_BYTES + 1))

        assert await close_code(socket) == 1009


@pytest.mark.parametrize("raw", [b"\x81\xfe\x00", b"\xff\xff\xff\xff", b"\x83\x80abcd", b""])
@pytest.mark.standing
async def test_a_frame_that_is_cut_or_broken_frees_the_place(client: Client, raw: bytes):
    places = app_of(client)[SOCKETS]
    async with controller(client) as socket:
        await eventually(lambda: places.open == 1, what="a socket")
        connection = socket._response.connection  # noqa: SLF001 there is no public way to break it
        assert connection is not None
        assert connection.transport is not None
        connection.transport.write(raw)
        connection.transport.close()

        await eventually(lambda: places.open == 0, what="a free place")


async def test_viewers_are_sent_away(client: Client):
    token = await make_token(client, UserRole.viewer)

    async with client.ws_connect(TELEMETRY, params={"token": token}) as socket:
        assert await close_code(socket) == 1008


@pytest.mark.parametrize(
    ("scope", "is_let_in"),
    [(TokenScope.read, False), (TokenScope.telemetry, True), (TokenScope.full, True)],
)
async def test_api_tokens_need_the_scope(client: Client, scope: TokenScope, is_let_in: bool):
    token = await _api_token(client, scope)

    async with client.ws_connect(TELEMETRY, params={"token": token}) as socket:
        if is_let_in:
            assert (await send(socket, []))["accepted"] == 0
        else:
            assert await close_code(socket) == 1008


async def _api_token(client: Client, scope: TokenScope) -> str:
    await _token(client)
    app = app_of(client)
    async with app[keys.DATABASE].read() as session:
        [user] = (await list_users(session, page=1, page_size=50)).rows
    text = f"wm_{'x' * 64}"
    await app[keys.DATABASE].write(
        lambda session: create_api_token(
            session, user.id, name="plc", text=text, scope=scope, expires_at_ms=None, at_ms=now_ms()
        )
    )
    return text


async def test_the_token_may_come_in_the_header_or_the_first_message(client: Client):
    token = await _token(client)

    async with client.ws_connect(TELEMETRY, headers={"Authorization": f"bearer {token}"}) as socket:
        assert (await send(socket, []))["accepted"] == 0
    async with client.ws_connect(TELEMETRY) as socket:
        await socket.send_json({"type": "auth", "token": token})
        assert (await send(socket, []))["accepted"] == 0


async def test_a_login_that_ends_ends_its_socket(client: Client):
    token = await _token(client)
    async with client.ws_connect(TELEMETRY, params={"token": token}) as socket:
        await send(socket, [])
        await client.post("/api/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})

        assert await close_code(socket) == 1008


async def test_the_socket_ends_when_the_appliance_stops(client: Client):
    async with controller(client) as socket:
        await send(socket, [])

        app_of(client)[SOCKETS].close()

        assert await close_code(socket) == 1001


async def test_what_comes_in_goes_out_to_the_stream(client: Client):
    [event_id] = await outside(client, "Reactor")
    token = await _token(client)

    async with (
        controller(client) as socket,
        client.ws_connect(STREAM, params={"token": token}) as watcher,
    ):
        await next_message(watcher, "connected")
        await socket.send_json({"datapoints": rows(event_id, 41, 42)})
        while True:
            batch = await next_message(watcher, "datapoints_batch")
            mine = [row for row in batch["datapoints"] if row["event_public_id"] == event_id]
            if mine:
                break

    assert mine[0]["value"] == 42.0
    assert mine[0]["timestamp"].endswith("+00:00")


async def test_a_flood_is_stored_and_leaves_others_their_turn(client: Client):
    [event_id] = await outside(client, "Reactor")
    start_ms, frames = now_ms() - 3_600_000, 60

    def frame(number: int) -> str:
        datapoints = [
            {"value": step, "event_public_id": event_id,
             "timestamp": iso_offset(start_ms + number * 500 + step)}
            for step in range(500)
        ]  # fmt: skip
        return json.dumps({"datapoints": datapoints, "ack": number})

    texts = [frame(number) for number in range(frames)]
    async with controller(client) as socket:

        async def flood() -> None:
            for text in texts:
                await socket.send_str(text)

        sender = asyncio.ensure_future(flood())
        answers = 0
        while not sender.done():
            assert (await client.get("/health")).status == 200
            answers += 1
        acks = [(await next_message(socket, "ack")) for _ in range(frames)]

    assert answers > 0
    assert [ack["ack"] for ack in acks] == list(range(frames))
    assert (
        sum(ack["accepted"] for ack in acks) == len(await stored(client, event_id)) == 500 * frames
    )


async def test_while_the_disk_refuses_acknowledgements_say_so_and_a_flood_is_sent_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    [event_id] = await outside(client, "Reactor")
    history = app_of(client)[keys.HISTORY]

    async def refuse(_work: object) -> int:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(history._spool, "write", refuse)  # noqa: SLF001 stands for a full disk
    monkeypatch.setattr(telemetry, "_LONGEST_PAUSE_S", 0.2)
    async with controller(client) as socket:
        await socket.send_json({"datapoints": rows(event_id, 1), "ack": 5})
        said = await next_message(socket, "error")
        monkeypatch.setattr(history.recorder, "_max_pending", 1)
        await socket.send_json({"datapoints": rows(event_id, 2)})
        code = await close_code(socket)
    monkeypatch.undo()

    assert said == {"type": "error", "ack": 5, "message": "Not stored yet: The disk is full."}
    assert code == 1013
    await eventually(lambda: history.recorder.health.is_good, what="a disk that takes again")


async def test_rows_are_read_in_parallel_columns():
    given = [
        {"value": 1, "event_public_id": "a"},
        {"value": "x", "event_public_id": "a"},
        {"value": 2.5, "event_public_id": "b", "timestamp": "2026-03-01T12:00:00Z"},
    ]

    assert read_rows(given) == (["a", "b"], [1.0, 2.5], [None, 1_772_366_400_000])
