"""What the doctor says."""

import shutil
import sqlite3
from contextlib import closing
from functools import partial

import pytest

from tests.conftest import make_settings
from tests.history.conftest import history_in
from tests.history.scans import NOON_MS, seconds, take
from webmacs_edge.doctor import run_doctor
from webmacs_edge.model.actors import APPLIANCE
from webmacs_edge.model.audit import KEY_PURPOSE
from webmacs_edge.model.box_keys import derive_key
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.store.audit_chain import Head
from webmacs_edge.store.audit_file import write_seen
from webmacs_edge.store.auditing import audited
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.datadir import KEY_FILE, load_secret_key
from webmacs_edge.store.site_settings import write_site_value


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


async def fill_trail(settings, entries=4):
    key = derive_key(load_secret_key(settings.data_dir), KEY_PURPOSE)
    database = Database(sqlite_url(settings.data_dir / "config.db"))
    for number in range(entries):
        change = partial(write_site_value, key="k", value=number, at_ms=0)
        await database.write(audited(change, actor=APPLIANCE, key=key, at_ms=NOON_MS))
    await database.close()


async def test_the_audit_trail_is_verified(settings):
    await fill_trail(settings)

    status, said = await say_all(settings)

    assert status == 0
    assert "✓ Audit trail: 4 entries, each sealed onto the one before" in said


async def test_an_entry_that_somebody_changed_is_named(settings):
    await fill_trail(settings)
    with closing(sqlite3.connect(settings.data_dir / "config.db")) as file, file:
        file.execute("DROP TRIGGER audit_entries_update")
        file.execute("UPDATE audit_entries SET actor = 'nobody' WHERE id = 3")

    status, said = await say_all(settings)

    assert status == 1
    assert "Entry 3 is the first of 1 that cannot be trusted: it does not bear its seal." in said


async def test_a_trail_without_the_key_of_the_box_is_told(settings):
    await fill_trail(settings)
    (settings.data_dir / KEY_FILE).unlink()

    status, said = await say_all(settings)

    assert status == 1
    assert "without it no entry can be verified" in said
    assert not (settings.data_dir / KEY_FILE).exists()


async def test_a_trail_whose_end_was_cut_off_is_told(settings):
    await fill_trail(settings)
    write_seen(settings.data_dir, Head(9, "0" * 64))

    status, said = await say_all(settings)

    assert status == 1
    assert "Entry 9 was there but is not any more" in said
