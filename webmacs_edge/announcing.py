"""Tells webhooks what no request causes: a change of health, a lost device, a new release."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.model.devices import HARDWARE
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.firmware import is_newer
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Health, Service, every
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.outbox import queue_deliveries
from webmacs_edge.store.site_settings import read_site_value, write_site_value
from webmacs_edge.web import keys
from webmacs_edge.web.condition import condition_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

LOOK_S = 3.0
FIRST_ASK_S = 60.0
ASK_S = 12 * 3600.0
MOST_UNTOLD = 100  # while the database is away; the oldest fall out
_TOLD_STATUS, _TOLD_VERSION = "told.health", "told.update"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell; `key` and `value` are what is remembered of it over a restart."""

    event_type: WebhookEventType
    at_ms: int
    details: Mapping[str, str | float | bool | None]
    text: str
    logged_as: LoggingType | None = None
    key: str = ""
    value: str = ""


def set_up_announcing(app: web.Application) -> tuple[Service, ...]:
    """The services that look for what is to be told."""
    asker = (ReleaseAsker(app),) if app[keys.RELEASES].is_set else ()
    return (Announcer(app), *asker)


class Announcer:
    """Looks every few seconds; each change is told once, also when it falls on a restart."""

    name = "announcer"

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._untold: deque[Notice] = deque(maxlen=MOST_UNTOLD)
        self._status: str | None = None  # None: what was told last has not been read yet
        self._version = ""
        self._lost: set[str] = set()  # public ids of devices
        self.health = Health(self.name)

    async def run(self) -> None:
        """Look until cancelled."""
        await every(LOOK_S, self.look)

    async def look(self) -> None:
        """Compare how things stand with what was told, and tell what differs."""
        condition = await condition_of(self._app)
        try:
            if self._status is None:
                await self._recall()
            self._note_health(condition.status, condition.what)
            self._note_devices()
            self._note_release()
            await self._tell()
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()

    async def _recall(self) -> None:
        async with self._app[keys.DATABASE].read() as session:
            self._version = await read_site_value(session, _TOLD_VERSION, "")
            self._status = await read_site_value(session, _TOLD_STATUS, "ok")

    def _note_health(self, status: str, what: str) -> None:
        if status == self._status:
            return
        self._status = status
        told = text("The appliance works again.")
        if what:
            told = text("The appliance is degraded. {what}", what=what)
        self._untold.append(
            Notice(
                WebhookEventType.health_changed,
                now_ms(),
                {"status": status, "what": what or None},
                told,
                LoggingType.warning if what else LoggingType.info,
                key=_TOLD_STATUS,
                value=status,
            )
        )

    def _note_devices(self) -> None:
        troubles = self._app[keys.DEVICES].troubles()
        for device, why in troubles:
            if device.public_id in self._lost:
                continue
            is_hardware = device.plugin_id in HARDWARE  # the diary logs that
            self._untold.append(
                Notice(
                    WebhookEventType.device_lost,
                    now_ms(),
                    {"device": device.public_id, "name": device.name, "why": why},
                    text("The device “{name}” is lost. {why}", name=device.name, why=why),
                    None if is_hardware else LoggingType.warning,
                )
            )
        self._lost = {device.public_id for device, _ in troubles}

    def _note_release(self) -> None:
        release = self._app[keys.RELEASES].known
        if release is None or release.version == self._version:
            return
        self._version = release.version
        if not is_newer(release.version, __version__):
            return
        self._untold.append(
            Notice(
                WebhookEventType.update_available,
                now_ms(),
                {
                    "version": release.version,
                    "current_version": __version__,
                    "url": release.page_url,
                },
                text(
                    "Version {version} is available; {current} is running.",
                    version=release.version,
                    current=__version__,
                ),
                LoggingType.info,
                key=_TOLD_VERSION,
                value=release.version,
            )
        )

    async def _tell(self) -> None:
        notices = tuple(self._untold)
        if not notices:
            return

        async def work(session: "AsyncSession") -> None:
            for notice in notices:
                await _write(session, notice)

        await self._app[keys.DATABASE].write(work)
        for _ in notices:
            self._untold.popleft()
        self._app[keys.DISPATCHER].wake()


class ReleaseAsker:
    """Asks twice a day for a new release, where the settings say whom."""

    name = "release asker"

    def __init__(self, app: web.Application) -> None:
        self._releases = app[keys.RELEASES]

    async def run(self) -> None:
        """Ask until cancelled; the announcer looks at what came back."""
        await asyncio.sleep(FIRST_ASK_S)
        while True:
            await self._releases.newest()
            await asyncio.sleep(ASK_S)


async def _write(session: "AsyncSession", notice: Notice) -> None:
    await queue_deliveries(
        session, notice.event_type, at_ms=notice.at_ms, details=notice.details, text=notice.text
    )
    if notice.logged_as is not None:
        await add_log_entry(session, notice.text, at_ms=notice.at_ms, logging_type=notice.logged_as)
    if notice.key:
        await write_site_value(session, notice.key, notice.value, at_ms=notice.at_ms)
