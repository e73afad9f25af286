"""One page of a list: how every paged query answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`rows` of page `page` (from 1), and how many rows there are in all."""

    page: int
    page_size: int
    total: int
    rows: Sequence[T]


async def read_page(
    session: AsyncSession, query: Select[T], *, page: int, page_size: int
) -> Page[T]:
    """The page of an ordered query."""
    counted: Select[Any] = select(func.count()).select_from(query.order_by(None).subquery())
    total = await session.scalar(counted) or 0
    rows = await session.scalars(query.limit(page_size).offset((page - 1) * page_size))
    return Page(page, page_size, total, rows.all())
