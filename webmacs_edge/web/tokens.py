"""Bearer tokens: those of a sign-in, signed by this box for 24 hours, and API tokens of programs.

Every request looks up what its token stands for, so that a login which was ended, a user who was
disabled and a role that changed count from the next request on. What was found is good until the
database changes, whoever changes it, the command line included.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import hdrs, web

from webmacs_edge.memory import import_without
from webmacs_edge.model.errors import StoreUnreachableError
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import TokenScope, UserRole
from webmacs_edge.store.api_tokens import find_api_token, token_hash
from webmacs_edge.store.database import Database
from webmacs_edge.store.logins import find_login
from webmacs_edge.web.doors import Shown, came_by_https, shown_at
from webmacs_edge.web.keys import DATABASE, SECRET_KEY

if TYPE_CHECKING:
    import jwt

    from webmacs_edge.store.tables import User
else:
    jwt = import_without("jwt", "cryptography")

SESSION_COOKIE = "webmacs_session"
API_TOKEN = "wm_"  # noqa: S105 what they begin with
LIFE_S = 24 * 3600
MOST_RECENT = 1000
_ALGORITHM = "HS256"
_PARTY = "webmacs-edge"  # issuer and audience
_CLAIMS = ("sub", "role", "iat", "exp", "jti", "iss", "aud", "gen")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says: whose it is, its own id, and the generation it belongs to."""

    user_public_id: str
    token_id: str
    generation: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request has proven: whose it is, by a sign-in or by an API token."""

    user: "User"
    key: str  # names the token in memory, without being it
    row_id: int | None = None  # of its login or API token; None: not in the database
    used_at_ms: int = 0  # as the database says
    token_name: str = ""  # of an API token
    token_public_id: str = ""
    scope: TokenScope | None = None  # of an API token; None: a person signed in
    expires_at_ms: int | None = None

    @property
    def via(self) -> str:
        """How the audit trail names it."""
        return "session" if self.scope is None else f"token {self.token_name}"

    def has_expired(self, at_ms: int) -> bool:
        """Whether it was good until before then."""
        return self.expires_at_ms is not None and self.expires_at_ms <= at_ms

    def refusal(self, role: UserRole, scopes: AbstractSet[TokenScope]) -> str:
        """Why this may not be done with it, in a sentence; "" when it may."""
        if self.user.role.rank < role.rank:
            return f"This needs the role {role.value}; yours is {self.user.role.value}."
        if self.scope is None or self.scope in scopes:
            return ""
        if not scopes:
            return "API tokens may not do this. Sign in with e-mail and password."
        return (
            f"This API token has the scope {self.scope.value}; "
            f"this needs {' or '.join(sorted(scopes))}."
        )


CREDENTIAL: "web.RequestKey[Credential]" = web.RequestKey("credential", Credential)
# What tokens stood for, by key, for as long as a database server is away.
RECENT: "web.AppKey[dict[str, Credential]]" = web.AppKey("recent", dict)
# What tokens stand for, by their hash, with the version of the database that says so.
KNOWN: "web.AppKey[dict[bytes, tuple[int, Credential]]]" = web.AppKey("known", dict)
# Token ids of sign-ins that a full or read-only disk could not keep; they hold until a restart.
UNWRITTEN: "web.AppKey[set[str]]" = web.AppKey("unwritten", set)
# Keys of tokens whose end could not be kept there; refused until a restart all the same.
ENDED: "web.AppKey[set[str]]" = web.AppKey("ended", set)


def new_token_id() -> str:
    """The id of a token to be made (`jti`)."""
    return str(uuid4())


def make_token(user: "User", key: bytes, *, at_ms: int, token_id: str) -> str:
    """A token for this user; it names the role, but the role that counts is the stored one.

    It is of no use without a login of this token id.
    """
    at_s = at_ms // 1000
    claims = {
        "sub": user.public_id,
        "role": user.role.value,
        "iat": at_s,
        "exp": at_s + LIFE_S,
        "jti": token_id,
        "iss": _PARTY,
        "aud": _PARTY,
        "gen": user.token_generation,
    }
    return jwt.encode(claims, key, algorithm=_ALGORITHM)


def read_token(token: str, key: bytes) -> Claims | None:
    """The claims of a token that we signed and that has not expired."""
    if not token.isascii():
        return None
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            audience=_PARTY,
            issuer=_PARTY,
            options={"require": list(_CLAIMS), "verify_iat": False},  # the clock may step back
        )
        return Claims(
            str(claims["sub"]), str(claims["jti"]), int(claims["gen"]), int(claims["exp"]) * 1000
        )
    except (jwt.InvalidTokenError, ValueError):
        return None


def given_token(request: web.Request) -> str | None:
    """The token of a request: the bearer's, else the browser's."""
    return bearer_token(request) or cookie_token(request)


def cookie_token(request: web.Request) -> str | None:
    """The token of the browser; a front end of somebody else, on its own port, has none."""
    if shown_at(request) is Shown.spa:
        return None
    return request.cookies.get(session_cookie(request)) or None


def session_cookie(request: web.Request) -> str:
    """Name of the cookie: by HTTPS one that plain HTTP can neither read nor take the place of."""
    return f"__Host-{SESSION_COOKIE}" if came_by_https(request) else SESSION_COOKIE


def bearer_token(request: web.Request) -> str | None:
    """The token in the Authorization header; other schemes count as none."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


