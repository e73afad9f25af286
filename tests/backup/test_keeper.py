"""Backups that are made by themselves, into a folder and onto a server."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.backup.test_round_trip import names_in
from webmacs_edge.backing_up import Order, run_backup
from webmacs_edge.backup.keeper import BackupKeeper, Done
from webmacs_edge.backup.making import Source
from webmacs_edge.backup.reading import check_backup
from webmacs_edge.backup.s3 import Signer
from webmacs_edge.backup.server import Server
from webmacs_edge.config import load_settings
from webmacs_edge.model.backups import Wanted
from webmacs_edge.model.errors import SettingsError, StoreError
from webmacs_edge.store.database import Database, sqlite_url

WORDS = "correct horse battery"


@asynccontextmanager
async def keeping(folder: Path, told: list[str], **given: Any) -> AsyncIterator[BackupKeeper]:
    """A keeper of that data directory; what it notes for the operator is told."""
    database = Database(sqlite_url(folder / "config.db"))

    async def note(words: str, _kind: object) -> None:
        told.append(words)

    settings = load_settings(data_dir=folder, backup_scope="config", **given)
    try:
        yield BackupKeeper(
            settings, Source(data_dir=folder, site_name="Rig 7"), database, note=note
        )
    finally:
        await database.close()


def done_of(keeper: BackupKeeper) -> Done:
    assert keeper.done is not None
    return keeper.done


class Shelf:
    """A server that keeps what is PUT."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.asked: list[web.Request] = []
        self.status = 201
        self.may_read = True
        self.keeps = 2**30  # bytes of each file

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        if request.method == "PUT":
            self.kept[request.path] = (await request.read())[: self.keeps]
            return web.Response(status=self.status)
        if request.method == "DELETE":
            return web.Response(status=204 if self.kept.pop(request.path, None) else 404)
        return (
            web.Response(body=self.kept[request.path])
            if self.may_read
            else web.Response(status=403)
        )


@pytest.fixture
async def shelf() -> AsyncIterator[tuple[Shelf, str]]:
    """One, and its address."""
    made = Shelf()
    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{path:.*}", made.serve)
    async with TestServer(app) as server:
        yield made, str(server.make_url("/rig")).rstrip("/")


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
    async with keeping(filled, told, backup_to=str(stick)) as keeper:
        await keeper.read_state()
        assert keeper.done is not None
        assert keeper.done.size_bytes == next(stick.iterdir()).stat().st_size


async def test_a_server_gets_it_sealed_and_the_oldest_are_removed_there(
    filled: Path, shelf, tmp_path
):
    server, url = shelf
    given = {"backup_to": url, "backup_passphrase": WORDS, "backup_keep": 1,
             "backup_user": "rig", "backup_password": "geheim"}  # fmt: skip
    async with keeping(filled, [], **given) as keeper:
        await keeper.back_up()
        first = done_of(keeper)
        server.kept["/rig/old"] = server.kept.pop(f"/rig/{first.name}")
        keeper.done = Done(0, "old", 1, was_read_back=True, names=("old",), to=url)
        await keeper.back_up()

    assert list(server.kept) == [f"/rig/{done_of(keeper).name}"]
    assert done_of(keeper).was_read_back
    file = tmp_path / "got"
    file.write_bytes(server.kept.popitem()[1])
    with file.open("rb") as source:
        assert check_backup(source, passphrase=WORDS).manifest.has_keys
    assert server.asked[0].headers["Authorization"].startswith("Basic ")
    assert not (filled / "backup.tmp" / "out").exists()


async def test_as_many_as_wanted_stay_over_restarts_moves_and_two_within_a_second(
    filled: Path, shelf, monkeypatch: pytest.MonkeyPatch
):
    server, url = shelf
    for second in (1, 1, 2, 3):
        monkeypatch.setattr(
            "webmacs_edge.backup.keeper.now_ms", lambda at=second: 2_000_000_000_000 + at * 1000
        )
        async with keeping(filled, [], backup_to=url, backup_keep=2) as keeper:  # started anew
            await keeper.back_up()

    assert len(server.kept) == 2
    assert {f"/rig/{name}" for name in done_of(keeper).names} == set(server.kept)
    async with keeping(filled, [], backup_to=f"{url}/moved", backup_keep=1) as keeper:
        await keeper.back_up()
    assert len(server.kept) == 3  # what lies elsewhere is not asked for here
    assert [it.method for it in server.asked].count("DELETE") == 1


async def test_a_server_that_keeps_something_else_or_refuses_is_told(
    filled: Path, shelf, monkeypatch: pytest.MonkeyPatch
):
    server, url = shelf
    async with keeping(filled, [], backup_to=url) as keeper:
        server.status = 507
        with pytest.raises(StoreError, match="answered 507"):
            await keeper.back_up()
        server.status, server.may_read = 201, False
        await keeper.back_up()
        assert not done_of(keeper).was_read_back
        server.may_read, server.keeps = True, 1000
        before = set(server.kept)
        monkeypatch.setattr("webmacs_edge.backup.keeper.now_ms", lambda: 4_000_000_000_000)
        with pytest.raises(StoreError, match="is not what was sent"):
            await keeper.back_up()
        assert set(server.kept) == before  # nobody takes half of one for a backup
    async with keeping(filled, [], backup_to="http://127.0.0.1:9/x") as keeper:
        with pytest.raises(StoreError, match="could not be reached"):
            await keeper.back_up()


async def test_s3_requests_are_signed(filled: Path, shelf):
    server, url = shelf
    given = {"backup_user": "AKIDEXAMPLE", "backup_password": "secret"}
    async with keeping(filled, [], backup_to=f"s3+{url}/bucket", **given) as keeper:
        await keeper.back_up()

    put = server.asked[0]
    assert put.path.startswith("/rig/bucket/webmacs-edge-")
    assert "Credential=AKIDEXAMPLE/" in put.headers["Authorization"]
    assert len(put.headers["x-amz-content-sha256"]) == 64


def test_the_signature_is_the_one_that_aws_own_library_makes():
    signer = Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

    headers = signer.headers(
        "GET", "https://examplebucket.s3.amazonaws.com/test%20a.txt", at_ms=1_369_353_600_000
    )

    assert headers["x-amz-date"] == "20130524T000000Z"
    assert headers["Authorization"].endswith(
        "Signature=9f34021b6074d00271bd9f6f9dbf7bd9aa86dae7cc3868bf9df5e1e743bc10f8"
    )


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
