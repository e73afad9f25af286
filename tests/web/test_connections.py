"""Bounds of connections: heads, bodies, slow ones, many of them."""

import asyncio
import gzip
import io
import json

import pytest

from tests.waiting import eventually
from tests.web.doors import OpenHouse
from webmacs_edge.web import connections
from webmacs_edge.web.headers import SECURITY_HEADERS

LOGIN = "/api/v1/auth/login"
GET = b"GET /health HTTP/1.1\r\nHost: x\r\n"


def parts(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


IMPROPER = [
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
    (GET + b"X: " + b"a" * 9000 + b"\r\n\r\n", 431),
    (GET + b"".join(b"X%d: 1\r\n" % n for n in range(200)) + b"\r\n", 431),
    (b"nonsense\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    (GET + b"Content-Length: x\r\n\r\n", 400),
    (GET + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    (GET + b"Bad Header\r\n\r\n", 400),
    (b"GET /health HTTP/9.9\r\n\r\n", 400),
]


async def test_what_is_no_proper_request_is_refused_in_json_with_our_headers(
    open_house: OpenHouse,
):
    async with open_house() as house:
        for sent, status in IMPROPER:
            found, headers, body = parts(await house.ask_raw(sent))

            assert found == status, sent[:80]
            assert isinstance(json.loads(body)["detail"], str)
            assert SECURITY_HEADERS.items() <= headers.items()
            assert headers["Server"] == "WebMACS Edge"


async def test_headers_that_are_small_each_but_large_in_all_are_refused(
    open_house: OpenHouse,
):
    many = b"".join(b"X%d: %s\r\n" % (n, b"a" * 7000) for n in range(90))
    async with open_house() as house:
        answer = await house.ask_raw(GET + many)
        await eventually(lambda: not len(house.guard))

    assert answer == b"" or parts(answer)[0] == 431  # what is still being sent may cut it off


async def test_a_head_that_never_ends_is_cut_off(
    open_house: OpenHouse,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(connections, "HEAD_LIMIT_S", 0.2)
    async with open_house() as house:
        reader, writer = await house.dial()
        writer.write(GET)
        await eventually(lambda: len(house.guard))

        async def drip() -> bool:
            writer.write(b"X: y\r\n")
            await house.guard.look()
            return reader.at_eof() or reader.exception() is not None

        await eventually(drip, what="the end of the connection")
        writer.close()
        await eventually(lambda: not len(house.guard))

    assert house.guard.cut_off == 1


async def test_a_connection_that_asks_nothing_is_closed_without_a_fuss(
    open_house: OpenHouse,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(connections, "HEAD_LIMIT_S", 0.1)
    async with open_house() as house:
        reader, writer = await house.dial()

        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()

    assert house.guard.cut_off == 0


async def test_a_connection_between_two_requests_is_left_alone(
    open_house: OpenHouse,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(connections, "HEAD_LIMIT_S", 0.05)
    async with open_house() as house:
        reader, writer = await house.dial()
        for _ in range(2):
            writer.write(GET + b"\r\n")
            head = await asyncio.wait_for(reader.readuntil(b"}"), 10)
            assert b"200 OK" in head
            await asyncio.sleep(0.1)
            await house.guard.look()
        writer.close()

    assert house.guard.cut_off == 0


async def test_a_body_that_stalls_is_cut_off(
    open_house: OpenHouse,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(connections, "SILENT_BODY_LIMIT_S", 0.2)
    async with open_house() as house:
        head = f"POST {LOGIN} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode()
        answer = await house.ask_raw(head)
        await eventually(lambda: not len(house.guard))

    assert answer == b""
    assert house.guard.cut_off == 1


async def test_a_body_that_trickles_is_cut_off(
    open_house: OpenHouse,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(connections, "BODY_GRACE_S", 0.2)
    async with open_house() as house:
        reader, writer = await house.dial()
        writer.write(f"POST {LOGIN} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n".encode())

        async def drip() -> int:
            writer.write(b" ")
            await house.guard.look()
            return house.guard.cut_off

        await eventually(drip)
        writer.close()
        assert await asyncio.wait_for(reader.read(), 10) == b""


async def test_an_answer_that_nobody_takes_is_given_up(
    open_house: OpenHouse,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(connections, "STUCK_ANSWER_LIMIT_S", 0.2)
    async with open_house() as house:
        reader, writer = await house.dial()
        writer.transport.pause_reading()  # type: ignore[attr-defined] # of TCP
        ask = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"

        async def is_given_up() -> int:
            if not writer.is_closing():
                writer.write(ask * 20)
            await house.guard.look()
            return house.guard.cut_off

        await eventually(is_given_up)
        writer.close()
        del reader


async def test_a_body_that_is_too_large_however_packed_is_refused_in_json(
    open_house: OpenHouse,
):
    bodies: tuple[tuple[dict[str, str], bytes], ...] = (
        ({}, b"x" * 1_100_000),
        ({"Content-Encoding": "gzip"}, gzip.compress(b" " * 50_000_000)),
        ({"Content-Encoding": "gzip"}, gzip.compress(b'"' + b"a" * 2_000_000 + b'"')),
    )
    async with open_house() as house:
        for headers, body in bodies:
            answer = await house.session.post(
                house.url(LOGIN),
                data=io.BytesIO(body),
                headers={"Content-Type": "application/json", **headers},
            )
            told = await answer.json()

            assert answer.status == 413
            assert isinstance(told["detail"], str)


async def test_no_more_connections_than_the_settings_say(open_house: OpenHouse):
    async with open_house(max_connections=20) as house:
        held = [await house.dial() for _ in range(20)]
        await eventually(lambda: len(house.guard) == 20)
        status, headers, body = parts(await house.ask_raw(GET + b"\r\n"))
        for _, writer in held:
            writer.close()
        await eventually(lambda: not len(house.guard))
        again = await house.session.get(house.url("/health"))

    assert (status, headers["Retry-After"], headers["Connection"]) == (503, "5", "close")
    assert "Too many connections" in json.loads(body)["detail"]
    assert SECURITY_HEADERS.items() <= headers.items()
    assert again.status == 200
    assert (house.guard.refused, house.guard.most_at_once) == (1, 20)


def test_one_machine_cannot_take_all_connections_but_a_proxy_here_may():
    guard = connections.ConnectionGuard(most=30, most_per_address=10)
    taken = [object() for _ in range(40)]

    from_one = [guard.admit(it, "192.168.7.9") for it in taken[:12]]  # type: ignore[arg-type]
    from_here = [guard.admit(it, "127.0.0.1") for it in taken[12:]]  # type: ignore[arg-type]

    assert from_one == [True] * 10 + [False] * 2
    assert from_here == [True] * 20 + [False] * 8
    guard.forget(taken[0], "192.168.7.9")  # type: ignore[arg-type]
    assert guard.admit(taken[0], "192.168.7.9")  # type: ignore[arg-type]


ANSWERS = [
    ("GET", "/api/v1/none", 404),
    ("PATCH", "/api/v1/events", 405),
    ("POST", LOGIN, 422),
    ("GET", "/api/v1/auth/me", 401),
    ("GET", "/none", 404),
    ("GET", "/", 303),
    ("GET", "/static/none.js", 404),
    ("GET", "/streams/live", 401),
    ("GET", "/ws/datapoints/stream", 400),
    ("OPTIONS", "/api/v1/events", 405),
    ("GET", "/health", 200),
]


async def test_every_answer_carries_the_headers(open_house: OpenHouse):
    async with open_house() as house:
        for method, path, status in ANSWERS:
            answer = await house.session.request(method, house.url(path), allow_redirects=False)

            assert SECURITY_HEADERS.items() <= dict(answer.headers).items(), path
            assert answer.headers["X-Request-Id"]
            assert answer.status == status, path
            assert answer.content_type == "application/json" or not path.startswith("/api/")
            answer.release()
