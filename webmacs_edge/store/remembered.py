"""What a question to the database was answered with, until anything in the database changes."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.store.database import Database

T = TypeVar("T")


class Remembered(Generic[T]):
    """The answer of one query; asked again after a commit, and each time on a database server.

    The answer is shared: whoever gets it does not change it.
    """

    def __init__(self, database: Database, query: Callable[[AsyncSession], Awaitable[T]]) -> None:
        self._database = database
        self._query = query
        self._kept: tuple[int, T] | None = None

    async def get(self) -> T:
        """The answer; StoreError when the database refuses."""
        version = self._database.version()  # before asking: what is committed meanwhile counts
        if self._kept is not None and self._kept[0] == version:
            return self._kept[1]
        async with self._database.read() as session:
            found = await self._query(session)
        self._kept = None if version is None else (version, found)
        return found
