"""Refused sign-ins and requests in the audit trail, so few that nobody can fill the disk."""

import logging
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.typedefs import Handler

from webmacs_edge.model.actors import Actor
from webmacs_edge.model.audit import AuditAction, Change
from webmacs_edge.model.audit_words import cut
from webmacs_edge.model.errors import NotAllowedError, StoreError, ToldRefusalError
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.auditing import record
from webmacs_edge.web.addresses import client_address
from webmacs_edge.web.throttle import address_key
from webmacs_edge.web.tokens import CREDENTIAL, Credential
from webmacs_edge.web.writing import actor_for, write_as

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import User

log = logging.getLogger(__name__)

PER_MINUTE = 10  # entries from one address
PER_DAY = 1000  # entries in all
SUMMARY_S = 900.0  # between two entries that say how many more there were
MAX_ADDRESSES = 1024
NAMED_ADDRESSES = 10
MAX_PATH = 200
_MINUTE_S = 60.0
_DAY_S = 86_400.0
_UNKNOWN = "unknown"
_SIGN_IN = "sign-in"


@dataclass(slots=True)
class _Window:
    start_s: float
    count: int = 0


@dataclass(slots=True)
class Refusals:
    """What was told of refusals lately, and how many were not; in RAM, bounded."""

    windows: "OrderedDict[str, _Window]" = field(default_factory=OrderedDict)
    day: _Window = field(default_factory=lambda: _Window(0.0))
    untold: "Counter[str]" = field(default_factory=Counter)
    summary_at_s: float = 0.0

    def may_tell(self, address: str, *, now_s: float) -> bool:
        """Whether this refusal gets an entry of its own; else it is counted."""
        key = address_key(address)
        if self._take(key, now_s):
            return True
        is_known = key in self.untold or len(self.untold) < MAX_ADDRESSES
        self.untold[key if is_known else "others"] += 1
        return False

    def take_untold(self, *, now_s: float, is_last: bool = False) -> dict[str, int]:
        """How many were counted by address, most first, once every quarter of an hour."""
        if not self.untold or (now_s < self.summary_at_s and not is_last):
            return {}
        counted, self.untold = dict(self.untold.most_common()), Counter()
        self.summary_at_s = now_s + SUMMARY_S
        return counted

    def _take(self, key: str, now_s: float) -> bool:
        window = self.windows.pop(key, None)
        if window is None or now_s >= window.start_s + _MINUTE_S:
            window = _Window(now_s)
        self.windows[key] = window  # the newest stands last
        if len(self.windows) > MAX_ADDRESSES:
            self.windows.popitem(last=False)
        if now_s >= self.day.start_s + _DAY_S:
            self.day = _Window(now_s)
        if window.count >= PER_MINUTE or self.day.count >= PER_DAY:
            return False
        window.count += 1
        self.day.count += 1
        return True


REFUSALS = web.AppKey("refusals", Refusals)


def set_up_refusals(app: web.Application) -> None:
    """Give the application its memory of refusals; call once, before it starts."""
    app[REFUSALS] = Refusals()


@web.middleware
async def tell_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Write down when somebody who is signed in was refused."""
    try:
        return await handler(request)
    except NotAllowedError as error:
        if CREDENTIAL in request and not isinstance(error, ToldRefusalError):
            await note_refusal(request, str(error), credential=request[CREDENTIAL])
        raise


async def note_refusal(request: web.Request, why: str, *, credential: Credential) -> None:
    """Tell the trail that somebody who has signed in was refused; never fails."""
    asked = f"{request.method} {cut(request.path, MAX_PATH)}"
    change = Change(AuditAction.refused, new={"request": asked, "why": cut(why)}, refused=True)
    actor = actor_for(request, credential.user, via=credential.via)
    await _tell(request, actor, change)


async def note_refused_sign_in(
    request: web.Request, why: str, *, user: "User | None" = None, name: str = ""
) -> None:
    """Tell the trail of a sign-in that failed, of a user or of who says to be `name`; never fails.

    With a full disk, too, the answer is a refusal.
    """
    address = client_address(request)
    if user is not None:
        actor = actor_for(request, user, via=_SIGN_IN)
    else:
        actor = Actor(_named(name), UserRole.viewer, via=_SIGN_IN, address=address)
    await _tell(request, actor, Change(AuditAction.sign_in, new={"why": why}, refused=True))


async def tell_untold(app: web.Application, *, is_last: bool = False) -> None:
    """One entry for all refusals that got none of their own."""
    counted = app[REFUSALS].take_untold(now_s=time.monotonic(), is_last=is_last)
    if not counted:
        return
    most = dict(list(counted.items())[:NAMED_ADDRESSES])
    more = {"and_more": sum(counted.values()), "addresses": len(counted), "most_from": most}
    actor = Actor(name=_UNKNOWN, role=UserRole.viewer, via="several requests")
    await _write(app, actor, Change(AuditAction.refused, new=more, refused=True))


async def _tell(request: web.Request, actor: Actor, change: Change) -> None:
    refusals = request.app[REFUSALS]
    if refusals.may_tell(client_address(request), now_s=time.monotonic()):
        await _write(request.app, actor, change)


async def _write(app: web.Application, actor: Actor, change: Change) -> None:
    async def work(session: "AsyncSession") -> None:
        record(session, change)

    try:
        await write_as(app, actor, work)
    except StoreError as error:
        log.warning("A refusal could not be written into the audit trail: %s", error)


def _named(name: str) -> str:
    """What was typed as an e-mail; not what looks like a password typed in the wrong place."""
    return cut(name, 100) if "@" in name else _UNKNOWN
