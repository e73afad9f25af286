"""Damage done to files, as a dying flash does it."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

from webmacs_edge.history.history import History


def pages_of(file: Path, table: str) -> list[int]:
    """The numbers of the pages that belong to a table, its indexes left out."""
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT pageno FROM dbstat WHERE name = ?"
        try:
            return [row[0] for row in connection.execute(query, (table,))]
        except sqlite3.OperationalError:  # built without dbstat: any page may be it
            count = connection.execute("PRAGMA page_count").fetchone()[0]
            return list(range(2, count + 1))


def page_size(file: Path) -> int:
    """The page size of a SQLite file."""
    with file.open("rb") as handle:
        return int.from_bytes(handle.read(18)[16:], "big")


def overwrite(file: Path, at: int, data: bytes) -> None:
    """Put bytes into a file."""
    with file.open("r+b") as handle:
        handle.seek(at)
        handle.write(data)


def flip_bit(file: Path, rng: random.Random, *, first: int, last: int) -> None:
    """Turn one bit somewhere in [first, last)."""
    place = rng.randrange(first, last)
    with file.open("r+b") as handle:
        handle.seek(place)
        byte = handle.read(1)[0]
        handle.seek(place)
        handle.write(bytes((byte ^ 1 << rng.randrange(8),)))


def checkpoint(file: Path) -> None:
    """Bring what the WAL holds into the file."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def sealed_values(history: History, key: int) -> dict[int, float]:
    """Stamp and value of all samples of a channel."""
    found: dict[int, float] = {}
    async for at_ms, values, _ in history.raw(key, 0, 2**45):
        found.update(zip(at_ms.tolist(), values.tolist(), strict=True))
    return found
