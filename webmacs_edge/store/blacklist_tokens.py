"""Queries on the `blacklist_tokens` table: bearer tokens that were signed out."""

import hashlib

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.store.tables import BlacklistToken


async def blacklist_token(session: AsyncSession, token: str, *, at_ms: int) -> None:
    """Refuse this token from now on; only its hash is kept."""
    if not await is_blacklisted(session, token):
        session.add(BlacklistToken(token=_hash(token), blacklisted_on_ms=at_ms))
        await session.flush()


async def is_blacklisted(session: AsyncSession, token: str) -> bool:
    """Whether it was signed out."""
    query = select(BlacklistToken.id).where(BlacklistToken.token == _hash(token))
    return await session.scalar(query) is not None


async def forget_blacklisted(session: AsyncSession, *, before_ms: int) -> None:
    """Drop entries whose token has expired by itself."""
    await session.execute(
        delete(BlacklistToken).where(BlacklistToken.blacklisted_on_ms < before_ms)
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
