"""Notes when logins and API tokens were used last: seldom, and not inside their requests."""

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import MINUTE_MS
from webmacs_edge.service import Health
from webmacs_edge.store.api_tokens import mark_api_tokens_used
from webmacs_edge.store.database import Database
from webmacs_edge.store.logins import mark_logins_seen
from webmacs_edge.web.tokens import Credential

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

TOKEN_NOTED_EVERY_MS = MINUTE_MS
LOGIN_NOTED_EVERY_MS = 5 * MINUTE_MS  # spares the flash: pages ask all the time
MAX_NOTED = 5000


class Presence:
    """Collects who was there and writes it down; what the disk refuses is of no great worth."""

    name = "presence"

    def __init__(self, database: Database) -> None:
        self.health = Health(self.name)
        self._database = database
        self._noted: OrderedDict[str, int] = OrderedDict()
        self._logins: dict[int, int] = {}
        self._api_tokens: dict[int, int] = {}
        self._has_news = asyncio.Event()

    def note(self, credential: Credential, *, at_ms: int) -> None:
        """It was used now; remembered if that is news."""
        is_login = credential.scope is None
        interval_ms = LOGIN_NOTED_EVERY_MS if is_login else TOKEN_NOTED_EVERY_MS
        last_ms = self._noted.get(credential.key, credential.used_at_ms)
        if credential.row_id is None or 0 <= at_ms - last_ms < interval_ms:
            return
        self._noted[credential.key] = at_ms
        self._noted.move_to_end(credential.key)
        if len(self._noted) > MAX_NOTED:
            self._noted.popitem(last=False)
        pending = self._logins if is_login else self._api_tokens
        pending[credential.row_id] = at_ms
        self._has_news.set()

    def last_used_ms(self, key: str) -> int | None:
        """When this token was used last, where that may not be written yet."""
        return self._noted.get(key)

    async def run(self) -> None:
        """Write whenever there is news, until cancelled."""
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            await self._write()

    async def _write(self) -> None:
        logins, api_tokens = self._logins, self._api_tokens
        self._logins, self._api_tokens = {}, {}

        async def work(session: "AsyncSession") -> None:
            await mark_logins_seen(session, logins)
            await mark_api_tokens_used(session, api_tokens)

        try:
            await self._database.write(work)
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()


PRESENCE = web.AppKey("presence", Presence)
