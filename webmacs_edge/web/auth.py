"""Signing in and out, the first administrator, and the role that each route asks for."""

import asyncio
import base64
import functools
import hashlib
import logging
import unicodedata
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import bcrypt
from aiohttp import hdrs, web

from webmacs_edge.model.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    SignInError,
    StoreError,
)
from webmacs_edge.model.passwords import password_fault
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.database import Database
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.users import count_users, create_first_admin, find_user_by_email
from webmacs_edge.web.keys import DATABASE, SECRET_KEY, USER
from webmacs_edge.web.openapi import Operation
from webmacs_edge.web.paths import is_page
from webmacs_edge.web.schemas.auth import check_username
from webmacs_edge.web.schemas.bodies import read_json
from webmacs_edge.web.schemas.fields import email_address
from webmacs_edge.web.throttle import SIGN_INS
from webmacs_edge.web.tokens import (
    LIFE_S,
    SESSION_COOKIE,
    end_token,
    given_token,
    make_token,
    read_token,
)

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import User

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COST = 12
# Of no password: checked for unknown e-mails, so that these take as long as wrong passwords.
DUMMY_HASH = "$2b$12$LZeh7Rr3ZEYRuoHXIrXhJ.K0YgnqhOEHp/kvTWIDUBPi9YxO25xWK"
WRONG = "The e-mail or the password is wrong."


class MissingLoginError(SignInError):
    """The request carries no credentials at all."""


async def hash_password(password: str) -> str:
    """The bcrypt hash to store; made in a thread."""
    hashed = await asyncio.to_thread(bcrypt.hashpw, _digest(password), bcrypt.gensalt(COST))
    return hashed.decode()


async def verify_password(password: str, password_hash: str) -> bool:
    """Whether it is the password of this hash; checked in a thread."""
    try:
        return await asyncio.to_thread(bcrypt.checkpw, _digest(password), password_hash.encode())
    except ValueError:  # not a bcrypt hash: this user has no password
        return False


def _digest(password: str) -> bytes:
    """44 characters that stand for all of the password: bcrypt looks at no more than 72 bytes.

    Base64, because bcrypt stops at a zero byte; normalised, because keyboards spell “é” in two
    ways.
    """
    text = unicodedata.normalize("NFKC", password)
    return base64.b64encode(hashlib.sha256(text.encode()).digest())


async def sign_in(request: web.Request, email: str, password: str) -> "tuple[User, str]":
    """The user and a fresh token; SignInError with one text whatever was wrong, ThrottledError."""
    database, sign_ins = request.app[DATABASE], request.app[SIGN_INS]
    sign_ins.take(email, request.remote)
    async with database.read() as session:
        user = await find_user_by_email(session, email)
    async with sign_ins.hashing:
        right = await verify_password(password, user.password_hash if user else DUMMY_HASH)
    if user is None or not right:
        log.info("A sign-in from %s was refused.", request.remote)
        raise SignInError(WRONG)
    sign_ins.forgive(email, request.remote)
    await _note_sign_in(database, user)
    return user, make_token(user, request.app[SECRET_KEY], at_ms=now_ms())


async def _note_sign_in(database: Database, user: "User") -> None:
    text, at_ms = f"{user.username} signed in.", now_ms()
    try:
        await database.write(
            lambda session: add_log_entry(session, text, at_ms=at_ms, user_public_id=user.public_id)
        )
    except StoreError as error:  # with a full disk one must still be able to sign in
        log.warning("The sign-in of %s could not be noted: %s", user.username, error)


async def set_up(
    request: web.Request, email: str, *, username: str, password: str
) -> "tuple[User, str]":
    """Create the first administrator and sign in; ConflictError when somebody was first."""
    database = request.app[DATABASE]
    if not await is_fresh(database):
        raise ConflictError("This appliance is set up already. Sign in instead.")
    at_ms = now_ms()
    user = await create_admin(
        database, email=email, username=username, password=password, at_ms=at_ms
    )
    return user, make_token(user, request.app[SECRET_KEY], at_ms=at_ms)


async def create_admin(
    database: Database, *, email: str, username: str, password: str, at_ms: int
) -> "User":
    """Store the first administrator; InvalidError names the field that is not fit."""
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
        text = f"The appliance was set up; {username} is its first administrator."
        await add_log_entry(session, text, at_ms=at_ms, user_public_id=user.public_id)
        return user

    return await database.write(work)


async def is_fresh(database: Database) -> bool:
    """True until the appliance has its first user."""
    async with database.read() as session:
        return await count_users(session) == 0


def start_session(response: web.StreamResponse, request: web.Request, token: str) -> None:
    """Let the browser keep the token, out of reach of scripts and of other sites."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=LIFE_S,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=request.secure,
    )


async def end_session(request: web.Request, response: web.StreamResponse) -> None:
    """Refuse the token of this request from now on, and let the browser forget it."""
    token = given_token(request)
    claims = read_token(token, request.app[SECRET_KEY]) if token else None
    if claims is not None:
        await end_token(request.app[DATABASE], claims, at_ms=now_ms())
    if SESSION_COOKIE in request.cookies:
        response.del_cookie(
            SESSION_COOKIE, path="/", httponly=True, samesite="Strict", secure=request.secure
        )


def current_user(request: web.Request) -> "User | None":
    """Who is signed in, if anybody."""
    return request.get(USER)


def requires(role: UserRole | None, handler: Handler) -> Handler:
    """The handler for this role and above; None lets everybody in.

    Carries `role`, and `operation` if the handler has one. Somebody who is not signed in gets 401,
    or on a page the way to the sign-in page; with too low a role, 403.
    """
    marked: Operation | None = getattr(handler, "operation", None)

    @functools.wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        if marked is not None and marked.body is not None:
            await read_json(request)
        if role is not None:
            await _check_role(request, role)
        return await handler(request)

    guarded.role = role  # type: ignore[attr-defined] # functions carry attributes
    return guarded


async def _check_role(request: web.Request, role: UserRole) -> None:
    user = current_user(request)
    if user is None:
        await _send_to_sign_in(request)
        if given_token(request) is None:
            raise MissingLoginError("Please sign in first.")
        raise SignInError("This login has ended. Please sign in again.")
    if user.role.rank < role.rank:
        raise NotAllowedError(f"This needs the role {role.value}; yours is {user.role.value}.")


async def _send_to_sign_in(request: web.Request) -> None:
    """Raise a redirect where a person is waiting for a page."""
    if not is_page(request):
        return
    if await is_fresh(request.app[DATABASE]):
        target = "/setup"
    else:
        path = request.path_qs if request.method == hdrs.METH_GET else "/"
        target = "/sign-in" if path == "/" else f"/sign-in?next={quote(path, safe='/')}"
    if "HX-Request" in request.headers:
        raise web.HTTPUnauthorized(headers={"HX-Redirect": target.partition("?")[0]})
    raise web.HTTPSeeOther(target)
