"""Queries on the table `displays`: wall screens."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.displays import secret_hash
from webmacs_edge.model.errors import ConflictError, NotAllowedError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.tables import Display, User

MAX_DISPLAYS = 50


async def list_displays(session: AsyncSession, *, owner: str | None) -> Sequence[Display]:
    """Those that this user made, or all: the newest first."""
    query = select(Display).order_by(Display.created_on_ms.desc(), Display.id.desc())
    if owner is not None:
        query = query.where(Display.user_public_id == owner)
    return (await session.scalars(query.limit(MAX_DISPLAYS))).all()


async def count_displays(session: AsyncSession, owner: str) -> int:
    """How many this user made."""
    query = select(func.count(Display.id)).where(Display.user_public_id == owner)
    return await session.scalar(query) or 0


async def find_display(session: AsyncSession, public_id: str) -> Display | None:
    """The screen with this public id."""
    return await session.scalar(select(Display).where(Display.public_id == public_id))


async def get_display(session: AsyncSession, public_id: str, user: User) -> Display:
    """The same for whoever looks after it: who made it, or an administrator."""
    display = await find_display(session, public_id)
    if display is None:
        raise NotFoundError(text("There is no wall screen {public_id}.", public_id=public_id))
    if user.role is not UserRole.admin and display.user_public_id != user.public_id:
        raise NotAllowedError(
            text("Only who made this wall screen and administrators may look after it.")
        )
    return display


async def add_display(
    session: AsyncSession, *, secret: str, at_ms: int, user_public_id: str, **values: Any
) -> Display:
    """Store a screen; of the secret in its link only a hash is kept."""
    if (await session.scalar(select(func.count(Display.id))) or 0) >= MAX_DISPLAYS:
        raise ConflictError(
            text("There are {most} wall screens already. Remove one.", most=MAX_DISPLAYS)
        )
    display = Display(
        public_id=str(uuid4()),
        token_hash=secret_hash(secret),
        created_on_ms=at_ms,
        user_public_id=user_public_id,
        **values,
    )
    session.add(display)
    await session.flush()
    return display


async def update_display(
    session: AsyncSession, public_id: str, user: User, *, values: Mapping[str, Any]
) -> Display:
    """Change what it shows and how."""
    display = await get_display(session, public_id, user)
    for name, value in values.items():
        setattr(display, name, value)
    await session.flush()
    return display


async def renew_display(
    session: AsyncSession, public_id: str, user: User, *, secret: str
) -> Display:
    """Another link: whoever came in by an older one is out."""
    display = await get_display(session, public_id, user)
    display.token_hash, display.generation = secret_hash(secret), display.generation + 1
    await session.flush()
    return display


async def delete_display(session: AsyncSession, public_id: str, user: User) -> Display:
    """Revoke it for good."""
    display = await get_display(session, public_id, user)
    await session.delete(display)
    await session.flush()
    return display


async def open_display(
    session: AsyncSession, secret: str, *, address: str, at_ms: int
) -> Display | None:
    """The screen of this link, which is used up unless it may be used again."""
    display = await session.scalar(select(Display).where(Display.token_hash == secret_hash(secret)))
    if display is None or has_expired(display, at_ms):
        return None
    if not display.is_reusable:
        display.token_hash = None
    display.opened_on_ms, display.opened_from, display.seen_on_ms = at_ms, address, at_ms
    await session.flush()
    return display


async def mark_display_seen(session: AsyncSession, display_id: int, *, at_ms: int) -> None:
    """Note that it is there."""
    await session.execute(update(Display).where(Display.id == display_id).values(seen_on_ms=at_ms))


def has_expired(display: Display, at_ms: int) -> bool:
    """Whether it was good until before then."""
    return display.expires_on_ms is not None and display.expires_on_ms <= at_ms
