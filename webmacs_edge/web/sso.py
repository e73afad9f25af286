"""Sign-in by a provider: attempts on their way, codes for a front end, and whose user it is."""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import aiohttp_jinja2
from aiohttp import web

from webmacs_edge.model.actors import Actor
from webmacs_edge.model.errors import ConflictError, NotAllowedError, WebmacsError
from webmacs_edge.model.sso import MAX_SUBJECT, Person, is_verified, username_of
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.sso_users import create_sso_user, find_sso_user, link_sso_user
from webmacs_edge.web.addresses import client_address
from webmacs_edge.web.hashing import hash_password
from webmacs_edge.web.keys import DATABASE, REQUEST_ID, SETTINGS
from webmacs_edge.web.oidc import Attempt, Provider
from webmacs_edge.web.schemas.fields import email_address
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import User

ATTEMPT_LIFE_S = 600.0
CODE_LIFE_S = 60.0
_MOST_KEPT = 1000
_MOST_OF_ONE_ADDRESS = 20

T = TypeVar("T")


class SsoError(WebmacsError):
    """Signing in by the provider cannot go on; with the status of the answer."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in on its way, and where it is to end."""

    attempt: Attempt
    target: str  # a page of ours; "" for a front end
    front_end: str  # its origin; "" for our own pages


class Passing(Generic[T]):
    """Things kept for a short while, each taken once; bounded, and for one address more so."""

    def __init__(self, life_s: float) -> None:
        self._life_s = life_s
        self._kept: OrderedDict[str, tuple[float, str, T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, key: str, thing: T, *, address: str) -> None:
        """Keep it; what is too old or too much goes."""
        now_s = time.monotonic()
        while self._kept and next(iter(self._kept.values()))[0] < now_s:
            self._kept.popitem(last=False)
        same = [name for name, (_, whose, _) in self._kept.items() if whose == address]
        if len(same) >= _MOST_OF_ONE_ADDRESS:
            del self._kept[same[0]]
        if len(self._kept) >= _MOST_KEPT:
            self._kept.popitem(last=False)
        self._kept[_digest(key)] = (now_s + self._life_s, address, thing)

    def take(self, key: str) -> T | None:
        """The thing, for the first who asks in time."""
        until_s, _, thing = self._kept.pop(_digest(key), (0.0, "", None))
        return thing if time.monotonic() <= until_s else None


class Sso:
    """What the appliance knows of sign-ins by its provider."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.started: Passing[Started] = Passing(ATTEMPT_LIFE_S)
        self._codes: Passing[User] = Passing(CODE_LIFE_S)

    def take_started(self, state: str, binding: str) -> Started:
        """The attempt that this very browser began; SsoError for any other."""
        started = self.started.take(state)
        if started is None:
            raise SsoError(
                text("This sign-in was begun too long ago, or is used up. Please begin again."),
                status=400,
            )
        if not hmac.compare_digest(started.attempt.binding.encode(), binding.encode()):
            raise SsoError(
                text(
                    "This sign-in was not begun in this browser, or its cookies are blocked. "
                    "Please begin again here."
                ),
                status=400,
            )
        return started

    def make_code(self, user: "User", *, address: str) -> str:
        """A code that its front end may exchange for a token, once, within a minute."""
        code = secrets.token_urlsafe(48)
        self._codes.keep(code, user, address=address)
        return code

    def take_code(self, code: str) -> "User":
        """Whose code it is; SsoError when it is unknown, used or too old."""
        user = self._codes.take(code)
        if user is None:
            raise SsoError(text("This code is not valid, or no longer. Sign in again."), status=400)
        return user


SSO = web.AppKey("sso", Sso)


def set_up_sso(app: web.Application) -> None:
    """Give the application its provider, if the settings name one; call after the templates."""
    settings = app[SETTINGS]
    if settings.oidc_issuer_url:
        app[SSO] = Sso(Provider(settings))
    names = aiohttp_jinja2.get_env(app).globals
    names["sso_name"] = settings.oidc_provider_name if SSO in app else ""


def sso_of(request: web.Request) -> Sso:
    """The provider of this appliance; SsoError when there is none."""
    if SSO not in request.app:
        raise SsoError(text("Sign-in by a provider is not set up on this appliance."), status=404)
    return request.app[SSO]


async def user_of(request: web.Request, claims: Mapping[str, Any]) -> "User":
    """The user of whoever the provider vouches for: known, joined now, or new.

    SsoError when the provider does not say enough, or when they may not come in.
    """
    person = _person(request, claims)
    async with request.app[DATABASE].read() as session:
        user = await find_sso_user(session, person.provider, person.subject)
    if user is None:
        try:
            user = await _admit(request, person)
        except (NotAllowedError, ConflictError) as error:
            raise SsoError(str(error), status=403) from error
    if not user.enabled:
        raise SsoError(
            text("This account is disabled. Ask an administrator to enable it."), status=403
        )
    return user


async def _admit(request: web.Request, person: Person) -> "User":
    """Join them to a user, or make one, as the settings allow."""
    settings, at_ms = request.app[SETTINGS], now_ms()
    may_be_new = settings.oidc_auto_create_users and person.email_verified
    password_hash = await hash_password(secrets.token_urlsafe(32)) if may_be_new else ""
    role = UserRole(settings.oidc_default_role)

    async def work(session: "AsyncSession") -> "User":
        user = await find_sso_user(session, person.provider, person.subject)
        user = user or await link_sso_user(session, person)
        if user is not None:
            return user
        if not may_be_new:
            raise NotAllowedError(_why_not_new(person))
        return await create_sso_user(
            session, person, password_hash=password_hash, role=role, at_ms=at_ms
        )

    return await write(request, work, actor=_newcomer(request, person))


def _person(request: web.Request, claims: Mapping[str, Any]) -> Person:
    provider, subject = request.app[SETTINGS].oidc_provider_name, claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise SsoError(
            text("{provider} does not say who signed in.", provider=provider), status=400
        )
    try:
        email = email_address(str(claims.get("email") or ""))
    except ValueError as error:
        raise SsoError(
            text(
                "{provider} does not tell an e-mail of yours that can be used here. "
                "Ask whoever looks after it to send the e-mail with the sign-in.",
                provider=provider,
            ),
            status=400,
        ) from error
    return Person(provider, subject, email, is_verified(claims), username_of(claims))


def _why_not_new(person: Person) -> str:
    if not person.email_verified:
        return f"{person.provider} has not verified your e-mail {person.email}. Verify it there."
    return f"Nobody here knows {person.email} yet. Ask an administrator to add you as a user."


def _newcomer(request: web.Request, person: Person) -> Actor:
    return Actor(
        person.username,
        UserRole.viewer,
        via=f"sign-in by {person.provider}",
        address=client_address(request),
        request_id=request.get(REQUEST_ID, ""),
    )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
