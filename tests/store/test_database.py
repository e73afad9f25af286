"""One writer that always finishes, readers that cannot write."""

import asyncio

import pytest
from sqlalchemy import text

from webmacs_edge.model.errors import StoreError
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.log_entries import add_log_entry, list_log_entries


async def write_entry(database, content="hello"):
    return await database.write(lambda session: add_log_entry(session, content, at_ms=1))


async def count_entries(database):
    async with database.read() as session:
        return (await list_log_entries(session, page=1, page_size=1)).total


async def test_what_is_written_is_there_for_readers(database):
    await write_entry(database)

    assert await count_entries(database) == 1


async def test_a_reader_cannot_write(database):
    with pytest.raises(StoreError, match=r"read-?only"):
        async with database.read() as session:
            await add_log_entry(session, "sneaky", at_ms=1)

    assert await count_entries(database) == 0


async def test_a_failing_write_changes_nothing_and_the_next_one_works(database):
    async def work(session):
        await add_log_entry(session, "half", at_ms=1)
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        await database.write(work)
    await write_entry(database)

    assert await count_entries(database) == 1


async def test_a_cancelled_writer_commits_and_leaves_the_database_free(database):
    started, gate = asyncio.Event(), asyncio.Event()

    async def work(session):
        await add_log_entry(session, "kept", at_ms=1)
        started.set()
        await gate.wait()

    writer = asyncio.create_task(database.write(work))
    await started.wait()
    writer.cancel()
    await asyncio.sleep(0)
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await writer
    await write_entry(database)

    assert await count_entries(database) == 2


async def test_writers_queue_and_none_sees_a_locked_database(database):
    await asyncio.gather(*(write_entry(database, f"entry {n}") for n in range(50)))

    assert await count_entries(database) == 50


async def test_a_commit_is_synchronous_and_in_a_write_ahead_log(file_database):
    async def pragmas(session):
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [await session.scalar(text(f"PRAGMA {name}")) for name in names]

    assert await file_database.write(pragmas) == ["wal", 2, 1]


async def test_a_full_disk_is_a_store_error_and_heals(file_database):
    async def shrink(session):
        pages = await session.scalar(text("PRAGMA page_count"))
        await session.execute(text(f"PRAGMA max_page_count={pages}"))

    async def grow(session):
        await session.execute(text("PRAGMA max_page_count=1000000"))

    async def fill(session):
        for _ in range(200):
            await add_log_entry(session, "x" * 500, at_ms=1)

    await file_database.write(shrink)
    with pytest.raises(StoreError, match="full"):
        await file_database.write(fill)
    await file_database.write(grow)
    await file_database.write(fill)

    assert await count_entries(file_database) == 200


async def test_a_file_that_is_no_database_is_a_store_error(tmp_path):
    (tmp_path / "config.db").write_bytes(b"junk" * 1000)
    database = Database(sqlite_url(tmp_path / "config.db"))

    with pytest.raises(StoreError):
        await write_entry(database)

    await database.close()
