"""Makes the tables of the history, and looks whether its file is sound."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from webmacs_edge.model.errors import StoreDamagedError
from webmacs_edge.store.database import Database
from webmacs_edge.store.history_tables import CHUNKS, JOURNAL, METADATA
from webmacs_edge.store.history_upgrade import NEWEST, upgrade_history

CHECKED_WHOLE_BYTES = 256 * 2**20  # reading more than that would delay the start


async def create_history_tables(database: Database) -> None:
    """Create what is missing of the history's tables; a file of an earlier release is changed."""
    if database.file is not None:
        await asyncio.to_thread(upgrade_history, database.file)

    def create_all(session: Session) -> None:
        METADATA.create_all(session.connection())
        for index in CHUNKS.indexes:  # PostgreSQL of an earlier release may lack them
            index.create(session.connection(), checkfirst=True)

    async def create(session: AsyncSession) -> None:
        await session.run_sync(create_all)
        if database.is_sqlite:
            await session.execute(text(f"PRAGMA user_version={NEWEST}"))

    await database.write(create)


async def check_history(database: Database) -> None:
    """StoreDamagedError when SQLite finds a fault; of a big file only the journal is read."""
    if not database.is_sqlite:
        return
    async with database.read() as session:
        pages = await session.scalar(text("PRAGMA page_count")) or 0
        size = await session.scalar(text("PRAGMA page_size")) or 0
        table = "" if pages * size <= CHECKED_WHOLE_BYTES else f"('{JOURNAL.name}')"
        verdict = await session.scalar(text(f"PRAGMA quick_check{table}"))
    if verdict != "ok":
        raise StoreDamagedError(f"The history file is damaged: {verdict}.")
