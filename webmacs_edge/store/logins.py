"""Queries on the `logins` table: the sign-ins of people and of programs that hold a JWT."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.store.blacklist_tokens import stored_token_id
from webmacs_edge.store.tables import BlacklistToken, Login, User

MAX_LOGINS = 2000  # of one user: a script that signs in for every call makes many
MAX_SHOWN = 200
MAX_ADDRESS = 100
MAX_USER_AGENT = 255


async def add_login(
    session: AsyncSession,
    user: User,
    *,
    token_id: str,
    address: str,
    user_agent: str,
    at_ms: int,
    expires_on_ms: int,
) -> Login:
    """Note a sign-in; expired ones go, and of one user the least used beyond a limit."""
    await session.execute(delete(Login).where(Login.expires_on_ms < at_ms))
    login = Login(
        public_id=str(uuid4()),
        token_id=stored_token_id(token_id),
        user_id=user.id,
        address=address[:MAX_ADDRESS],
        user_agent=user_agent[:MAX_USER_AGENT],
        created_on_ms=at_ms,
        seen_on_ms=at_ms,
        expires_on_ms=expires_on_ms,
    )
    session.add(login)
    await session.flush()
    newest = (
        select(Login.id)
        .where(Login.user_id == user.id)
        .order_by(Login.seen_on_ms.desc(), Login.id.desc())
        .limit(MAX_LOGINS)
    )
    await session.execute(
        delete(Login).where(Login.user_id == user.id, Login.id.not_in(newest.scalar_subquery()))
    )
    return login


async def find_login(
    session: AsyncSession, *, user_public_id: str, token_id: str
) -> tuple[User, Login | None] | None:
    """Who signed in and with which login, unless the user is gone or the token was signed out."""
    kept = stored_token_id(token_id)
    query = (
        select(User, Login, BlacklistToken.id)
        .outerjoin(Login, (Login.user_id == User.id) & (Login.token_id == kept))
        .outerjoin(BlacklistToken, BlacklistToken.token == kept)
        .where(User.public_id == user_public_id, User.removed_on_ms.is_(None))
    )
    row = (await session.execute(query)).one_or_none()
    if row is None or row[2] is not None:
        return None
    return row[0], row[1]


async def list_logins(session: AsyncSession, user_id: int, *, at_ms: int) -> Sequence[Login]:
    """The logins of a user that hold, the last used first; at most 200."""
    query = (
        select(Login)
        .where(Login.user_id == user_id, Login.ended_on_ms.is_(None), Login.expires_on_ms > at_ms)
        .order_by(Login.seen_on_ms.desc(), Login.id.desc())
        .limit(MAX_SHOWN)
    )
    return (await session.scalars(query)).all()


async def end_login(session: AsyncSession, user_id: int, public_id: str, *, at_ms: int) -> None:
    """End one login of a user; it stays ended when it was."""
    login = await session.scalar(
        select(Login).where(Login.user_id == user_id, Login.public_id == public_id)
    )
    if login is None:
        raise NotFoundError(
            text("There is no login {public_id}. It has ended already.", public_id=public_id)
        )
    if login.ended_on_ms is None:
        login.ended_on_ms = at_ms
    await session.flush()


async def end_token_login(session: AsyncSession, token_id: str, *, at_ms: int) -> None:
    """End the login that this token belongs to, if it is there."""
    login = await session.scalar(select(Login).where(Login.token_id == stored_token_id(token_id)))
    if login is not None and login.ended_on_ms is None:
        login.ended_on_ms = at_ms
        await session.flush()


async def end_logins(session: AsyncSession, user_id: int, *, at_ms: int) -> None:
    """End every login of a user."""
    await session.execute(
        update(Login)
        .where(Login.user_id == user_id, Login.ended_on_ms.is_(None))
        .values(ended_on_ms=at_ms)
    )


async def forget_logins(session: AsyncSession, user_id: int) -> None:
    """Drop every login of a user, with the addresses they came from."""
    await session.execute(delete(Login).where(Login.user_id == user_id))


async def mark_logins_seen(session: AsyncSession, seen: Mapping[int, int]) -> None:
    """Note when logins were used last: milliseconds by id."""
    for login_id, at_ms in seen.items():
        await session.execute(update(Login).where(Login.id == login_id).values(seen_on_ms=at_ms))
