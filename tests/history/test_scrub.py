"""The monthly look at everything, and the doctor's."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.history.conftest import history_in
from tests.history.damage import checkpoint, overwrite, page_size, pages_of
from tests.history.scans import NOON_MS, scan
from webmacs_edge.history.integrity import check_everything
from webmacs_edge.history.scrub import PASS_MS, Scrub
from webmacs_edge.model.times import DAY_MS, HOUR_MS
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.files import waiting_files
from webmacs_edge.store.inspection import Key

CHANNELS, HOURS = 3, 30


@asynccontextmanager
async def filled(directory: Path):
    async with history_in(directory) as history:
        for index in range(HOURS * 60):
            values = [index / 7 + channel for channel in range(CHANNELS)]
            history.recorder.take(scan(NOON_MS + index * 60_000, values))
        await history.recorder.flush()
        yield history


@pytest.fixture
async def config(tmp_path: Path, empty_config: Path) -> AsyncIterator[Database]:
    shutil.copy(empty_config, tmp_path / "config.db")
    database = Database(sqlite_url(tmp_path / "config.db"))
    yield database
    await database.close()


async def change(history, statement: str) -> None:
    async def run(session):
        await session.execute(text(statement))

    await history.recorder._database.write(run)  # noqa: SLF001 bit rot is not part of our API


def scrub_of(history, config, notes) -> Scrub:
    async def write_note(content, _logging_type):
        notes.append(content)

    recorder = history.recorder
    return Scrub(recorder._database, config, recorder, write_note=write_note)  # noqa: SLF001


async def test_a_sound_history_is_sound(tmp_path):
    async with filled(tmp_path) as history:
        findings = await check_everything(history.recorder._database)  # noqa: SLF001 as the doctor

    assert findings.is_good
    assert findings.chunks == CHANNELS * (HOURS - 1)
    assert findings.samples == CHANNELS * (HOURS - 1) * 60
    assert findings.journal_rows > 0


async def test_every_kind_of_damage_is_found(tmp_path):
    async with filled(tmp_path) as history:
        t0 = NOON_MS + 5 * HOUR_MS
        mine = f"WHERE t0 = {t0} AND channel ="
        await change(history, f"UPDATE datapoints SET data = x'00' {mine} 2")  # noqa: S608 ours
        await change(history, "UPDATE datapoints_rollup SET vmax = 1e9 WHERE channel = 1")
        await change(history, f"DELETE FROM datapoints_rollup {mine} 3")  # noqa: S608 ours
        await change(history, "UPDATE datapoints_journal SET data = x'010203'")
        findings = await check_everything(history.recorder._database)  # noqa: SLF001 as the doctor

    assert findings.damaged == [Key(2, t0)]
    assert findings.wrong_rollups == HOURS - 1 + 1
    assert findings.damaged_rows == findings.journal_rows
    assert findings.file_faults == []


async def test_pages_that_cannot_be_read_are_found(tmp_path):
    async with filled(tmp_path):
        pass
    file = tmp_path / "history.db"
    checkpoint(file)
    size, page = page_size(file), pages_of(file, "datapoints")[5]
    overwrite(file, (page - 1) * size, b"\x0d" + b"\xff" * (size - 1))

    database = Database(sqlite_url(file))
    findings = await check_everything(database)
    await database.close()

    assert not findings.is_good
    assert findings.file_faults


async def test_a_pass_looks_at_every_chunk_and_the_next_begins_a_month_later(tmp_path, config):
    async with filled(tmp_path) as history:
        scrub = scrub_of(history, config, [])
        at_ms = NOON_MS
        while scrub.finished_ms is None:
            await scrub.step(at_ms, limit=7)
            at_ms += 60_000
        assert scrub.checked == CHANNELS * (HOURS - 1)
        await scrub.step(at_ms + DAY_MS)
        assert scrub.position is None
        await scrub.step(at_ms + PASS_MS)
        assert scrub.checked > 0
        assert scrub.position is not None


async def test_a_pass_goes_on_after_a_restart(tmp_path, config):
    async with filled(tmp_path) as history:
        scrub = scrub_of(history, config, [])
        await scrub.step(NOON_MS, limit=10)
        await scrub.step(NOON_MS + HOUR_MS, limit=10)

        again = scrub_of(history, config, [])
        await again.step(NOON_MS + HOUR_MS, limit=1)

    assert again.started_ms == NOON_MS
    assert again.checked == 21


async def test_damage_is_told_once_and_wrong_summaries_are_made_anew(tmp_path, config):
    notes: list[str] = []
    async with filled(tmp_path) as history:
        await change(history, "UPDATE datapoints SET n = n - 1 WHERE channel = 2")
        await change(history, "UPDATE datapoints_rollup SET vmax = 1e9, n = 3 WHERE channel = 1")
        scrub = scrub_of(history, config, notes)
        while scrub.finished_ms is None:
            await scrub.step(NOON_MS, limit=20)

        findings = await check_everything(history.recorder._database)  # noqa: SLF001 as the doctor
        trend = (await history.trend([1], NOON_MS, NOON_MS + DAY_MS, width=2))[1]

    assert len(scrub.damaged) == HOURS - 1
    assert len(notes) == 1
    assert "2027-01-15" in notes[0]
    assert findings.wrong_rollups == 0
    assert trend.high.max() < 1000
    assert trend.n.sum() == 24 * 60


async def test_a_page_that_cannot_be_read_makes_a_new_file(tmp_path, config):
    async with filled(tmp_path):
        pass
    file = tmp_path / "history.db"
    checkpoint(file)
    async with history_in(tmp_path) as history:
        size = page_size(file)
        for page in pages_of(file, "datapoints"):
            overwrite(file, (page - 1) * size, b"\x0d" + b"\xff" * (size - 1))
        await history.recorder._database.close()  # noqa: SLF001 forgets what it has cached
        scrub = scrub_of(history, config, [])
        for _ in range(5):
            await scrub._beat()  # noqa: SLF001 as every minute

        assert len(waiting_files(file)) == 1
        assert await history.recorder.flush()
        assert history.latest_stored()[1][0] == NOON_MS + (HOURS * 60 - 1) * 60_000
