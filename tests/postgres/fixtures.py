"""Fixtures with PostgreSQL, for all tests; skipped where its programs are not installed."""

import asyncio
import itertools
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.postgres.server import Server, newest_binaries
from webmacs_edge.config import RESOURCES
from webmacs_edge.store.database import Database
from webmacs_edge.store.postgres import make_single_engine, prepare_schema, split
from webmacs_edge.store.tables import Base
from webmacs_edge.store.upgrade import upgrade

TABLES = ", ".join(table.name for table in Base.metadata.sorted_tables)
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_of_session() -> Iterator[Server]:
    """One server for the whole run."""
    binaries = newest_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed; get it with: apt-get install postgresql")
    server = Server(binaries)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres(postgres_of_session: Server) -> Server:
    """The server, running; a test may stop it."""
    postgres_of_session.start_again()
    return postgres_of_session


@pytest.fixture
def site_url(postgres: Server) -> str:
    """The URL of a site that nobody has used yet."""
    url = f"{postgres.url}&search_path=site_{next(_numbers)}"
    asyncio.run(make_site(url))
    return url


async def make_site(url: str) -> None:
    """Make its schema, without tables."""
    engine = make_single_engine(url, limit_s=10)
    async with engine.begin() as connection:
        await prepare_schema(connection, split(url)[1])
    await engine.dispose()


@pytest.fixture(scope="session")
def migrated_site(postgres_of_session: Server) -> str:
    """The URL of a site with all tables of the nouns."""
    url = f"{postgres_of_session.url}&search_path=site_nouns"
    upgrade(url, RESOURCES / "migrations", postgres_of_session.directory, name="")
    return url


async def empty(database: Database) -> None:
    """Make the migrated site as new."""

    async def truncate(session: AsyncSession) -> None:
        await session.execute(text(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE"))

    await database.write(truncate)