async def credential_of(app: web.Application, token: str) -> Credential | None:
    """What a token proves; None when it is not ours, expired, was ended, or the user is gone."""
    known, name = app[KNOWN], sha256(token.encode("utf-8", "surrogateescape")).digest()
    version = app[DATABASE].version()  # before it is looked up: what changes meanwhile counts
    then, credential = known.pop(name, (None, None))
    if credential is None or then is None or then != version:
        credential = await _look_up(app, token)
    elif credential.has_expired(now_ms()) or credential.key in app[ENDED]:
        return None
    if credential is not None and version is not None:
        known[name] = version, credential
        if len(known) > MOST_RECENT:
            known.pop(next(iter(known)))
    return credential


async def _look_up(app: web.Application, token: str) -> Credential | None:
    if token.startswith(API_TOKEN):
        key, found = token_hash(token), _api_credential(app[DATABASE], token)
    else:
        claims = read_token(token, app[SECRET_KEY])
        if claims is None:
            return None
        unwritten = app[UNWRITTEN]
        key = claims.token_id
        found = _login_credential(app[DATABASE], claims, is_unwritten=unwritten.__contains__)
    recent = app[RECENT]
    try:
        credential = await found
        if key in app[ENDED]:
            return None
    except StoreUnreachableError:
        if key not in recent:
            raise
        return None if recent[key].has_expired(now_ms()) else recent[key]
    recent.pop(key, None)
    if credential is not None:
        recent[key] = credential
        if len(recent) > MOST_RECENT:
            recent.pop(next(iter(recent)))
    return credential


async def _login_credential(
    database: Database, claims: Claims, *, is_unwritten: Callable[[str], bool]
) -> Credential | None:
    async with database.read() as session:
        found = await find_login(
            session, user_public_id=claims.user_public_id, token_id=claims.token_id
        )
    if found is None:
        return None
    user, login = found
    key, end_ms = claims.token_id, claims.expires_at_ms
    if not user.enabled or user.token_generation != claims.generation:
        return None
    if login is None:
        is_here = is_unwritten(claims.token_id)
        return Credential(user, key, expires_at_ms=end_ms) if is_here else None
    if login.ended_on_ms is not None:
        return None
    return Credential(user, key, row_id=login.id, used_at_ms=login.seen_on_ms, expires_at_ms=end_ms)


async def _api_credential(database: Database, token: str) -> Credential | None:
    async with database.read() as session:
        found = await find_api_token(session, token)
    if found is None or not found.user.enabled or found.user.removed_on_ms is not None:
        return None
    credential = Credential(
        found.user,
        found.token_hash,
        row_id=found.id,
        used_at_ms=found.last_used_at_ms or 0,
        token_name=found.name,
        token_public_id=found.public_id,
        scope=found.scope,
        expires_at_ms=found.expires_at_ms,
    )
    return None if credential.has_expired(now_ms()) else credential
