"""One attempt at a receiver of every kind."""

import asyncio
import hashlib
import hmac
import socket
from ipaddress import ip_network

import aiohttp
import pytest

from tests.webhooks.receiver import cut, drip, flood, hang, ok, receiving, status
from webmacs_edge.webhooks import sender
from webmacs_edge.webhooks.guard import open_session
from webmacs_edge.webhooks.sender import Attempt, Parcel, send

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
async def session():
    """The session of an appliance whose site allows loopback."""
    async with open_session(lambda: LOOPBACK) as session:
        yield session


@pytest.fixture
async def strict():
    """The session of an appliance as it is delivered."""
    async with open_session(tuple) as session:
        yield session


def parcel(url, **more):
    """A small one."""
    return Parcel(url, '{"type": "x"}', delivery_id="d-1", event_type="alarm.raised", **more)


async def test_a_receiver_can_verify_the_signature_as_the_documents_of_2x_say(session):
    async with receiving(ok) as receiver:
        attempt = await send(session, parcel(receiver.address, secret="täglich"))

    headers, body = receiver.headers[0], receiver.bodies[0]
    signed = f"{headers['X-Webhook-Timestamp']}.{body}".encode()
    expected = hmac.new("täglich".encode(), signed, hashlib.sha256).hexdigest()
    assert attempt == Attempt(delivered=True, response_code=200)
    assert headers["X-Webhook-Signature"] == expected
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Webhook-Delivery"] == "d-1"


async def test_without_a_secret_nothing_is_signed(session):
    async with receiving(ok) as receiver:
        await send(session, parcel(receiver.address))

    assert "X-Webhook-Signature" not in receiver.headers[0]


@pytest.mark.parametrize("code", [300, 302, 400, 404, 500, 503])
async def test_a_status_of_300_or_more_is_a_failure(session, code):
    async with receiving(status(code)) as receiver:
        attempt = await send(session, parcel(receiver.address))

    assert attempt == Attempt(delivered=False, response_code=code, error=f"HTTP {code}")


async def test_a_redirect_is_not_followed(session):
    async with (
        receiving(ok) as other,
        receiving(status(307, Location=other.address)) as receiver,
    ):
        attempt = await send(session, parcel(receiver.address))

    assert (attempt.response_code, other.bodies) == (307, [])


async def test_what_the_receiver_asks_for_in_retry_after_is_passed_on(session):
    async with receiving(status(429, **{"Retry-After": "120"})) as receiver:
        assert (await send(session, parcel(receiver.address))).retry_after_s == 120

    for date, least in [("Fri, 31 Dec 2100 23:59:59 GMT", 1e9), ("gestern", 0), ("-5", 0)]:
        async with receiving(status(503, **{"Retry-After": date})) as receiver:
            attempt = await send(session, parcel(receiver.address))
        assert attempt.retry_after_s >= least
        assert (attempt.retry_after_s == 0) == (least == 0)


async def test_a_receiver_that_hangs_costs_the_time_out_and_says_so(session, monkeypatch):
    monkeypatch.setattr(sender, "TIMEOUT_S", 0.2)
    async with receiving(hang) as receiver:
        attempt = await send(session, parcel(receiver.address))

    assert attempt == Attempt(delivered=False, error="Timeout")


async def test_an_answer_that_drips_is_not_waited_for(session):
    async with receiving(drip) as receiver:
        async with asyncio.timeout(5):
            attempt = await send(session, parcel(receiver.address))
        connections = len(session.connector._conns)  # noqa: SLF001 nothing public counts them

    assert attempt == Attempt(delivered=True, response_code=200)
    assert connections == 0


async def test_a_connection_that_is_cut_is_a_transport_error(session):
    async with receiving(cut) as receiver:
        attempt = await send(session, parcel(receiver.address))

    assert not attempt.delivered
    assert (attempt.error or "").startswith("Transport error: ")


async def test_nobody_listening_is_a_transport_error(session):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        attempt = await send(session, parcel(f"http://127.0.0.1:{free.getsockname()[1]}/"))

    assert (attempt.error or "").startswith("Transport error: ")


async def test_megabytes_of_an_answer_are_not_read(session):
    async with receiving(flood) as receiver:
        attempt = await send(session, parcel(receiver.address))
        connections = len(session.connector._conns)  # noqa: SLF001 nothing public counts them

    assert attempt.delivered
    assert connections == 0


async def test_a_header_of_megabytes_is_a_failure_and_not_a_crash(session):
    async with receiving(status(200, **{"X-Long": "x" * 100_000})) as receiver:
        attempt = await send(session, parcel(receiver.address))

    assert (attempt.error or "").startswith("Transport error: ")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "0", "[::]",
     "[::ffff:127.0.0.1]", "169.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "[64:ff9b::7f00:1]",
     "255.255.255.255", "224.0.0.1"],
)  # fmt: skip
async def test_nothing_is_sent_to_the_appliance_itself_or_to_places_of_secrets(strict, host):
    async with receiving(ok) as receiver:
        port = receiver.address.split(":")[2].split("/")[0]
        attempt = await send(strict, parcel(f"http://{host}:{port}/hook"))

    assert receiver.bodies == []
    assert not attempt.delivered
    assert attempt.error


async def test_the_refusal_says_the_way_out(strict):
    async with receiving(ok) as receiver:
        attempt = await send(strict, parcel(receiver.address))

    assert attempt.error == (
        "Not sent: 127.0.0.1 is this appliance itself. Allow it in the settings if it is meant."
    )


async def test_a_name_that_turns_into_loopback_after_it_was_checked_is_refused(strict):
    class Rebinding(aiohttp.abc.AbstractResolver):
        """Answers with a public address first, with loopback ever after."""

        def __init__(self):
            self.asked = 0

        async def resolve(self, host, port=0, family=socket.AF_INET):
            self.asked += 1
            address = "127.0.0.1" if self.asked > 1 else "192.0.2.1"
            return [{"hostname": host, "host": address, "port": port, "family": family,
                     "proto": 0, "flags": 0}]  # fmt: skip

        async def close(self):
            """Nothing to close."""

    resolver = Rebinding()
    strict.connector._resolver = resolver  # noqa: SLF001 the only way to play a hostile name server
    async with receiving(ok) as receiver:
        port = int(receiver.address.split(":")[2].split("/")[0])
        await resolver.resolve("evil.example", port)  # whoever checks names is told the good one
        attempt = await send(strict, parcel(f"http://evil.example:{port}/hook"))

    assert receiver.bodies == []
    assert (attempt.error or "").startswith("Not sent: 127.0.0.1")
