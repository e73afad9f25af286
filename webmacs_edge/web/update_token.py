"""The token of a private place of releases: sealed in the store, never shown again."""

import logging
from typing import TYPE_CHECKING, Literal

from aiohttp import web

from webmacs_edge.firmware.github import Releases
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.site_settings import read_site_value, write_site_value
from webmacs_edge.store.vault import SealedElsewhereError, seal, unseal
from webmacs_edge.web.keys import DATABASE, RELEASES, SECRET_KEY, SETTINGS, USER
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

log = logging.getLogger(__name__)

_KEY, _PURPOSE = "update.source", "update repository"
Place = Literal["", "sealed", "settings", "lost"]


class UpdateToken:
    """Where the token stands, and who is told of it; what the page says goes before settings."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self.place: Place = "settings" if app[SETTINGS].update_token else ""

    async def load(self) -> None:
        """Hand what is stored to whoever asks for releases."""
        async with self._app[DATABASE].read() as session:
            found = await read_site_value(session, _KEY)
        if not isinstance(found, dict):
            return
        token, sealed = "", str(found.get("token", ""))
        try:
            if sealed:
                token = await unseal(sealed, box_key=self._app[SECRET_KEY], purpose=_PURPOSE)
        except SealedElsewhereError as error:
            log.warning("%s", error)
        self._use(token, "sealed" if token else "lost" if sealed else "")

    async def save(self, request: web.Request, token: str) -> None:
        """Keep it; "" forgets the one there is."""
        box_key, owner, at_ms = self._app[SECRET_KEY], request[USER].public_id, now_ms()
        sealed = await seal(token, box_key=box_key, purpose=_PURPOSE) if token else ""

        async def work(session: "AsyncSession") -> None:
            value = {"token": sealed}
            await write_site_value(session, _KEY, value, at_ms=at_ms, user_public_id=owner)

        await write(request, work)
        self._use(token, "sealed" if token else "")

    def _use(self, token: str, place: Place) -> None:
        self._app[RELEASES].use_token(token)
        self.place = place


TOKEN = web.AppKey("update_token", UpdateToken)


def set_up_releases(app: web.Application) -> None:
    """Who is asked for releases, and with which token."""
    settings = app[SETTINGS]
    app[RELEASES] = Releases(
        settings.update_api_url,
        settings.update_repository,
        channel=settings.update_channel,
        token=settings.update_token,
    )
    app[TOKEN] = UpdateToken(app)
