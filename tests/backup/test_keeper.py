"""Backups that are made by themselves."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.backup.keeping import keeping
from tests.backup.test_round_trip import names_in
from tests.languages import in_german
from webmacs_edge.backing_up import Order, run_backup
from webmacs_edge.backup.server import Server
from webmacs_edge.config import load_settings
from webmacs_edge.model.backups import Wanted
from webmacs_edge.model.errors import SettingsError, StoreError
from webmacs_edge.model.text import say


async def test_one_is_made_when_it_is_due_and_failures_are_told_once(filled: Path, tmp_path: Path):
    told: list[str] = []
    stick = tmp_path / "stick"
    async with keeping(filled, told, backup_to=str(stick)) as keeper:
        await keeper.look()
        with pytest.raises(StoreError):
            await keeper.back_up()
        assert "Is the stick plugged in" in keeper.health.failure
        stick.mkdir()
        await keeper.look()  # too early for another try
        assert not keeper.health.is_good
        await keeper.back_up()
        await keeper.look()  # none is due

        assert keeper.done is not None
        assert [file.name for file in stick.iterdir()] == [keeper.done.name]
        assert told == [told[0], "Backups work again."]
        assert "plugged in" in told[0]
        with in_german():
            assert say(told[0]).startswith("Die Sicherung ist fehlgeschlagen: Es gibt keinen Ordn")
    async with keeping(filled, told, backup_to=str(stick)) as keeper:
        await keeper.read_state()
        assert keeper.done is not None
        assert keeper.done.size_bytes == next(stick.iterdir()).stat().st_size


async def test_a_damaged_database_is_not_backed_up_as_if_it_were_sound(
    filled: Path, tmp_path: Path
):
    shutil.copy(filled / "config.db", tmp_path / "sound.db")
    async with keeping(filled, [], backup_to=str(tmp_path)) as keeper:
        with closing(sqlite3.connect(filled / "history.db")) as history:
            history.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (filled / "history.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
        with pytest.raises(StoreError, match="could not be made"):
            await keeper.back_up()
    assert not [name for name in names_in(tmp_path) if name.startswith("webmacs-edge-")]


async def test_whatever_goes_wrong_is_told_and_never_ends_the_appliance(filled: Path, shelf):
    told: list[str] = []
    (filled / "backup.tmp").write_text("in the way")
    async with keeping(filled, told, backup_to=shelf[1]) as keeper:
        await keeper.look()

        assert "backup.tmp" in keeper.health.failure
        assert "The backup failed" in told[0]
    async with keeping(filled, told, backup_to="/" + "x" * 400) as keeper:  # no such name can be
        await keeper.look()
        assert "Is the stick plugged in" in keeper.health.failure
    (filled / "backup.tmp").unlink()
    async with keeping(filled, told, backup_to=shelf[1], backup_user="a:b") as keeper:
        await keeper.look()
        assert "not allowed in login" in keeper.health.failure


def test_a_password_does_not_stand_in_an_address_that_pages_show(tmp_path: Path):
    with pytest.raises(SettingsError, match="backup_password"):
        load_settings(data_dir=tmp_path, backup_to="https://rig:geheim@nas.plant.lan/rig")
    server = Server("https://nas.plant.lan/rig", "rig", "geheim")
    assert "geheim" not in repr(server)


def test_what_lies_in_the_way_at_the_console_reads_nothing_of_the_backup(
    filled: Path, tmp_path: Path
):
    target, told = tmp_path / "box.tar.gz", list[str]()
    with (tmp_path / ".box.tar.gz.part").open("w+b") as laid_out:
        run_backup(
            load_settings(data_dir=filled), Order(wanted=Wanted(), to=target), say=told.append
        )

        assert laid_out.read() == b""
    assert f"Written and read back: {target}" in told
    assert target.stat().st_mode & 0o777 == 0o600
