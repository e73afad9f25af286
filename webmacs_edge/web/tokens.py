"""Bearer tokens: signed by this box, for 24 hours, void once their login has ended."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import hdrs, web

from webmacs_edge.memory import import_without
from webmacs_edge.model.errors import StoreUnreachableError
from webmacs_edge.store.blacklist_tokens import (
    blacklist_token,
    forget_blacklisted,
    is_blacklisted,
)
from webmacs_edge.store.database import Database
from webmacs_edge.store.users import find_user
from webmacs_edge.web.keys import DATABASE, SECRET_KEY

if TYPE_CHECKING:
    import jwt
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import User
else:
    jwt = import_without("jwt", "cryptography")

SESSION_COOKIE = "webmacs_session"
LIFE_S = 24 * 3600
MOST_RECENT = 1000
_ALGORITHM = "HS256"
_PARTY = "webmacs-edge"  # issuer and audience
_CLAIMS = ("sub", "role", "iat", "exp", "jti", "iss", "aud", "gen")

# Whose token it was by its id, for as long as a database server is away.
RECENT: "web.AppKey[dict[str, User]]" = web.AppKey("recent", dict)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says: whose it is, its own id, and the generation it belongs to."""

    user_id: int
    token_id: str
    generation: int


def make_token(user: "User", key: bytes, *, at_ms: int) -> str:
    """A token for this user; it names the role, but the role that counts is the stored one."""
    at_s = at_ms // 1000
    claims = {
        "sub": str(user.id),
        "role": user.role.value,
        "iat": at_s,
        "exp": at_s + LIFE_S,
        "jti": str(uuid4()),
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
        return Claims(int(claims["sub"]), str(claims["jti"]), int(claims["gen"]))
    except (jwt.InvalidTokenError, ValueError):
        return None


def given_token(request: web.Request) -> str | None:
    """The token of a request: the bearer's, else the browser's."""
    return bearer_token(request) or request.cookies.get(SESSION_COOKIE) or None


def bearer_token(request: web.Request) -> str | None:
    """The token in the Authorization header; other schemes count as none."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


async def user_of_token(app: web.Application, token: str) -> "User | None":
    """Whose token it is; None when it is not ours, has expired, was ended, or the user is gone."""
    claims = read_token(token, app[SECRET_KEY])
    if claims is None:
        return None
    recent = app[RECENT]
    try:
        user = await _user_of_claims(app[DATABASE], claims)
    except StoreUnreachableError:
        if claims.token_id not in recent:
            raise
        return recent[claims.token_id]
    recent.pop(claims.token_id, None)
    if user is not None:
        recent[claims.token_id] = user
        if len(recent) > MOST_RECENT:
            recent.pop(next(iter(recent)))
    return user


async def _user_of_claims(database: Database, claims: Claims) -> "User | None":
    async with database.read() as session:
        user = await find_user(session, claims.user_id)
        if user is None or user.token_generation != claims.generation:
            return None
        return None if await is_blacklisted(session, claims.token_id) else user


async def end_token(database: Database, claims: Claims, *, at_ms: int) -> None:
    """Refuse the token from now on.

    Its id is noted rather than its text: the same token can be spelled in several ways.
    """

    async def work(session: "AsyncSession") -> None:
        await forget_blacklisted(session, before_ms=at_ms - LIFE_S * 1000)
        await blacklist_token(session, claims.token_id, at_ms=at_ms)

    await database.write(work)
