"""What people do to accounts: the one room behind the pages and the API."""

import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.model.errors import ConflictError, InvalidError, NotAllowedError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import TokenScope, UserRole
from webmacs_edge.store.api_tokens import create_api_token, delete_api_token, get_api_token
from webmacs_edge.store.logins import end_login
from webmacs_edge.store.users import (
    create_user,
    get_user,
    remove_user,
    update_user,
    void_logins,
)
from webmacs_edge.web.addresses import client_address
from webmacs_edge.web.hashing import hash_password, verify_password
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.presence import PRESENCE
from webmacs_edge.web.throttle import SIGN_INS
from webmacs_edge.web.tokens import API_TOKEN
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import ApiToken, User

_RANDOM_BYTES = 48  # 64 characters


def is_admin(request: web.Request) -> bool:
    """Whether an administrator asks."""
    return request[USER].role is UserRole.admin


def check_self_or_admin(request: web.Request, public_id: str) -> None:
    """NotAllowedError when somebody else's account is asked for, whether it exists or not."""
    if request[USER].public_id != public_id and not is_admin(request):
        raise NotAllowedError(text("Other people's accounts are for administrators."))


async def add_user(
    request: web.Request, *, email: str, username: str, password: str, role: UserRole
) -> "User":
    """Store a new user; ConflictError names the field that is taken."""
    password_hash, at_ms = await _hash(request, password), now_ms()
    return await write(
        request,
        lambda session: create_user(
            session,
            email=email,
            username=username,
            password_hash=password_hash,
            role=role,
            at_ms=at_ms,
        ),
    )


async def change_user(
    request: web.Request, public_id: str, values: dict[str, Any], *, password: str | None = None
) -> "User":
    """Change columns of a user, and the password when there is one; see `update_user`."""
    if request[USER].public_id == public_id and values.get("enabled") is False:
        raise ConflictError(text("You cannot disable yourself. Ask another administrator."))
    if password is not None:
        values = {**values, "password_hash": await _hash(request, password)}
    at_ms = now_ms()
    return await write(
        request, lambda session: update_user(session, public_id, values=values, at_ms=at_ms)
    )


async def check_own_password(request: web.Request, password: str | None) -> None:
    """InvalidError unless it is the password of whoever asks; tries count as sign-ins do."""
    user, sign_ins = request[USER], request.app[SIGN_INS]
    if not password:
        raise InvalidError(
            text("Please give your password as it is now."), field="current_password"
        )
    address = client_address(request)
    sign_ins.take(user.email, address)
    async with sign_ins.hashing:
        right = await verify_password(password, user.password_hash)
    if not right:
        raise InvalidError(text("This is not your password."), field="current_password")
    sign_ins.forgive(user.email, address)


async def delete_user(request: web.Request, public_id: str) -> str:
    """Take a user out of use, for good; returns the name they had. What they made stays."""
    if request[USER].public_id == public_id:
        raise ConflictError(text("You cannot delete yourself. Ask another administrator."))
    at_ms = now_ms()
    return await write(request, lambda session: remove_user(session, public_id, at_ms=at_ms))


async def end_one_login(request: web.Request, public_id: str) -> None:
    """End one of one's own logins."""
    user_id, at_ms = request[USER].id, now_ms()
    await write(request, lambda session: end_login(session, user_id, public_id, at_ms=at_ms))


async def end_logins_of(request: web.Request, public_id: str) -> "User":
    """End every login of a user, also this one if it is theirs; returns them as they are now."""
    at_ms = now_ms()

    async def work(session: "AsyncSession") -> "User":
        user = await get_user(session, public_id)
        await void_logins(session, user, at_ms=at_ms)
        return user

    return await write(request, work)


async def add_token(
    request: web.Request, *, name: str, scope: TokenScope, expires_at_ms: int | None
) -> "tuple[ApiToken, str]":
    """A new API token of whoever asks, and its text, which is kept nowhere."""
    text = API_TOKEN + secrets.token_urlsafe(_RANDOM_BYTES)
    user_id, at_ms = request[USER].id, now_ms()
    token = await write(
        request,
        lambda session: create_api_token(
            session,
            user_id,
            name=name,
            text=text,
            scope=scope,
            expires_at_ms=expires_at_ms,
            at_ms=at_ms,
        ),
    )
    return token, text


async def revoke_token(request: web.Request, public_id: str) -> str:
    """Revoke an API token of one's own, or as an administrator anybody's; returns its name."""
    async with request.app[DATABASE].read() as session:
        token = await get_api_token(session, public_id)
    if token.user_id != request[USER].id and not is_admin(request):
        raise NotAllowedError(text("This API token belongs to somebody else."))
    await write(request, lambda session: delete_api_token(session, public_id))
    return token.name


def last_used_ms(app: web.Application, token: "ApiToken") -> int | None:
    """When a token was used last, also where that is about to be written."""
    known = (token.last_used_at_ms, app[PRESENCE].last_used_ms(token.token_hash))
    return max((at_ms for at_ms in known if at_ms is not None), default=None)


async def _hash(request: web.Request, password: str) -> str:
    async with request.app[SIGN_INS].hashing:
        return await hash_password(password)
