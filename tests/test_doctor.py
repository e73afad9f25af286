"""What the doctor says."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from tests.conftest import make_settings
from tests.history.conftest import history_in
from tests.history.scans import NOON_MS, seconds, take
from webmacs_edge.doctor import run_doctor
from webmacs_edge.model.times import HOUR_MS


@pytest.fixture
async def settings(tmp_path, empty_config, plant):
    """Two sealed hours and an open one, on the virtual plant."""
    shutil.copy(empty_config, tmp_path / "config.db")
    async with history_in(tmp_path) as history:
        for hour in range(3):
            take(history, seconds(NOON_MS + hour * HOUR_MS, 100))
        await history.recorder.flush()
    return make_settings(tmp_path, process_image=plant.image_path, config_rsc=plant.config_path)


async def say_all(settings):
    said: list[str] = []
    return await run_doctor(settings, say=said.append), "\n".join(said)


async def test_all_is_well(settings):
    status, said = await say_all(settings)

    assert status == 0
    assert "2 chunks with 200 samples" in said
    assert "All is well." in said


async def test_a_damaged_chunk_is_named(settings):
    with closing(sqlite3.connect(settings.data_dir / "history.db")) as file, file:
        file.execute("UPDATE datapoints SET data = substr(data, 1, 40) WHERE t0 = ?", (NOON_MS,))

    status, said = await say_all(settings)

    assert status == 1
    assert "The hour of channel 1 from 2027-01-15 08:00 UTC is damaged" in said
    assert "1 damaged chunks" in said


async def test_files_that_are_no_databases_are_named(settings):
    for name in ("config.db", "history.db"):
        (settings.data_dir / name).write_bytes(b"junk" * 4000)

    status, said = await say_all(settings)

    assert status == 1
    assert "✗ Data directory" in said
    assert "✗ History" in said


async def test_a_file_that_was_set_aside_is_remembered(settings):
    file = settings.data_dir / "history.db"
    file.with_name("history.db.damaged-20270115T080000Z").write_bytes(b"junk")

    status, said = await say_all(settings)

    assert status == 1
    assert "not salvaged yet" in said
