"""What is remembered of a database until somebody changes it, in this process or another."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.remembered import Remembered


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(sqlite_url(tmp_path / "config.db"))
    await database.write(_run("CREATE TABLE notes (word TEXT)"))
    yield database
    await database.close()


def _run(statement: str):
    async def work(session: AsyncSession) -> None:
        await session.execute(text(statement))

    return work


class _Words:
    """Counts how often the database is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, session: AsyncSession) -> list[str]:
        self.asked += 1
        return list(await session.scalars(text("SELECT word FROM notes")))


async def test_the_version_is_another_one_after_each_commit(database: Database):
    seen = [database.version()]

    for _ in range(3):
        await database.write(_run("INSERT INTO notes VALUES ('a')"))
        seen.append(database.version())

    assert None not in seen
    assert len(set(seen)) == len(seen)


async def test_the_version_stays_while_nothing_is_committed(database: Database):
    before = database.version()

    async with database.read() as session:
        await session.execute(text("SELECT * FROM notes"))

    assert database.version() == before


async def test_an_answer_is_asked_for_once_until_something_is_written(database: Database):
    words = _Words()
    remembered = Remembered(database, words)

    first = [await remembered.get(), await remembered.get()]
    await database.write(_run("INSERT INTO notes VALUES ('a')"))
    second = [await remembered.get(), await remembered.get()]

    assert first == [[], []]
    assert second == [["a"], ["a"]]
    assert words.asked == 2


async def test_what_another_process_writes_counts_too(database: Database, tmp_path: Path):
    remembered = Remembered(database, _Words())
    await remembered.get()

    with sqlite3.connect(tmp_path / "config.db") as other:
        other.execute("INSERT INTO notes VALUES ('b')")
    other.close()

    assert await remembered.get() == ["b"]


async def test_on_a_server_there_is_no_version_so_each_question_is_asked():
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")

    version = database.version()
    await database.close()

    assert version is None
