"""The outbox on its way: in order, at least once, delayed by nobody, lost by nothing."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network

import pytest

from tests.waiting import eventually
from tests.webhooks.receiver import hang, ok, receiving, status
from webmacs_edge.config import RESOURCES
from webmacs_edge.model.errors import ConflictError, NotFoundError, StoreError
from webmacs_edge.model.webhooks import DeliveryStatus, RetryPlan, WebhookEventType
from webmacs_edge.service import running
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.log_entries import list_log_entries
from webmacs_edge.store.outbox import (
    bury_overflow,
    forget_finished,
    list_lanes,
    next_waiting,
    note_results,
    queue_deliveries,
    send_again,
)
from webmacs_edge.store.upgrade import upgrade
from webmacs_edge.store.webhook_deliveries import list_deliveries
from webmacs_edge.store.webhooks import create_webhook, delete_webhook, update_webhook
from webmacs_edge.webhooks import dispatcher as dispatching
from webmacs_edge.webhooks.dispatcher import Dispatcher, Outbox
from webmacs_edge.webhooks.guard import open_session

RAISED, READING = WebhookEventType.alarm_raised, WebhookEventType.reading
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A migrated file with nothing in it."""
    file = tmp_path_factory.mktemp("empty") / "config.db"
    upgrade(sqlite_url(file), RESOURCES / "migrations", file.parent, name="")
    return file.read_bytes()


@pytest.fixture
async def database(empty, tmp_path):
    """A database of this test's own."""
    (tmp_path / "config.db").write_bytes(empty)
    database = Database(sqlite_url(tmp_path / "config.db"))
    yield database
    await database.close()


def outbox(database):
    """The store's functions, as the composition root hands them over."""

    async def lanes():
        async with database.read() as session:
            return await list_lanes(session)

    async def waiting(webhook_id, limit):
        async with database.read() as session:
            return await next_waiting(session, webhook_id, limit=limit)

    async def secret(delivery):
        if delivery.secret == "sealed by another box":
            raise StoreError("The secret cannot be read with the key of this box.")
        return delivery.secret

    return Outbox(
        lanes,
        waiting,
        secret,
        lambda ended: database.write(lambda session: note_results(session, ended)),
    )


@asynccontextmanager
async def dispatching_from(database):
    """A dispatcher at work."""
    deaths: list[str] = []
    dispatcher = Dispatcher(outbox(database), lambda: open_session(lambda: LOOPBACK))
    async with running(dispatcher, deaths.append):
        yield dispatcher
    assert deaths == []


async def add_webhook(database, url, *events, **more):
    """A receiver told of these types."""
    names = [it.value for it in events or (RAISED,)]
    webhook = await database.write(
        lambda session: create_webhook(
            session, at_ms=0, public_id=url[-60:], url=url, events=names, **more
        )
    )
    return webhook.public_id


async def queue(database, *numbers, event_type=RAISED):
    """One delivery a number, in one transaction."""

    async def work(session):
        return [
            await queue_deliveries(session, event_type, at_ms=number, details={"number": number})
            for number in numbers
        ]

    return sum(await database.write(work))


async def deliveries(database, webhook, **filters):
    """All of a webhook, oldest first."""
    async with database.read() as session:
        page = await list_deliveries(session, webhook, page=1, page_size=100, **filters)
    return list(reversed(page.rows))


def numbers(receiver):
    """What came in, in order."""
    return [json.loads(body)["number"] for body in receiver.bodies]


@pytest.fixture
def quick(monkeypatch):
    """Pauses of milliseconds instead of seconds."""
    plan = RetryPlan(first_pause_s=0.01, longest_pause_s=0.05)
    monkeypatch.setattr(dispatching, "RetryPlan", lambda **given: replace(plan, **given))
    monkeypatch.setattr(dispatching, "OLD_PLAN", replace(plan, attempts=3))


async def test_what_is_queued_arrives_in_order_and_is_noted(database):
    async with receiving(ok) as receiver, dispatching_from(database) as dispatcher:
        webhook = await add_webhook(database, receiver.address)
        await queue(database, *range(50))
        dispatcher.wake()
        await eventually(lambda: dispatcher.delivered == 50)

    assert numbers(receiver) == list(range(50))
    rows = await deliveries(database, webhook)
    assert {row.status for row in rows} == {"delivered"}
    assert {row.attempts for row in rows} == {1}


