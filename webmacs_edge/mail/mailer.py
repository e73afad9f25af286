"""Sends the e-mails that wait, one after the other; what fails is tried again later."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from webmacs_edge.mail.sender import SendingError, send
from webmacs_edge.model.errors import StoreError, WebmacsError
from webmacs_edge.model.mail import PLAN, Letter, MailServer, Posted
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.webhooks import DeliveryStatus, pause_s
from webmacs_edge.service import Health

LOOK_S = 5.0
BATCH = 20
MS_PER_S = 1000


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The store's functions, handed over by the composition root."""

    server: Callable[[], Awaitable[MailServer | None]]
    waiting: Callable[[int, int], Awaitable[Sequence[Letter]]]  # due at that time, so many
    note: Callable[[Posted], Awaitable[object]]


class Mailer:
    """A service. `wake()` after something was put into the mailbox."""

    name = "mailer"

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._woken = asyncio.Event()
        self.sent = self.failed = self.dead = 0
        self.health = Health(self.name)

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    async def run(self) -> None:
        """Look every few seconds until cancelled."""
        while True:
            try:
                await self._look()
            except StoreError as error:
                self.health.bad(error)
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()

    async def _look(self) -> None:
        while letters := await self._mailbox.waiting(now_ms(), BATCH):
            try:
                server = await self._mailbox.server()
            except WebmacsError as error:  # its password cannot be read
                server, why = None, str(error)
            else:
                why = text("E-mail is not set up.")
            for letter in letters:
                await self._mailbox.note(await self._attempt(server, letter, why))

    async def _attempt(self, server: MailServer | None, letter: Letter, why: str) -> Posted:
        if server is None:
            return self._failed(letter, SendingError(why))
        try:
            await send(server, letter)
        except SendingError as error:
            self.health.bad(error)
            return self._failed(letter, error)
        self.sent += 1
        self.health.good()
        return Posted(letter, DeliveryStatus.delivered, "", now_ms())

    def _failed(self, letter: Letter, error: SendingError) -> Posted:
        self.failed += 1
        at_ms, jitter = now_ms(), random.random()  # noqa: S311 no secret
        pause = None if error.is_final else pause_s(PLAN, letter.attempts + 1, jitter=jitter)
        if pause is None:
            self.dead += 1
            return Posted(letter, DeliveryStatus.dead_letter, str(error), at_ms)
        due_ms = at_ms + int(pause * MS_PER_S)
        return Posted(letter, DeliveryStatus.failed, str(error), at_ms, due_ms)
