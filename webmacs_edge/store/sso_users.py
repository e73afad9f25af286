"""Queries on users who sign in by a provider."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import NotAllowedError
from webmacs_edge.model.sso import Person, other_username
from webmacs_edge.model.text import text
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.tables import User
from webmacs_edge.store.users import create_user, find_user_by_email


async def find_sso_user(session: AsyncSession, provider: str, subject: str) -> User | None:
    """The user whom this provider knows under this subject."""
    query = select(User).where(
        User.sso_provider == provider,
        User.sso_subject_id == subject,
        User.removed_on_ms.is_(None),
    )
    return await session.scalar(query)


async def link_sso_user(session: AsyncSession, person: Person) -> User | None:
    """The user of the same e-mail, from now on known by the provider; None when there is none.

    NotAllowedError when that would hand an account to somebody who may not be its owner.
    """
    user = await find_user_by_email(session, person.email)
    if user is None:
        return None
    if not person.email_verified:
        raise NotAllowedError(
            text(
                "There is a user {email} already, and {provider} has not verified "
                "this e-mail. Verify it there, or sign in with the password.",
                email=person.email,
                provider=person.provider,
            )
        )
    if user.role is UserRole.admin:
        raise NotAllowedError(
            text(
                "{email} is an administrator here; such an account is not joined to "
                "{provider}. Sign in with the password.",
                email=person.email,
                provider=person.provider,
            )
        )
    if user.sso_subject_id is not None:
        raise NotAllowedError(
            text(
                "{email} signs in by {sso_provider} as somebody else already. "
                "Ask an administrator.",
                email=person.email,
                sso_provider=user.sso_provider,
            )
        )
    user.sso_provider, user.sso_subject_id = person.provider, person.subject
    await session.flush()
    return user


async def create_sso_user(
    session: AsyncSession, person: Person, *, password_hash: str, role: UserRole, at_ms: int
) -> User:
    """A new user for somebody whom only the provider knows."""
    taken = select(User.id).where(User.username == person.username)
    is_taken = await session.scalar(taken) is not None
    user = await create_user(
        session,
        email=person.email,
        username=other_username(person.username) if is_taken else person.username,
        password_hash=password_hash,
        role=role,
        at_ms=at_ms,
    )
    user.sso_provider, user.sso_subject_id = person.provider, person.subject
    await session.flush()
    return user
