"""Files as a power cut leaves them: cut off anywhere in what was written last."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.history.conftest import history_in
from tests.history.damage import page_size, sealed_values
from tests.history.scans import NOON_MS, scan
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.store.files import waiting_files

FLUSHES, PER_FLUSH = 12, 10
CUTS = int(os.environ.get("WEBMACS_TEST_CUTS", "24"))  # set it to 10000 to cut at every byte
FRAME_HEADER = 24


@pytest.fixture
async def files(tmp_path: Path) -> tuple[Path, list[int]]:
    """A copy of the files of a running recorder, and how long the WAL was after each flush."""
    lengths: list[int] = []
    kept = tmp_path / "kept"
    kept.mkdir()
    async with history_in(tmp_path) as history:
        for flush in range(FLUSHES):
            for index in range(PER_FLUSH):
                number = flush * PER_FLUSH + index
                history.recorder.take(scan(NOON_MS + number * HOUR_MS // 50, [number / 7] * 3))
            assert await history.recorder.flush()
            lengths.append((tmp_path / "history.db-wal").stat().st_size)
        for name in ("history.db", "history.db-wal"):
            shutil.copy(tmp_path / name, kept / name)
    return kept, lengths


def cut(kept: Path, directory: Path, length: int) -> None:
    """The files with the WAL cut off at this length."""
    directory.mkdir()
    shutil.copy(kept / "history.db", directory)
    wal = (kept / "history.db-wal").read_bytes()
    (directory / "history.db-wal").write_bytes(wal[:length])


async def test_a_wal_that_is_cut_off_anywhere_loses_only_flushes_that_were_not_answered(
    files, tmp_path
):
    kept, lengths = files
    whole = lengths[-1]
    frame = page_size(kept / "history.db") + FRAME_HEADER
    ends = sorted({*range(whole - frame, whole + 1, max(1, frame // CUTS)), *lengths[3:], 0, 31})
    for length in ends:
        directory = tmp_path / str(length)
        cut(kept, directory, length)
        answered = sum(1 for after in lengths if after <= length)

        async with history_in(directory) as history:
            found = [await sealed_values(history, key) for key in (1, 2, 3)]
            history.recorder.take(scan(NOON_MS + 10 * HOUR_MS, [1.0] * 3))
            assert await history.recorder.flush()

        count = len(found[0])
        expected = {NOON_MS + n * HOUR_MS // 50: n / 7 for n in range(count)}
        assert found == [expected] * 3
        assert count >= answered * PER_FLUSH
        assert waiting_files(directory / "history.db") == []
        with closing(sqlite3.connect(directory / "history.db")) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
async def test_a_row_of_the_journal_that_is_cut_off_loses_only_itself(files, share):
    kept, _ = files
    with closing(sqlite3.connect(kept / "history.db")) as file, file:
        newest, length = file.execute(
            "SELECT id, length(data) FROM datapoints_journal ORDER BY id DESC LIMIT 1"
        ).fetchone()
        cut_off = "UPDATE datapoints_journal SET data = substr(data, 1, ?) WHERE id = ?"
        file.execute(cut_off, (int(length * share), newest))

    async with history_in(kept) as history:
        values = await sealed_values(history, 1)

    assert len(values) >= (FLUSHES - 2) * PER_FLUSH
    assert all(
        value * 7 == pytest.approx((at - NOON_MS) * 50 / HOUR_MS) for at, value in values.items()
    )