async def test_only_those_are_told_who_asked_for_it(database):
    await add_webhook(database, "http://a.lan/", READING)
    await add_webhook(database, "http://b.lan/", RAISED)
    await add_webhook(database, "http://c.lan/", RAISED, enabled=False)

    assert await queue(database, 1) == 1


async def test_a_cause_that_fails_leaves_nothing_in_the_outbox(database):
    webhook = await add_webhook(database, "http://a.lan/")

    async def work(session):
        await queue_deliveries(session, RAISED, at_ms=0, details={})
        raise ConflictError("no")

    with pytest.raises(ConflictError):
        await database.write(work)

    assert await deliveries(database, webhook) == []


@pytest.mark.usefixtures("quick")
async def test_a_failure_is_tried_again_until_it_works_and_keeps_the_order(database):
    async with receiving(status(503)) as receiver, dispatching_from(database) as dispatcher:
        await add_webhook(database, receiver.address)
        await queue(database, 1, 2)
        dispatcher.wake()
        await eventually(lambda: dispatcher.failed >= 3)
        receiver.answer = ok
        await eventually(lambda: dispatcher.delivered == 2)

    tried = numbers(receiver)
    assert tried == [1] * (len(tried) - 1) + [2]
    assert len({headers["X-Webhook-Delivery"] for headers in receiver.headers[:-1]}) == 1


@pytest.mark.usefixtures("quick")
async def test_a_reading_is_given_up_after_three_attempts_and_the_next_one_passes(database):
    async with receiving(status(400)) as receiver, dispatching_from(database) as dispatcher:
        webhook = await add_webhook(database, receiver.address, READING)
        await queue(database, 1, 2, event_type=READING)
        dispatcher.wake()
        await eventually(lambda: dispatcher.dead >= 2)

    assert numbers(receiver) == [1, 1, 1, 2, 2, 2]
    rows = await deliveries(database, webhook, status=DeliveryStatus.dead_letter)
    assert [(row.attempts, row.last_error, row.response_code) for row in rows] == [
        (3, "HTTP 400", 400)
    ] * 2
    async with database.read() as session:
        log = await list_log_entries(session, page=1, page_size=10)
    assert [it.content for it in log.rows] == [
        "Webhook 127.0.0.1: deliveries were given up. The last: sensor.reading, HTTP 400"
    ]


@pytest.mark.usefixtures("quick")
async def test_a_dead_letter_can_be_sent_again_and_nothing_else_can(database):
    async with receiving(status(500)) as receiver, dispatching_from(database) as dispatcher:
        webhook = await add_webhook(database, receiver.address, READING)
        await queue(database, 7, event_type=READING)
        dispatcher.wake()
        await eventually(lambda: dispatcher.dead == 1)
        receiver.answer = ok
        public_id = (await deliveries(database, webhook))[0].public_id
        await database.write(lambda session: send_again(session, public_id))
        dispatcher.wake()
        await eventually(lambda: dispatcher.delivered == 1)

    with pytest.raises(ConflictError, match="given up"):
        await database.write(lambda session: send_again(session, public_id))
    with pytest.raises(NotFoundError):
        await database.write(lambda session: send_again(session, "gone"))


async def test_receivers_that_hang_delay_nobody(database):
    async with (
        receiving(hang) as hanging,
        receiving(ok) as receiver,
        dispatching_from(database) as dispatcher,
    ):
        for number in range(dispatching.WORKERS - 1):
            await add_webhook(database, f"{hanging.address}/{number}")
        await add_webhook(database, receiver.address)
        await queue(database, *range(30))
        dispatcher.wake()
        await eventually(lambda: dispatcher.delivered == 30, within_s=5)

    assert numbers(receiver) == list(range(30))


async def test_ten_are_under_way_at_a_time_and_no_more(database):
    under_way, most, opened = 0, 0, asyncio.Event()

    async def held(request):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await opened.wait()
        under_way -= 1
        return await ok(request)

    async with receiving(held) as receiver, dispatching_from(database) as dispatcher:
        for number in range(25):
            await add_webhook(database, f"{receiver.address}/{number}")
        await queue(database, 1, 2)
        dispatcher.wake()
        await eventually(lambda: under_way == dispatching.WORKERS)
        opened.set()
        await eventually(lambda: dispatcher.delivered == 50)

    assert most == dispatching.WORKERS


