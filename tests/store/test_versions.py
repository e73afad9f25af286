"""The number of a database's last change."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from webmacs_edge.store.versions import VersionWatch


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.db"
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("CREATE TABLE t (x)")
    return file


def test_it_changes_with_each_commit_of_others(file: Path):
    watch = VersionWatch(file)
    before = watch.version()

    with closing(sqlite3.connect(file)) as writer, writer:
        writer.execute("INSERT INTO t VALUES (1)")

    assert before is not None
    assert watch.version() not in (None, before)
    watch.close()


def test_who_asks_after_the_end_does_not_open_the_file_again(file: Path):
    watch = VersionWatch(file)
    watch.close()

    assert watch.version() is None


def test_of_a_file_that_is_not_there_nothing_can_be_told(tmp_path: Path):
    watch = VersionWatch(tmp_path / "none.db")

    assert watch.version() is None
    watch.close()
