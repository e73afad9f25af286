"""Copies of the settings' database, and the way back to one."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from webmacs_edge.model.errors import StoreError
from webmacs_edge.store.config_copies import KEPT, heal, is_sound, take_copy
from webmacs_edge.store.config_keeper import ConfigKeeper, heal_config

connect = sqlite3.connect


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database that somebody writes to."""
    path = tmp_path / "config.db"
    write(path, 1)
    return path


def write(path: Path, number: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS notes (number INTEGER, text TEXT)")
        connection.executemany(
            "INSERT INTO notes VALUES (?, ?)", [(number, "x" * 500) for _ in range(100)]
        )


def newest(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT max(number) FROM notes").fetchone()[0]


def damage(path: Path) -> None:
    with path.open("r+b") as handle:
        handle.seek(path.stat().st_size // 2)
        handle.write(b"\x7f" * 5000)


def later(path: Path, seconds: int) -> None:
    moment = path.stat().st_mtime + seconds
    os.utime(path, (moment, moment))


def test_a_copy_is_whole_though_somebody_writes_and_only_its_owner_may_read_it(file, tmp_path):
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("INSERT INTO notes VALUES (2, 'not committed')")
        copy = take_copy(file, tmp_path / "backups", day="2026-11-24")
        writer.rollback()

    assert copy is not None
    assert is_sound(copy)
    assert newest(copy) == 1
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["daily-2026-11-24.db"]


def test_nothing_is_copied_when_nothing_has_changed(file, tmp_path):
    assert take_copy(file, tmp_path / "backups", day="2026-11-24")
    assert take_copy(file, tmp_path / "backups", day="2026-11-25") is None


def test_only_a_few_are_kept(file, tmp_path):
    for day in range(10, 20):
        later(file, day)
        assert take_copy(file, tmp_path / "backups", day=f"2026-11-{day}")

    names = sorted(path.name for path in (tmp_path / "backups").iterdir())
    assert names == [f"daily-2026-11-{day}.db" for day in range(20 - KEPT, 20)]


@pytest.mark.parametrize("kind", ["damaged", "cut off", "empty", "junk"])
def test_a_damaged_file_is_kept_aside_and_the_newest_sound_copy_takes_its_place(
    file, tmp_path, kind
):
    backups = tmp_path / "backups"
    take_copy(file, backups, day="2026-11-22")
    write(file, 2)
    later(file, 5)
    take_copy(file, backups, day="2026-11-23")
    write(file, 3)
    later(file, 10)
    broken = take_copy(file, backups, day="2026-11-24")
    assert broken is not None
    damage(broken)
    if kind == "damaged":
        damage(file)
    else:
        contents = {"cut off": file.read_bytes()[:9000], "empty": b"", "junk": b"junk" * 4000}
        file.write_bytes(contents[kind])
    content = file.read_bytes()

    done = heal(file, backups, stamp="20261124T120000Z")

    assert done is not None
    assert done.copy.name == "daily-2026-11-23.db"
    assert done.aside.read_bytes() == content
    assert newest(file) == 2
    assert heal(file, backups, stamp="x") is None


def test_a_sound_file_a_missing_one_and_one_without_copies_are_left_alone(file, tmp_path):
    assert heal(file, tmp_path / "backups", stamp="x") is None
    damage(file)
    assert heal(file, tmp_path / "backups", stamp="x") is None
    assert not is_sound(file)
    assert heal(tmp_path / "none.db", tmp_path / "backups", stamp="x") is None


async def test_a_file_that_somebody_holds_is_not_taken_for_damaged(file, tmp_path, monkeypatch):
    monkeypatch.setattr("sqlite3.connect", lambda path: connect(path, timeout=0))  # not 5 s
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "daily-2026-11-24.db").write_bytes(file.read_bytes())
    with closing(connect(file)) as holder:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("INSERT INTO notes VALUES (4, 'held')")

        with pytest.raises(StoreError, match="locked"):
            await heal_config(file, tmp_path)

    assert file.exists()


async def test_the_operator_is_told_from_when_the_copy_is(file, tmp_path):
    await ConfigKeeper(file, tmp_path).copy()
    damage(file)

    note = await heal_config(file, tmp_path)

    assert "config.db.damaged-" in note
    assert "stands in its place" in note
    assert await heal_config(file, tmp_path) == ""


async def test_a_full_disk_is_told_and_leaves_the_copies_as_they_were(file, tmp_path):
    (tmp_path / "backups").write_text("a file in the place of the directory")
    keeper = ConfigKeeper(file, tmp_path)

    await keeper.copy()

    assert "No copy of the settings' database could be taken" in keeper.health.failure
