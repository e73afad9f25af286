"""Copies of `config.db` in the data directory, and the way back to one when the file is damaged."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from webmacs_edge.store.files import set_aside

KEPT = 5
_PREFIX = "daily"  # the copies before a change of the schema are called otherwise


class Restored(NamedTuple):
    """What was done about a damaged file."""

    aside: Path  # where it is kept
    copy: Path  # what stands in its place now


def is_sound(file: Path) -> bool:
    """Whether SQLite can read the whole file and finds something in it.

    sqlite3.OperationalError when that cannot be told: it is locked, or may not be opened.
    """
    try:
        with closing(sqlite3.connect(file)) as connection:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            return bool(tables) and connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    except sqlite3.OperationalError as error:
        if "disk I/O" in str(error):  # a part of the disk cannot be read
            return False
        raise
    except sqlite3.Error:
        return False


def take_copy(file: Path, directory: Path, *, day: str) -> Path | None:
    """Copy the file as that of this day, and drop the oldest; None where nothing has changed.

    OSError or sqlite3.Error when it cannot be done; the copies are then as they were.
    """
    directory.mkdir(mode=0o750, parents=True, exist_ok=True)
    newest = max((copy.stat().st_mtime for copy in directory.glob(f"{_PREFIX}-*.db")), default=0.0)
    if max(path.stat().st_mtime for path in _parts(file)) <= newest:
        return None
    fresh, target = directory / "copy.new", directory / f"{_PREFIX}-{day}.db"
    fresh.unlink(missing_ok=True)
    copy_whole(file, fresh)
    if not is_sound(fresh):
        fresh.unlink()
        raise sqlite3.DatabaseError("the copy is not sound")
    fresh.replace(target)
    _sync(directory)
    for old in sorted(directory.glob(f"{_PREFIX}-*.db"))[:-KEPT]:
        old.unlink()
    return target


def heal(file: Path, directory: Path, *, stamp: str) -> Restored | None:
    """Put the newest sound copy in the place of a damaged file, which is kept; None if neither.

    A file that is not there is not damaged.
    """
    if not file.is_file() or is_sound(file):
        return None
    copies = sorted(directory.glob("*.db"), key=lambda copy: copy.stat().st_mtime, reverse=True)
    copy = next((copy for copy in copies if is_sound(copy)), None)
    if copy is None:
        return None
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    copy_whole(copy, fresh)
    aside = set_aside(file, stamp)
    fresh.replace(file)
    _sync(file.parent)
    return Restored(aside, copy)


def _parts(file: Path) -> list[Path]:
    wal = file.with_name(file.name + "-wal")
    return [file, wal] if wal.exists() else [file]


def copy_whole(source: Path, target: Path) -> None:
    """By SQLite's own means: as a whole, though somebody writes meanwhile; for the owner only."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(source, timeout=30)) as whole,
        closing(sqlite3.connect(target)) as copy,
    ):
        whole.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file
    descriptor = os.open(target, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
