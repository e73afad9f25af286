"""Signing in and out, and the first administrator."""

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from webmacs_edge.model.actors import Actor
from webmacs_edge.model.errors import (
    ConflictError,
    InvalidError,
    SignInError,
    StoreError,
    ThrottledError,
)
from webmacs_edge.model.passwords import password_fault
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.api_tokens import delete_api_token
from webmacs_edge.store.blacklist_tokens import blacklist_token, forget_blacklisted
from webmacs_edge.store.database import Database
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.logins import add_login, end_token_login
from webmacs_edge.store.users import count_users, create_first_admin, find_user_by_email
from webmacs_edge.web.addresses import client_address
from webmacs_edge.web.doors import came_by_https
from webmacs_edge.web.hashing import hash_password, verify_password
from webmacs_edge.web.keys import DATABASE, REQUEST_ID, SECRET_KEY, USER
from webmacs_edge.web.refusals import note_refused_sign_in
from webmacs_edge.web.schemas.auth import check_username
from webmacs_edge.web.schemas.fields import email_address
from webmacs_edge.web.throttle import SIGN_INS
from webmacs_edge.web.tokens import (
    CREDENTIAL,
    ENDED,
    LIFE_S,
    RECENT,
    UNWRITTEN,
    Credential,
    make_token,
    new_token_id,
    session_cookie,
)
from webmacs_edge.web.writing import actor_for, write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import User

log = logging.getLogger(__name__)

WRONG = text("The e-mail or the password is wrong.")


async def sign_in(request: web.Request, email: str, password: str) -> "tuple[User, str]":
    """The user and a fresh token; SignInError with one text whatever was wrong, ThrottledError."""
    sign_ins, address = request.app[SIGN_INS], client_address(request)
    try:
        sign_ins.take(email, address)
    except ThrottledError:
        await note_refused_sign_in(request, "too many tries", name=email)
        raise
    async with request.app[DATABASE].read() as session:
        user = await find_user_by_email(session, email)
    async with sign_ins.hashing:
        right = await verify_password(password, user.password_hash if user else None)
    if user is None or not right:
        log.info("A sign-in from %s was refused.", address)
        why = "wrong password" if user else "no such user"
        await note_refused_sign_in(request, why, user=user, name=email)
        raise SignInError(WRONG)
    if not user.enabled:
        await note_refused_sign_in(request, "the account is disabled", user=user)
        raise SignInError(text("This account is disabled. Ask an administrator to enable it."))
    sign_ins.forgive(email, address)
    return user, await open_login(request, user)


async def open_login(request: web.Request, user: "User") -> str:
    """A fresh token for a user who has proven who they are, noted as one of their logins."""
    token_id, at_ms = new_token_id(), now_ms()
    words = text("{user} signed in.", user=user.username)

    async def work(session: "AsyncSession") -> None:
        await add_login(
            session,
            user,
            token_id=token_id,
            address=client_address(request),
            user_agent=request.headers.get(hdrs.USER_AGENT, ""),
            at_ms=at_ms,
            expires_on_ms=at_ms + LIFE_S * 1000,
        )
        await add_log_entry(session, words, at_ms=at_ms, user_public_id=user.public_id)

    try:
        await write(request, work, actor=actor_for(request, user))
    except StoreError as error:  # with a full disk one must still be able to sign in
        log.warning("The sign-in of %s could not be noted: %s", user.username, error)
        request.app[UNWRITTEN].add(token_id)
    return make_token(user, request.app[SECRET_KEY], at_ms=at_ms, token_id=token_id)


async def set_up(
    request: web.Request, email: str, *, username: str, password: str
) -> "tuple[User, str]":
    """Create the first administrator and sign in; ConflictError when somebody was first."""
    if not await is_fresh(request.app[DATABASE]):
        raise ConflictError(text("This appliance is set up already. Sign in instead."))
    newcomer = Actor(
        username, UserRole.admin, via="set-up", address=client_address(request),
        request_id=request[REQUEST_ID],
    )  # fmt: skip
    user = await create_admin(
        lambda work: write(request, work, actor=newcomer),
        email=email, username=username, password=password, at_ms=now_ms(),
    )  # fmt: skip
    return user, await open_login(request, user)


async def create_admin(
    store: "Callable[[Callable[[AsyncSession], Awaitable[User]]], Awaitable[User]]",
    *,
    email: str,
    username: str,
    password: str,
    at_ms: int,
) -> "User":
    """Store the first administrator; InvalidError names the field that is not fit.

    `store` runs the work in a transaction, in the name of whoever sets the appliance up.
    """
    check_username(username)
    fault = password_fault(password, email=email)
    if fault:
        raise InvalidError(fault, field="password")
    try:
        address = email_address(email)
    except ValueError as error:
        raise InvalidError(str(error), field="email") from error
    password_hash = await hash_password(password)

    async def work(session: "AsyncSession") -> "User":
        user = await create_first_admin(
            session, email=address, username=username, password_hash=password_hash, at_ms=at_ms
        )
        words = text("The appliance was set up; {user} is its first administrator.", user=username)
        await add_log_entry(session, words, at_ms=at_ms, user_public_id=user.public_id)
        return user

    return await store(work)


async def is_fresh(database: Database) -> bool:
    """True until the appliance has its first user."""
    async with database.read() as session:
        return await count_users(session) == 0


def start_session(response: web.StreamResponse, request: web.Request, token: str) -> None:
    """Let the browser keep the token, out of reach of scripts and of other sites."""
    response.set_cookie(
        session_cookie(request),
        token,
        max_age=LIFE_S,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=came_by_https(request),
    )


async def end_session(request: web.Request, response: web.StreamResponse) -> None:
    """Refuse the token of this request from now on, and let the browser forget it.

    An API token is revoked: whoever signs out with one means it. With a full disk it ends too, but
    might be good again after a restart, until it expires by itself.
    """
    credential = request.get(CREDENTIAL)
    if credential is not None:
        try:
            await _end_credential(request, credential)
        except StoreError as error:
            request.app[ENDED].add(credential.key)
            log.warning("The sign-out of %s could not be kept: %s", credential.user.username, error)
    name, is_safe = session_cookie(request), came_by_https(request)
    if name in request.cookies:
        response.del_cookie(name, path="/", httponly=True, samesite="Strict", secure=is_safe)


async def _end_credential(request: web.Request, credential: Credential) -> None:
    request.app[UNWRITTEN].discard(credential.key)
    request.app[RECENT].pop(credential.key, None)
    at_ms = now_ms()

    async def work(session: "AsyncSession") -> None:
        if credential.scope is not None:
            await delete_api_token(session, credential.token_public_id)
            return
        await forget_blacklisted(session, before_ms=at_ms - LIFE_S * 1000)
        await blacklist_token(session, credential.key, at_ms=at_ms)
        await end_token_login(session, credential.key, at_ms=at_ms)

    await write(request, work)


def current_user(request: web.Request) -> "User | None":
    """Who is signed in, if anybody."""
    return request.get(USER)
