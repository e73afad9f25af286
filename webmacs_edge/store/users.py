"""Queries on the `users` table."""

from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import User


async def count_users(session: AsyncSession) -> int:
    """How many there are; 0 means the appliance waits for its set-up."""
    return await session.scalar(select(func.count()).select_from(User)) or 0


async def list_users(session: AsyncSession, *, page: int, page_size: int) -> Page[User]:
    """One page, in order of registration."""
    return await read_page(session, select(User).order_by(User.id), page=page, page_size=page_size)


async def get_user(session: AsyncSession, public_id: str) -> User:
    """The user with this public id."""
    user = await session.scalar(select(User).where(User.public_id == public_id))
    if user is None:
        raise NotFoundError(f"There is no user {public_id}.")
    return user


async def find_user(session: AsyncSession, user_id: int) -> User | None:
    """The user with this id (the `sub` of a token), if still there."""
    return await session.get(User, user_id)


async def find_user_by_email(session: AsyncSession, email: str) -> User | None:
    """The user with this e-mail; upper and lower case are the same."""
    return await session.scalar(select(User).where(func.lower(User.email) == email.lower()))


async def create_user(
    session: AsyncSession,
    *,
    email: str,
    username: str,
    password_hash: str,
    role: UserRole,
    at_ms: int,
) -> User:
    """Store a new user; ConflictError names the field that is taken."""
    if await find_user_by_email(session, email) is not None:
        raise ConflictError(f"There is a user with the e-mail {email} already.", field="email")
    user = User(
        public_id=str(uuid4()),
        email=email,
        username=username,
        password_hash=password_hash,
        role=role,
        registered_on_ms=at_ms,
    )
    session.add(user)
    try:
        await session.flush()
    except IntegrityError as error:
        raise ConflictError(
            f"There is a user named {username} already.", field="username"
        ) from error
    return user


async def create_first_admin(
    session: AsyncSession, *, email: str, username: str, password_hash: str, at_ms: int
) -> User:
    """The admin of a fresh appliance; ConflictError when somebody was first."""
    if await count_users(session):
        raise ConflictError("This appliance is set up already. Sign in instead.")
    return await create_user(
        session,
        email=email,
        username=username,
        password_hash=password_hash,
        role=UserRole.admin,
        at_ms=at_ms,
    )
