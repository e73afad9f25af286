"""Whether the login behind something that stays open still holds."""

import logging
import time
from collections.abc import Set as AbstractSet

from aiohttp import web

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import TokenScope, UserRole
from webmacs_edge.web.scopes import READING
from webmacs_edge.web.tokens import credential_of, given_token

log = logging.getLogger(__name__)

CHECKED_EVERY_S = 2.0
MISSING: str = text("Please sign in.")
ENDED: str = text("This login has ended. Please sign in again.")


class Standing:
    """A login looked up every two seconds, however often one asks; for streams and sockets.

    While the database does not answer, what held goes on holding.
    """

    def __init__(
        self,
        app: web.Application,
        token: str | None,
        *,
        role: UserRole = UserRole.viewer,
        scopes: AbstractSet[TokenScope] = READING,
    ) -> None:
        self._app = app
        self._token = token
        self._role = role
        self._scopes = scopes
        self._held_before = False
        self._next_s = 0.0
        self.refusal = MISSING  # why it does not hold, in a sentence; "" while it does

    async def holds(self) -> bool:
        """Whether it may go on; `refusal` says why not."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + CHECKED_EVERY_S
            try:
                self.refusal = await self._look()
            except StoreError as error:
                log.warning("A stream could not check its login: %s", error)
                if not self._held_before:
                    self.refusal = ENDED
            self._held_before = not self.refusal
        return not self.refusal

    async def _look(self) -> str:
        if self._token is None:
            return MISSING
        credential = await credential_of(self._app, self._token)
        if credential is None:
            return ENDED
        return credential.refusal(self._role, self._scopes)


def standing_of(request: web.Request) -> Standing:
    """The standing of whoever passed `requires` with this request."""
    return Standing(request.app, given_token(request))
