"""Joins the outbox of webhooks to the dispatcher that empties it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.network import read_networks
from webmacs_edge.model.outbox import Ended, Lane, Outgoing
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Sample
from webmacs_edge.model.times import DAY_MS, now_ms
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.service import Health, Service, every
from webmacs_edge.store.outbox import (
    bury_overflow,
    forget_finished,
    is_anybody_told,
    list_lanes,
    next_waiting,
    note_results,
    queue_deliveries,
)
from webmacs_edge.store.vault import unseal
from webmacs_edge.store.watching import read_watching
from webmacs_edge.store.webhooks import secret_purpose
from webmacs_edge.web import keys
from webmacs_edge.webhooks.dispatcher import Dispatcher, Outbox
from webmacs_edge.webhooks.guard import open_session

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

KEEP_S = 600.0
READINGS_KEPT_MS = 3600_000
MOST_BITES = 100  # of 1000 deliveries at a time
READING_S = 5.0  # WebMACS 2.x told of a channel at most once in so many seconds


def set_up_telling(app: web.Application) -> tuple[Service, ...]:
    """The services that send what this appliance has to tell."""
    allowed = read_networks(app[keys.SETTINGS].webhook_allow)
    outbox = _Outbox(app)
    dispatcher = app[keys.DISPATCHER] = Dispatcher(
        Outbox(lanes=outbox.lanes, waiting=outbox.waiting, secret=outbox.secret, note=outbox.note),
        lambda: open_session(lambda: allowed),
    )
    return dispatcher, OutboxKeeper(app), Readings(app)


class _Outbox:
    """The queries that the dispatcher needs."""

    def __init__(self, app: web.Application) -> None:
        self._app = app

    async def lanes(self) -> Sequence[Lane]:
        async with self._app[keys.DATABASE].read() as session:
            return await list_lanes(session)

    async def waiting(self, webhook_id: int, limit: int) -> Sequence[Outgoing]:
        async with self._app[keys.DATABASE].read() as session:
            return await next_waiting(session, webhook_id, limit=limit)

    async def secret(self, delivery: Outgoing) -> str | None:
        if delivery.secret is None:
            return None
        purpose = secret_purpose(delivery.webhook_public_id)
        return await unseal(delivery.secret, box_key=self._app[keys.SECRET_KEY], purpose=purpose)

    async def note(self, ended: Sequence[Ended]) -> None:
        await self._app[keys.DATABASE].write(lambda session: note_results(session, ended))


class OutboxKeeper:
    """Forgets deliveries that ended long ago, and gives up what nobody will ever take."""

    name = "outbox keeper"

    def __init__(self, app: web.Application) -> None:
        self._database = app[keys.DATABASE]
        self.buried = 0
        self.health = Health(self.name)

    async def run(self) -> None:
        """Every ten minutes, some at a time."""
        await every(KEEP_S, self._keep)

    async def _keep(self) -> None:
        at_ms = now_ms()
        readings_ms = at_ms - READINGS_KEPT_MS
        try:
            async with self._database.read() as session:
                kept = await read_watching(session)
            before_ms = at_ms - kept.deliveries_days * DAY_MS
            self.buried += await self._database.write(bury_overflow)
            for _ in range(MOST_BITES):
                if not await self._database.write(
                    lambda session: forget_finished(
                        session, before_ms=before_ms, readings_before_ms=readings_ms
                    )
                ):
                    break
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()


class Readings:
    """Tells webhooks that want every reading: the newest of each channel, every five seconds."""

    name = "readings"

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._seen = 0  # version of the hub
        self.health = Health(self.name)

    async def run(self) -> None:
        """As often as WebMACS 2.x told of one channel."""
        await every(READING_S, self._tell)

    async def _tell(self) -> None:
        hub, since = self._app[keys.HUB], self._seen
        self._seen = hub.version
        try:
            async with self._app[keys.DATABASE].read() as session:
                if not await is_anybody_told(session, WebhookEventType.reading):
                    return
            fresh = [
                (self._app[keys.STATION].event(sample.key), sample)
                for sample in hub.changed_since(since)
                if sample.value is not None and sample.quality < Quality.BAD
            ]
            await self._queue([(event.public_id, it) for event, it in fresh if event is not None])
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()

    async def _queue(self, readings: Sequence[tuple[str, Sample]]) -> None:
        async def work(session: "AsyncSession") -> None:
            for public_id, sample in readings:
                await queue_deliveries(
                    session,
                    WebhookEventType.reading,
                    at_ms=sample.at_ms,
                    details={"sensor": public_id, "value": sample.value},
                )

        if readings:
            await self._app[keys.DATABASE].write(work)
            self._app[keys.DISPATCHER].wake()
