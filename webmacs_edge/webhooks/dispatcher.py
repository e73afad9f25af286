"""Sends what stands in the outbox: in order for each webhook, several webhooks at a time."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import aiohttp

from webmacs_edge.model.errors import StoreError, WebmacsError
from webmacs_edge.model.outbox import Ended, Lane, Outgoing
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.webhook_templates import WebhookTemplate, render_body
from webmacs_edge.model.webhooks import (
    OLD_PLAN,
    DeliveryStatus,
    RetryPlan,
    WebhookEventType,
    pause_s,
)
from webmacs_edge.service import Health
from webmacs_edge.webhooks.sender import Attempt, Parcel, send

WORKERS = 10
BATCH = 20  # deliveries of one webhook whose results are stored together
BATCH_S = 2.0  # or after this long: what was sent but not noted is sent again after a crash
LONGEST_SLEEP_S = 30.0
RETRY_STORE_S = 2.0
MS_PER_S = 1000
LONGEST_PAUSE_MS = int(RetryPlan().longest_pause_s * 1.25 * MS_PER_S)


@dataclass(frozen=True, slots=True)
class Outbox:
    """The store's functions on deliveries, handed over by the composition root."""

    lanes: Callable[[], Awaitable[Sequence[Lane]]]
    waiting: Callable[[int, int], Awaitable[Sequence[Outgoing]]]  # of a webhook, at most so many
    secret: Callable[[Outgoing], Awaitable[str | None]]  # opened; WebmacsError when it cannot be
    note: Callable[[Sequence[Ended]], Awaitable[None]]


class Dispatcher:
    """A service; `wake` tells it that something was queued."""

    name = "dispatcher"

    def __init__(self, outbox: Outbox, open_session: Callable[[], aiohttp.ClientSession]) -> None:
        self._outbox = outbox
        self._open_session = open_session
        self._queued = asyncio.Event()
        self._ready: asyncio.Queue[int] = asyncio.Queue()
        self._busy: set[int] = set()  # webhooks that a worker has, or that wait for one
        self.delivered = 0
        self.failed = 0
        self.dead = 0
        self.health = Health(self.name)

    def wake(self) -> None:
        """Something was queued and committed."""
        self._queued.set()

    async def run(self) -> None:
        """Plan and send until cancelled; what is under way then is sent again after the start."""
        async with self._open_session() as session, asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(self._work(session))
            await self._plan()

    async def _plan(self) -> None:
        while True:
            self._queued.clear()
            try:
                sleep_s = await self._hand_out()
            except StoreError as error:
                self.health.bad(error)
                sleep_s = RETRY_STORE_S
            else:
                self.health.good()
            try:
                async with asyncio.timeout(sleep_s):
                    await self._queued.wait()
            except TimeoutError:
                continue

    async def _hand_out(self) -> float:
        """Give every webhook that is due to a worker; seconds until the next one is."""
        at_ms, next_ms = now_ms(), now_ms() + int(LONGEST_SLEEP_S * MS_PER_S)
        for lane in await self._outbox.lanes():
            if lane.webhook_id in self._busy:
                continue
            # A due time too far ahead was set by a clock that has gone back since.
            due_ms = 0 if lane.due_ms > at_ms + LONGEST_PAUSE_MS else lane.due_ms
            if due_ms <= at_ms:
                self._busy.add(lane.webhook_id)
                self._ready.put_nowait(lane.webhook_id)
            else:
                next_ms = min(next_ms, due_ms)
        return max(0.01, (next_ms - at_ms) / MS_PER_S)

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while True:
            webhook_id = await self._ready.get()
            try:
                await self._serve(session, webhook_id)
            except StoreError as error:
                self.health.bad(error)
                await asyncio.sleep(RETRY_STORE_S)
            finally:
                self._busy.discard(webhook_id)
                self._queued.set()

    async def _serve(self, session: aiohttp.ClientSession, webhook_id: int) -> None:
        """Send in order until nothing is left or an attempt fails."""
        while waiting := await self._outbox.waiting(webhook_id, BATCH):
            ended: list[Ended] = []
            try:
                await self._send_some(session, waiting, ended)
            finally:  # also when we are told to stop: what was sent is not sent again
                if ended:
                    await self._outbox.note(ended)
            if ended[-1].status is DeliveryStatus.failed:
                return  # a dead letter lets the next one pass at once

    async def _send_some(
        self, session: aiohttp.ClientSession, waiting: Sequence[Outgoing], ended: list[Ended]
    ) -> None:
        until_s = time.monotonic() + BATCH_S
        for delivery in waiting:
            attempt = await self._attempt(session, delivery)
            ended.append(self._judge(delivery, attempt))
            if not attempt.delivered or time.monotonic() > until_s:
                return

    async def _attempt(self, session: aiohttp.ClientSession, delivery: Outgoing) -> Attempt:
        try:
            secret = await self._outbox.secret(delivery)
        except WebmacsError as error:  # unsigned it must not go out
            return Attempt(delivered=False, error=str(error))
        return await send(session, _parcel(delivery, secret))

    def _judge(self, delivery: Outgoing, attempt: Attempt) -> Ended:
        attempts, at_ms = delivery.attempts + 1, now_ms()
        if attempt.delivered:
            self.delivered += 1
            return Ended(
                delivery.id, DeliveryStatus.delivered, attempts, attempt.response_code,
                error=None, at_ms=at_ms,
            )  # fmt: skip
        self.failed += 1
        jitter = random.random()  # noqa: S311 no secret
        pause = pause_s(_plan_of(delivery), attempts, jitter=jitter, asked_s=attempt.retry_after_s)
        self.dead += pause is None
        status = DeliveryStatus.dead_letter if pause is None else DeliveryStatus.failed
        return Ended(
            delivery.id, status, attempts, attempt.response_code, error=attempt.error, at_ms=at_ms,
            next_attempt_on_ms=None if pause is None else at_ms + int(pause * MS_PER_S),
        )  # fmt: skip


def _plan_of(delivery: Outgoing) -> RetryPlan:
    if delivery.most_attempts is not None:
        return RetryPlan(attempts=delivery.most_attempts)
    return OLD_PLAN if delivery.event_type == WebhookEventType.reading else RetryPlan()


def _parcel(delivery: Outgoing, secret: str | None) -> Parcel:
    template = WebhookTemplate(delivery.template)
    if template is WebhookTemplate.plain:
        return Parcel(
            delivery.url, delivery.payload, delivery_id=delivery.public_id,
            event_type=delivery.event_type, secret=secret,
        )  # fmt: skip
    rendered = render_body(template, json.loads(delivery.payload), text=delivery.text)
    return Parcel(
        delivery.url,
        rendered.body,
        delivery_id=delivery.public_id,
        event_type=delivery.event_type,
        secret=secret,
        content_type=rendered.content_type,
        headers=rendered.headers,
    )
