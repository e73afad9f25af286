"""Keeps a certificate in force: the site's own if there is one, else one that this box makes."""

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from webmacs_edge.model.errors import CertificateError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import Health, every, finish
from webmacs_edge.tls.files import (
    Facts,
    Pair,
    Signature,
    facts_from,
    fingerprint_of,
    is_readable_by_all,
    listening_context,
    load_context,
    read_certificate,
    remember,
    remembered,
    spelled,
    write_private,
)
from webmacs_edge.tls.maker import ask_maker
from webmacs_edge.tls.names import Names, names_of_this_box

log = logging.getLogger(__name__)

RENEW_BEFORE_MS = 60 * 24 * 3600 * 1000
_LOOK_EVERY_S = 10.0
_TRY_AGAIN_AFTER_S = 600.0

Tell = Callable[[str], Awaitable[object]]


async def _tell_nobody(_text: str) -> None:
    """Until somebody wants to know."""


class CertificateKeeper:
    """Watches the files of the site and the names of the box; swaps what is in force at once.

    `context` is what listeners take: each handshake uses the newest certificate, open connections
    stay. Bad files change nothing but `health`.
    """

    name = "certificate"

    def __init__(
        self,
        directory: Path,
        given: Pair,
        *,
        is_expected: bool = False,
        more_names: Sequence[str] = (),
        clock: Callable[[], int] = now_ms,
        look_every_s: float = _LOOK_EVERY_S,
    ) -> None:
        self.own = Pair(directory / "certificate.pem", directory / "key.pem")
        self.given = given
        self.health = Health(self.name)
        self.facts: Facts | None = None
        self.in_force: Pair | None = None
        self.tell: Tell = _tell_nobody
        self.context = listening_context()
        self.context.sni_callback = self._choose  # also called where no name is sent
        self._is_expected = is_expected  # the settings name the files: they must be there
        self._more_names = more_names
        self._clock = clock
        self._look_every_s = look_every_s
        self._current = self.context
        self._seen: Signature = ()
        self._no_making_before_s = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether HTTPS can be served at all."""
        return self.in_force is not None

    @property
    def is_own(self) -> bool:
        """Whether this box made the certificate itself."""
        return self.in_force == self.own

    async def run(self) -> None:
        """Look every few seconds until cancelled."""
        await every(self._look_every_s, self.look)

    async def look(self) -> None:
        """Put in force what the files and the names of the box ask for by now."""
        given = await asyncio.to_thread(self.given.signature)
        if any(given) or self._is_expected:
            await self._take_given(given)
            if self.in_force == self.given:
                return
        elif self.in_force == self.given:
            log.info("The certificate of the site is gone; this box uses its own again.")
            self.in_force = None
        await self._keep_own(is_asked=not any(given) and not self._is_expected)

    async def _take_given(self, signature: Signature) -> None:
        if signature == self._seen:
            return
        try:
            is_new = await self._put_in_force(self.given)
        except CertificateError as error:
            self.health.bad(error)
        else:
            self.health.good()
            if is_new:
                await self._announce(text("The certificate of the site is in force"))
        self._seen = signature

    async def _keep_own(self, *, is_asked: bool) -> None:
        """See to the certificate of this box; renew it while it is the one in force."""
        try:
            if self.in_force is None and self.own.is_there:
                await self._try_own()
            if self.in_force in (None, self.own) and await self._is_outdated():
                if time.monotonic() < self._no_making_before_s:
                    return  # it has just failed
                await self._make()
            if is_asked:
                self._seen = ()
                self.health.good()
        except CertificateError as error:
            if is_asked or not self.is_ready:
                self.health.bad(error)

    async def _try_own(self) -> None:
        try:
            await self._put_in_force(self.own)
        except CertificateError as error:
            log.warning("The certificate of this box is damaged; a new one is made. %s", error)

    async def _is_outdated(self) -> bool:
        """Whether it ends soon, is not valid yet, or lacks a name of this box."""
        if self.facts is None or self.in_force is None:
            return True
        now, facts = self._clock(), self.facts
        if not facts.not_before_ms <= now < facts.not_after_ms - RENEW_BEFORE_MS:
            return True
        return not facts.names.covers(await self._names())

    async def _make(self) -> None:
        """Make a certificate for the names of now and, while there is room, of before."""
        self._no_making_before_s = time.monotonic() + _TRY_AGAIN_AFTER_S
        names = await self._names()
        if self.facts is not None:
            names = names.and_then(self.facts.names)
        order = {"hosts": names.hosts, "addresses": names.addresses}
        made = await ask_maker(order)
        await finish(asyncio.to_thread(self._store, made))
        await self._put_in_force(self.own)
        self._no_making_before_s = 0.0
        await self._announce(text("This box made itself a certificate"))

    def _store(self, made: dict[str, Any]) -> None:
        try:
            write_private(self.own.key, made["key"])
            write_private(self.own.certificate, made["certificate"])
            remember(self._notes(self.own), made["facts"])
        except OSError as error:
            raise CertificateError(
                f"The certificate of this box could not be stored in "
                f"{self.own.certificate.parent}: {error.strerror or error}."
            ) from error

    async def _put_in_force(self, pair: Pair) -> bool:
        """Whether it has never been in force before."""
        context = await asyncio.to_thread(load_context, pair)
        pem = await asyncio.to_thread(read_certificate, pair.certificate)
        known = await asyncio.to_thread(remembered, self._notes(pair), fingerprint_of(pem))
        facts = known or await self._look_into(pem, self._notes(pair))
        self._current, self.in_force, self.facts = context, pair, facts
        return known is None

    async def _look_into(self, pem: str, notes: Path) -> Facts:
        found = (await ask_maker({"look_at": pem}))["facts"]
        try:
            await asyncio.to_thread(remember, notes, found)
        except OSError as error:
            log.warning("What the certificate says could not be noted: %s", error)
        return facts_from(found)

    def _notes(self, pair: Pair) -> Path:
        name = "certificate.json" if pair == self.own else "given.json"
        return self.own.certificate.with_name(name)

    async def _names(self) -> Names:
        return await asyncio.to_thread(names_of_this_box, self._more_names)

    async def _announce(self, what: str) -> None:
        assert self.facts is not None  # noqa: S101 it has just been put in force
        words = text(
            "{what}; its SHA-256 fingerprint is {fingerprint}.",
            what=what,
            fingerprint=spelled(self.facts.fingerprint),
        )
        log.info("%s", words)
        if self.in_force == self.given and is_readable_by_all(self.given.key):
            log.warning("Every user of this box may read %s; chmod 600 is better.", self.given.key)
        await self.tell(words)

    def _choose(
        self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext
    ) -> None:
        """Each handshake goes on with what is in force now."""
        connection.context = self._current