async def test_what_was_waiting_before_a_restart_is_sent_after_it(database):
    async with receiving(hang) as receiver:
        await add_webhook(database, receiver.address)
        await queue(database, 1, 2, 3)
        async with dispatching_from(database) as dispatcher:
            dispatcher.wake()
            await eventually(lambda: len(receiver.bodies) == 1)
        receiver.answer = ok
        async with dispatching_from(database) as dispatcher:
            await eventually(lambda: dispatcher.delivered == 3)

    assert numbers(receiver) == [1, 1, 2, 3]  # at least once: the first was cut off under way


async def test_what_was_sent_before_a_stop_is_not_sent_again(database):
    async def third_hangs(request):
        body = json.loads(await request.text())
        return await (hang if body["number"] == 3 else ok)(request)

    async with receiving(third_hangs) as receiver:
        await add_webhook(database, receiver.address)
        await queue(database, 1, 2, 3)
        async with dispatching_from(database) as dispatcher:
            dispatcher.wake()
            await eventually(lambda: len(receiver.bodies) == 3)
        receiver.answer = ok
        async with dispatching_from(database) as dispatcher:
            await eventually(lambda: dispatcher.delivered == 1)

    assert numbers(receiver) == [1, 2, 3, 3]


@pytest.mark.usefixtures("quick")
async def test_a_webhook_that_is_switched_off_or_removed_is_left_alone(database):
    async with receiving(status(500)) as receiver, dispatching_from(database) as dispatcher:
        webhook = await add_webhook(database, receiver.address)
        await queue(database, 1, 2)
        dispatcher.wake()
        await eventually(lambda: dispatcher.failed >= 1)
        await database.write(
            lambda session: update_webhook(session, webhook, values={"enabled": False})
        )
        receiver.answer = ok
        async with database.read() as session:
            assert await list_lanes(session) == []
        await database.write(lambda session: delete_webhook(session, webhook))

    assert await queue(database, 3) == 0


async def test_too_many_waiting_bury_the_oldest(database):
    webhook = await add_webhook(database, "http://a.lan/")
    await queue(database, *range(30))

    assert await database.write(lambda session: bury_overflow(session, most=20)) == 10

    dead = await deliveries(database, webhook, status=DeliveryStatus.dead_letter)
    assert [row.created_on_ms for row in dead] == list(range(10))


async def test_what_has_ended_is_forgotten_in_bites_and_what_waits_is_not(database):
    async with receiving(ok) as receiver, dispatching_from(database) as dispatcher:
        webhook = await add_webhook(database, receiver.address)
        await queue(database, *range(5))
        dispatcher.wake()
        await eventually(lambda: dispatcher.delivered == 5)
    await database.write(lambda session: update_webhook(session, webhook, values={"enabled": True}))
    await queue(database, 100)

    forgotten = await database.write(lambda session: forget_finished(session, before_ms=3))

    assert forgotten == 3
    assert [row.created_on_ms for row in await deliveries(database, webhook)] == [3, 4, 100]


@pytest.mark.usefixtures("quick")
async def test_what_cannot_be_signed_is_not_sent(database):
    async with receiving(ok) as receiver, dispatching_from(database) as dispatcher:
        webhook = await add_webhook(
            database, receiver.address, READING, secret="sealed by another box"
        )
        await queue(database, 7, event_type=READING)
        dispatcher.wake()
        await eventually(lambda: dispatcher.dead == 1)

    assert receiver.bodies == []
    assert "key of this box" in (await deliveries(database, webhook))[0].last_error


async def test_readings_are_forgotten_sooner_than_what_matters(database):
    async with receiving(ok) as receiver, dispatching_from(database) as dispatcher:
        webhook = await add_webhook(database, receiver.address, READING, RAISED)
        await queue(database, 1, 2, event_type=READING)
        await queue(database, 1, 2)
        dispatcher.wake()
        await eventually(lambda: dispatcher.delivered == 4)

    await database.write(
        lambda session: forget_finished(session, before_ms=0, readings_before_ms=2)
    )

    left = [(it.event_type, it.created_on_ms) for it in await deliveries(database, webhook)]
    assert sorted(left) == [(RAISED, 1), (RAISED, 2), (READING, 2)]


async def test_a_chat_program_gets_its_own_shape(database):
    async with receiving(ok) as receiver, dispatching_from(database) as dispatcher:
        await add_webhook(database, receiver.address, template="slack")
        await queue(database, 7)
        dispatcher.wake()
        await eventually(lambda: dispatcher.delivered == 1)

    assert json.loads(receiver.bodies[0])["text"].startswith("*Alarm*\nnumber: 7")
