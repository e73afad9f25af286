"""How many sockets of programs are open, and what is known about their logins."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from webmacs_edge.web.tokens import Credential, credential_of

MAX_SOCKETS = 200
MAX_SOCKETS_OF_USER = 100
LOOK_S = 2.0  # between looks at a login


class Sockets:
    """All sockets of programs that are open, and what is known about their logins."""

    def __init__(self) -> None:
        self.closing = asyncio.Event()
        self.open = 0
        self._of_user: Counter[str] = Counter()
        self._looked: dict[str, tuple[float, Credential | None]] = {}

    def close(self) -> None:
        """Send everybody home; called when the appliance stops."""
        self.closing.set()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take one of the places for the time of the block."""
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1
            if not self.open:
                self._looked.clear()

    @contextmanager
    def place_of(self, user_public_id: str) -> Iterator[bool]:
        """Take one of the places of a user; False when they are all taken."""
        if self._of_user[user_public_id] >= MAX_SOCKETS_OF_USER:
            yield False
            return
        self._of_user[user_public_id] += 1
        try:
            yield True
        finally:
            self._of_user[user_public_id] -= 1
            self._of_user += Counter()  # drops those at zero

    async def credential(self, app: web.Application, token: str) -> Credential | None:
        """What a token proves, asked anew every two seconds however many sockets it has."""
        now_s = asyncio.get_running_loop().time()
        looked_s, credential = self._looked.get(token, (now_s - LOOK_S, None))
        if now_s - looked_s >= LOOK_S:
            credential = await credential_of(app, token)
            self._looked[token] = now_s, credential
            if credential is None:
                del self._looked[token]
        return credential


SOCKETS = web.AppKey("sockets", Sockets)
