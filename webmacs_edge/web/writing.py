"""Writing in the name of whoever asks: what changes stands in the audit trail."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from webmacs_edge.model.actors import Actor
from webmacs_edge.model.audit import KEY_PURPOSE
from webmacs_edge.model.box_keys import derive_key
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.auditing import audited
from webmacs_edge.web.addresses import client_address
from webmacs_edge.web.keys import DATABASE, DISPATCHER, REQUEST_ID, SECRET_KEY, USER
from webmacs_edge.web.tokens import CREDENTIAL

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import User

T = TypeVar("T")


def actor_of(request: web.Request) -> Actor:
    """Who asks; only for requests that passed `requires`."""
    return actor_for(request, request[USER], via=request[CREDENTIAL].via)


def actor_for(request: web.Request, user: "User", *, via: str = "session") -> Actor:
    """A user, asking from where the request came."""
    return Actor(
        name=user.username,
        role=user.role,
        via=via,
        user_public_id=user.public_id,
        address=client_address(request),
        request_id=request.get(REQUEST_ID, ""),
    )


async def write(
    request: web.Request,
    work: "Callable[[AsyncSession], Awaitable[T]]",
    *,
    actor: Actor | None = None,
) -> T:
    """Run `work` in one transaction for whoever asks; returns after the commit.

    Everything it changes gets an audit entry in the same transaction. `actor` is for requests of
    people who are about to sign in.
    """
    return await write_as(request.app, actor or actor_of(request), work)


async def write_as(
    app: web.Application, actor: Actor, work: "Callable[[AsyncSession], Awaitable[T]]"
) -> T:
    """The same in somebody's name where there is no request, or none of theirs."""
    key = derive_key(app[SECRET_KEY], KEY_PURPOSE)
    result = await app[DATABASE].write(audited(work, actor=actor, key=key, at_ms=now_ms()))
    if DISPATCHER in app:
        app[DISPATCHER].wake()  # it may have put something into the outbox
    return result
