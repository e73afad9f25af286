"""One database: many readers that cannot write, one writer at a time that always finishes."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import AsyncAdaptedQueuePool

from webmacs_edge.model.errors import StoreDamagedError, StoreError
from webmacs_edge.model.text import text
from webmacs_edge.service import finish
from webmacs_edge.store.versions import VersionWatch

T = TypeVar("T")

READERS = 4
READER_CACHE_KIB = 4000  # the rollups of a channel for a year; SQLite's default is half of that
BUSY_TIMEOUT_MS = 5000


class Database:
    """`async with database.read() as session` and `await database.write(work)`.

    `for_samples`: without foreign keys, and what is deleted is not overwritten: half of the bytes
    that the storage of the device would wear by.
    `exclusive`: on PostgreSQL only one such database at a time may write into the schema.
    `gate` is awaited before each use; it raises StoreError while the content is not ready.
    """

    def __init__(
        self,
        url: str,
        *,
        page_size: int = 4096,
        for_samples: bool = False,
        exclusive: bool = False,
        max_bytes: int = 0,
        gate: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.url = url
        self._page_size = page_size
        self._for_samples = for_samples
        self._max_pages = max_bytes // page_size
        self._gate = gate
        if self.is_sqlite:
            self._writer = _engine(url, size=1)
            self._reader = _engine(url, size=READERS)
            event.listen(self._writer.sync_engine, "connect", self._prepare_writer)
            event.listen(self._writer.sync_engine, "begin", _begin_immediate)
            event.listen(self._reader.sync_engine, "connect", _prepare_reader)
        else:
            make = _postgres().make_engine
            self._writer = make(url, size=1, read_only=False, exclusive=exclusive)
            self._reader = make(url, size=READERS, read_only=True)
        self._write_session = async_sessionmaker(self._writer, expire_on_commit=False)
        self._read_session = async_sessionmaker(self._reader, expire_on_commit=False)
        self._lock = asyncio.Lock()
        self._watch = None if self.file is None else VersionWatch(self.file)

    @property
    def is_sqlite(self) -> bool:
        """True for a file of our own, False for PostgreSQL."""
        return self.url.startswith("sqlite")

    @property
    def file(self) -> Path | None:
        """The file of SQLite."""
        return Path(str(make_url(self.url).database)) if self.is_sqlite else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that cannot write; StoreError when the database refuses."""
        if self._gate is not None:
            await self._gate()
        with self._store_errors():
            async with self._read_session() as session:
                yield session

    async def write(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `work` in one transaction and commit it; to its end even if the caller is cancelled.

        Returns what `work` returned, after the commit. StoreError when the database refuses.
        """
        if self._gate is not None:
            await self._gate()
        return await finish(self._write(work))

    async def _write(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        with self._store_errors():
            async with self._lock, self._write_session() as session:
                result = await work(session)
                await session.commit()
                return result

    def version(self) -> int | None:
        """Another number after each commit of anybody; None where that cannot be told."""
        return None if self._watch is None else self._watch.version()

    async def close(self) -> None:
        """Let go of every connection."""
        if self._watch is not None:
            self._watch.close()
        await self._reader.dispose()
        await self._writer.dispose()

    @contextmanager
    def _store_errors(self) -> Iterator[None]:
        errors = _sqlite_errors() if self.is_sqlite else _postgres().store_errors(self.url)
        try:
            with errors:
                yield
        except PoolTimeoutError as error:
            raise StoreError(
                text("The database is too busy to answer. Try again in a minute.")
            ) from error

    def _prepare_writer(self, connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN IMMEDIATE ourselves
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA page_size={self._page_size}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute(f"PRAGMA foreign_keys={'OFF' if self._for_samples else 'ON'}")
        cursor.execute(f"PRAGMA secure_delete={'OFF' if self._for_samples else 'ON'}")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA temp_store=MEMORY")
        if self._max_pages:
            cursor.execute(f"PRAGMA max_page_count={self._max_pages}")
        cursor.close()


def sqlite_url(path: Path) -> str:
    """The SQLAlchemy URL of a file."""
    return f"sqlite+aiosqlite:///{path}"


def _engine(url: str, *, size: int) -> AsyncEngine:
    return create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=30,
        pool_use_lifo=True,  # one warm cache instead of several cold ones
    )


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_reader(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.execute("PRAGMA wal_autocheckpoint=0")
    cursor.execute(f"PRAGMA cache_size=-{READER_CACHE_KIB}")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()


def _postgres() -> Any:
    """Loaded only where it is used: with its driver it costs 6 MiB."""
    return importlib.import_module("webmacs_edge.store.postgres")


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if not _is_trouble(error):
            raise
        cause = str(error.orig)
        if "malformed" in cause or "not a database" in cause:
            raise StoreDamagedError(
                text("The database file is damaged: {cause}.", cause=cause)
            ) from error
        raise StoreError(_sentence(cause)) from error


def _is_trouble(error: DBAPIError) -> bool:
    """Whether the database itself is in trouble, and not what it was asked to do."""
    trouble = (OperationalError, InternalError)
    return (
        isinstance(error, trouble) or type(error) is DatabaseError or error.connection_invalidated
    )


def _sentence(cause: str) -> str:
    if "full" in cause:
        return text("The database cannot grow: {cause}. Free some space on the disk.", cause=cause)
    if "readonly" in cause or "read-only" in cause:
        return text(
            "The database cannot be written: {cause}. Is the disk at the end of its life?",
            cause=cause,
        )
    return text("The database refused: {cause}.", cause=cause)
