"""Changing the schema of a filled history."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.history.conftest import history_in
from tests.history.scans import NOON_MS, seconds, stored, take
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.store.history_upgrade import NEWEST, STEPS, Step, upgrade_history

INTERRUPTED = """
import sys, time
from pathlib import Path
from webmacs_edge.store.history_upgrade import STEPS, Step, upgrade_history

def slow(connection):
    connection.execute("ALTER TABLE datapoints ADD COLUMN colour TEXT")
    for _ in range(2000):
        connection.execute("UPDATE datapoints SET data = zeroblob(length(data) + 1)")
        print("step", flush=True)

upgrade_history(Path(sys.argv[1]), steps=[*STEPS, Step(99, "colours", slow)])
"""


def version_of(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def add_colour(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE datapoints ADD COLUMN colour TEXT")


def fail(_connection: sqlite3.Connection) -> None:
    raise sqlite3.OperationalError("disk full")


@pytest.fixture
async def file(tmp_path) -> Path:
    """A filled history as the first release left it: without a version, without the index."""
    async with history_in(tmp_path) as history:
        take(history, seconds(NOON_MS, 1000))
        take(history, seconds(NOON_MS + HOUR_MS, 10))
        await history.recorder.flush()
    with closing(sqlite3.connect(tmp_path / "history.db")) as connection, connection:
        connection.execute("DROP INDEX datapoints_counts")
        connection.execute("PRAGMA user_version=0")
    return tmp_path / "history.db"


async def test_a_file_of_the_first_release_takes_every_step_and_keeps_all(file):
    assert upgrade_history(file) == (0, NEWEST)
    assert upgrade_history(file) == (NEWEST, NEWEST)

    assert version_of(file) == NEWEST
    with closing(sqlite3.connect(file)) as connection:
        indexes = connection.execute("SELECT name FROM sqlite_master WHERE type='index'").fetchall()
    assert ("datapoints_counts",) in indexes
    async with history_in(file.parent) as history:
        assert len(await stored(history)) == 1010


async def test_a_new_file_is_of_the_newest_version(tmp_path):
    async with history_in(tmp_path):
        pass

    assert version_of(tmp_path / "history.db") == NEWEST
    assert upgrade_history(tmp_path / "none.db") == (NEWEST, NEWEST)


async def test_too_little_room_is_said_before_anything_is_done(file):
    before = file.read_bytes()

    with pytest.raises(StoreError, match="nothing was changed"):
        upgrade_history(
            file,
            steps=[*STEPS, Step(99, "colours", add_colour)],
            free_bytes=lambda _: file.stat().st_size,
        )

    assert file.read_bytes() == before


async def test_a_step_that_fails_changes_nothing(file):
    steps = [*STEPS, Step(98, "colours", add_colour), Step(99, "trouble", fail)]

    with pytest.raises(StoreError, match="as it was before"):
        upgrade_history(file, steps=steps)

    assert version_of(file) == 0
    with closing(sqlite3.connect(file)) as connection:
        assert "colour" not in str(connection.execute("SELECT sql FROM sqlite_master").fetchall())
    assert upgrade_history(file) == (0, NEWEST)


async def test_a_file_of_a_later_release_is_refused(file):
    upgrade_history(file, steps=[*STEPS, Step(99, "colours", add_colour)])

    with pytest.raises(StoreError, match="later release"):
        upgrade_history(file)


@pytest.mark.parametrize("steps", [1, 40, 300])
async def test_killed_in_the_middle_the_file_is_as_before(file, steps):
    command = [sys.executable, "-c", INTERRUPTED, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603, ASYNC220 ours
        assert process.stdout is not None
        for _ in range(steps):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()

    assert version_of(file) == 0
    assert upgrade_history(file) == (0, NEWEST)
    async with history_in(file.parent) as history:
        assert len(await stored(history)) == 1010


async def test_a_damaged_file_is_left_to_whoever_opens_it(tmp_path):
    file = tmp_path / "history.db"
    file.write_bytes(b"junk" * 5000)

    assert upgrade_history(file) == (NEWEST, NEWEST)
    assert file.read_bytes() == b"junk" * 5000
