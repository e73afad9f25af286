"""Writing in the name of whoever asks."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from webmacs_edge.model.actors import Actor
from webmacs_edge.web.keys import DATABASE, USER

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")


def actor_of(request: web.Request) -> Actor:
    """Who asks; only for requests that passed `requires`."""
    user = request[USER]
    return Actor(
        name=user.username,
        role=user.role,
        via="session",
        user_public_id=user.public_id,
        address=request.remote or "",
    )


async def write(request: web.Request, work: "Callable[[AsyncSession], Awaitable[T]]") -> T:
    """Run `work` in one transaction for this request; returns after the commit."""
    return await request.app[DATABASE].write(work)
