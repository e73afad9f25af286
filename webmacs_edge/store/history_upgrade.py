"""Changes the schema of a filled history file: all of it or nothing, with room and time checked.

`PRAGMA user_version` says which step a file has taken last. All that are missing are taken in one
transaction: whatever interrupts it, the file is as it was or as it shall be.
"""

import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from webmacs_edge.model.errors import StoreError

log = logging.getLogger(__name__)

ROOM_FACTOR = 1.2  # times the size of the file: the WAL may come to hold all of it once more
BYTES_PER_S = 5_000_000  # of a slow eMMC, to say how long it may take
PROGRESS_EVERY_S = 10.0
_INSTRUCTIONS = 100_000  # of SQLite between two looks at the clock


class Step(NamedTuple):
    """Brings a file from version − 1 to `version`, with a connection inside a transaction."""

    version: int
    what: str
    take: Callable[[sqlite3.Connection], object]
    room_factor: float = ROOM_FACTOR


def _index_counts(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE INDEX IF NOT EXISTS datapoints_counts ON datapoints (channel, t1, n)"
    )


STEPS: Sequence[Step] = (
    Step(1, "an index of the number of samples", _index_counts, room_factor=0.2),
)
NEWEST = STEPS[-1].version


def upgrade_history(
    file: Path,
    *,
    steps: Sequence[Step] = STEPS,
    free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
) -> tuple[int, int]:
    """Take the steps that are missing; returns the versions before and after.

    StoreError, with the file as it was, when there is too little room, when a step fails, or when
    the file is of a later release. A file that is not there yet, or that SQLite cannot read, is
    left alone.
    """
    newest = steps[-1].version
    if not file.is_file():
        return newest, newest
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            return _upgrade(connection, file, steps=steps, free_bytes=free_bytes), newest
    except sqlite3.DatabaseError as error:
        if "malformed" in str(error) or "not a database" in str(error):
            return newest, newest  # whoever opens it sets it aside
        raise StoreError(
            f"The history could not be brought up to date: {error}. It is as it was before."
        ) from error


def _upgrade(
    connection: sqlite3.Connection,
    file: Path,
    *,
    steps: Sequence[Step],
    free_bytes: Callable[[Path], int],
) -> int:
    before = int(connection.execute("PRAGMA user_version").fetchone()[0])
    newest = steps[-1].version
    if before > newest:
        raise StoreError(
            f"The history was written by a later release (version {before}, this one knows "
            f"{newest}). Install that release again, or move {file} away."
        )
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name='datapoints'").fetchone():
        return before  # a file that was just begun gets the newest tables
    missing = [step for step in steps if step.version > before]
    if missing:
        factor = max(step.room_factor for step in missing)
        _check_room(int(file.stat().st_size * factor), free_bytes(file.parent))
        _take(connection, missing, size_bytes=file.stat().st_size)
    return before


def _check_room(needed: int, free_bytes: int) -> None:
    if free_bytes < needed:
        raise StoreError(
            f"The history needs {needed / 1e6:.0f} MB of free disk to be brought up to date, and "
            f"{free_bytes / 1e6:.0f} MB are free. Make room and start again; nothing was changed."
        )


def _take(connection: sqlite3.Connection, steps: Sequence[Step], *, size_bytes: int) -> None:
    log.info(
        "The history is brought up to date: %s. This may take %.0f s.",
        ", ".join(step.what for step in steps),
        1 + len(steps) * size_bytes / BYTES_PER_S,
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.set_progress_handler(_progress(time.monotonic()), _INSTRUCTIONS)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in steps:
            step.take(connection)
        connection.execute(f"PRAGMA user_version={steps[-1].version}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    log.info("The history is up to date.")


def _progress(started_s: float) -> Callable[[], int]:
    """Says now and then that it goes on."""
    said_s = started_s

    def tell() -> int:
        nonlocal said_s
        if time.monotonic() - said_s >= PROGRESS_EVERY_S:
            said_s = time.monotonic()
            log.info("Still bringing the history up to date, %.0f s so far.", said_s - started_s)
        return 0

    return tell
