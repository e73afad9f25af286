"""Queries on the `users` table."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.api_tokens import delete_api_tokens
from webmacs_edge.store.logins import end_logins, forget_logins
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import User

DELETED_USER = text("deleted user")  # in the language of who reads it
_STAND_IN = "deleted user"  # in the table
NO_PASSWORD = "!"  # noqa: S105 the hash of none
_PRESENT = User.removed_on_ms.is_(None)


async def count_users(session: AsyncSession) -> int:
    """How many there ever were; 0 means the appliance waits for its set-up."""
    return await session.scalar(select(func.count()).select_from(User)) or 0


async def list_users(session: AsyncSession, *, page: int, page_size: int) -> Page[User]:
    """One page, in order of registration."""
    query = select(User).where(_PRESENT).order_by(User.id)
    return await read_page(session, query, page=page, page_size=page_size)


async def get_user(session: AsyncSession, public_id: str) -> User:
    """The user with this public id."""
    user = await session.scalar(select(User).where(User.public_id == public_id, _PRESENT))
    if user is None:
        raise NotFoundError(text("There is no user {public_id}.", public_id=public_id))
    return user


async def find_user_by_email(session: AsyncSession, email: str) -> User | None:
    """The user with this e-mail; upper and lower case are the same."""
    same = func.lower(User.email) == email.lower()
    return await session.scalar(select(User).where(same, _PRESENT).order_by(User.id).limit(1))


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
    await _check_email(session, email)
    user = User(
        public_id=str(uuid4()),
        email=email,
        username=username,
        password_hash=password_hash,
        role=role,
        registered_on_ms=at_ms,
    )
    session.add(user)
    await _flush(session, user)
    return user


async def create_first_admin(
    session: AsyncSession, *, email: str, username: str, password_hash: str, at_ms: int
) -> User:
    """The admin of a fresh appliance; ConflictError when somebody was first."""
    if await count_users(session):
        raise ConflictError(text("This appliance is set up already. Sign in instead."))
    return await create_user(
        session,
        email=email,
        username=username,
        password_hash=password_hash,
        role=UserRole.admin,
        at_ms=at_ms,
    )


async def name_users(session: AsyncSession, public_ids: Iterable[str | None]) -> dict[str, str]:
    """What to call the owners of things, by public id; deleted ones are a “deleted user”."""
    wanted = {public_id for public_id in public_ids if public_id}
    if not wanted:
        return {}
    query = select(User.public_id, User.username, User.removed_on_ms)
    rows = await session.execute(query.where(User.public_id.in_(wanted)))
    return {row[0]: row[1] if row[2] is None else DELETED_USER for row in rows}


async def update_user(
    session: AsyncSession, public_id: str, *, values: Mapping[str, Any], at_ms: int
) -> User:
    """Change columns of a user: email, username, password_hash, role, enabled.

    Another password or role, and disabling, end every login. ConflictError names the field that is
    taken, and refuses what would leave no administrator.
    """
    user = await get_user(session, public_id)
    changed = {name: value for name, value in values.items() if getattr(user, name) != value}
    if changed.get("role", UserRole.admin) is not UserRole.admin or changed.get("enabled") is False:
        await _keep_an_admin(session, user)
    if "email" in changed:
        await _check_email(session, changed["email"], besides=user.id)
    for name, value in changed.items():
        setattr(user, name, value)
    await _flush(session, user)
    if changed.keys() & {"role", "password_hash"} or changed.get("enabled") is False:
        await void_logins(session, user, at_ms=at_ms)
    return user


async def void_logins(session: AsyncSession, user: User, *, at_ms: int) -> None:
    """End every login of a user, also those that no table knows."""
    user.token_generation += 1
    await session.flush()
    await end_logins(session, user.id, at_ms=at_ms)


async def remove_user(session: AsyncSession, public_id: str, *, at_ms: int) -> str:
    """Take a user out of use and make the row anonymous; returns the name they had.

    What they made stays theirs, a deleted user's; their logins and API tokens end.
    """
    user = await get_user(session, public_id)
    await _keep_an_admin(session, user)
    name = user.username
    await delete_api_tokens(session, user.id)
    await forget_logins(session, user.id)
    stand_in = uuid4()
    user.email = f"{stand_in}@deleted.invalid"
    user.username = f"{_STAND_IN} {stand_in}"
    user.password_hash = NO_PASSWORD
    user.sso_provider = user.sso_subject_id = None
    user.enabled = False
    user.token_generation += 1
    user.removed_on_ms = at_ms
    await _flush(session, user)
    return name


async def _keep_an_admin(session: AsyncSession, user: User) -> None:
    """ConflictError when there is no other administrator; the rows stay locked until the commit."""
    if user.role is not UserRole.admin or not user.enabled:
        return
    query = select(User.id).where(
        User.role == UserRole.admin, User.enabled.is_(True), User.removed_on_ms.is_(None)
    )
    admins = (await session.scalars(query.order_by(User.id).with_for_update())).all()
    if set(admins) <= {user.id}:
        raise ConflictError(
            text(
                "{username} is the last administrator. Make somebody else administrator first.",
                username=user.username,
            )
        )


async def _check_email(session: AsyncSession, email: str, *, besides: int | None = None) -> None:
    found = await find_user_by_email(session, email)
    if found is not None and found.id != besides:
        raise ConflictError(
            text("There is a user with the e-mail {email} already.", email=email), field="email"
        )


async def _flush(session: AsyncSession, user: User) -> None:
    name, email = user.username, user.email
    try:
        await session.flush()
    except IntegrityError as error:
        if "email" in str(error.orig):
            raise ConflictError(
                text("There is a user with the e-mail {email} already.", email=email), field="email"
            ) from error
        raise ConflictError(
            text("There is a user named {name} already.", name=name), field="username"
        ) from error
