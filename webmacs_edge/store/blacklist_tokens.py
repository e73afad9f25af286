"""Queries on the `blacklist_tokens` table: bearer tokens that were signed out.

A login that is missing or ended voids its token already; this table, which WebMACS 2.x had, says
so a second time, and for good: also when a backup brings back logins that were ended since.
"""

import hashlib

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.store.tables import BlacklistToken


async def blacklist_token(session: AsyncSession, token_id: str, *, at_ms: int) -> None:
    """Refuse the token of this id from now on; only a hash is kept."""
    if not await is_blacklisted(session, token_id):
        session.add(BlacklistToken(token=stored_token_id(token_id), blacklisted_on_ms=at_ms))
        await session.flush()


async def is_blacklisted(session: AsyncSession, token_id: str) -> bool:
    """Whether it was signed out."""
    query = select(BlacklistToken.id).where(BlacklistToken.token == stored_token_id(token_id))
    return await session.scalar(query) is not None


async def forget_blacklisted(session: AsyncSession, *, before_ms: int) -> None:
    """Drop entries whose token has expired by itself."""
    await session.execute(
        delete(BlacklistToken).where(BlacklistToken.blacklisted_on_ms < before_ms)
    )


def stored_token_id(token_id: str) -> str:
    """What is kept of a token: a hash of its id."""
    return hashlib.sha256(token_id.encode()).hexdigest()
