"""Queries on the `api_tokens` table: long-lived bearer tokens of programs."""

import hashlib
from collections.abc import Mapping
from uuid import uuid4

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import TokenScope
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import ApiToken

MAX_TOKENS = 100  # of one user


async def create_api_token(
    session: AsyncSession,
    user_id: int,
    *,
    name: str,
    text: str,
    scope: TokenScope,
    expires_at_ms: int | None,
    at_ms: int,
) -> ApiToken:
    """Store a new token of a user; only the SHA-256 of its text is kept."""
    held = await session.scalar(select(func.count()).where(ApiToken.user_id == user_id)) or 0
    if held >= MAX_TOKENS:
        raise ConflictError(_full())
    token = ApiToken(
        public_id=str(uuid4()),
        name=name,
        token_hash=token_hash(text),
        scope=scope,
        user_id=user_id,
        created_at_ms=at_ms,
        expires_at_ms=expires_at_ms,
    )
    session.add(token)
    await session.flush()
    return token


async def find_api_token(session: AsyncSession, text: str) -> ApiToken | None:
    """The token with this text, and its owner."""
    query = _with_owner().where(ApiToken.token_hash == token_hash(text))
    return await session.scalar(query)


async def get_api_token(session: AsyncSession, public_id: str) -> ApiToken:
    """The token with this public id, and its owner."""
    token = await session.scalar(_with_owner().where(ApiToken.public_id == public_id))
    if token is None:
        raise NotFoundError(text("There is no API token {public_id}.", public_id=public_id))
    return token


async def list_api_tokens(
    session: AsyncSession, *, page: int, page_size: int, user_id: int | None = None
) -> Page[ApiToken]:
    """One page, newest first: of one user, or of all."""
    query = _with_owner().order_by(ApiToken.created_at_ms.desc(), ApiToken.id.desc())
    if user_id is not None:
        query = query.where(ApiToken.user_id == user_id)
    return await read_page(session, query, page=page, page_size=page_size)


async def delete_api_token(session: AsyncSession, public_id: str) -> ApiToken:
    """Revoke a token."""
    token = await get_api_token(session, public_id)
    await session.delete(token)
    await session.flush()
    return token


async def delete_api_tokens(session: AsyncSession, user_id: int) -> None:
    """Revoke every token of a user."""
    for token in await session.scalars(select(ApiToken).where(ApiToken.user_id == user_id)):
        await session.delete(token)
    await session.flush()


async def mark_api_tokens_used(session: AsyncSession, used: Mapping[int, int]) -> None:
    """Note when tokens were used last: milliseconds by id."""
    for token_id, at_ms in used.items():
        await session.execute(
            update(ApiToken).where(ApiToken.id == token_id).values(last_used_at_ms=at_ms)
        )


def token_hash(text: str) -> str:
    """What is kept of a token; it is random, so that a plain hash suffices."""
    return hashlib.sha256(text.encode()).hexdigest()


def _with_owner() -> Select[ApiToken]:
    return select(ApiToken).join(ApiToken.user).options(joinedload(ApiToken.user))


def _full() -> str:
    return text("There are {most} tokens already. Revoke one that is not used.", most=MAX_TOKENS)
