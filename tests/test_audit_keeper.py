"""The end of the audit trail is remembered outside the database, and very old entries go."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import eventually
from webmacs_edge.audit_keeper import AuditKeeper
from webmacs_edge.model.actors import APPLIANCE
from webmacs_edge.model.audit import KEY_PURPOSE, AuditAction
from webmacs_edge.model.box_keys import derive_key
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import running
from webmacs_edge.store import audit_chain
from webmacs_edge.store.audit_chain import Head, check_chain, read_head
from webmacs_edge.store.audit_entries import AuditFilter, list_audit_entries
from webmacs_edge.store.audit_file import NAME, read_seen, write_seen
from webmacs_edge.store.auditing import audited
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.site_settings import write_site_value

BOX_KEY = b"b" * 32
KEY = derive_key(BOX_KEY, KEY_PURPOSE)


@pytest.fixture
async def database(tmp_path: Path, empty_config: Path) -> AsyncIterator[Database]:
    shutil.copy(empty_config, tmp_path / "config.db")
    database = Database(sqlite_url(tmp_path / "config.db"))
    yield database
    await database.close()


async def write_entries(database: Database, count: int, *, at_ms: int | None = None) -> None:
    async def change(session: Any, value: str) -> None:
        await write_site_value(session, "key", value, at_ms=0)

    for number in range(count):
        work = audited(
            lambda s, n=number: change(s, f"{n} {now_ms()}"),  # type: ignore[misc] # a default
            actor=APPLIANCE,
            key=KEY,
            at_ms=now_ms() if at_ms is None else at_ms,
        )
        await database.write(work)


async def nothing(*, is_last: bool) -> None:
    """What the beat is for in this test."""


@asynccontextmanager
async def keeping(database: Database, folder: Path, **given: Any) -> AsyncIterator[AuditKeeper]:
    given = {"on_beat": nothing, "beat_s": 0.02, **given}
    keeper = AuditKeeper(database, box_key=BOX_KEY, data_dir=folder, **given)
    deaths: list[str] = []
    async with running(keeper, deaths.append):
        await asyncio.sleep(0)  # a task that was never started is not a service
        yield keeper
    assert deaths == []


async def gaps_of(database: Database) -> int:
    async with database.read() as session:
        found = await list_audit_entries(session, AuditFilter(action=AuditAction.gap), limit=10)
        assert (await check_chain(session, KEY)).first_bad is None
    return len(found)


async def test_the_end_of_the_trail_is_remembered_on_a_beat(database: Database, tmp_path: Path):
    await write_entries(database, 2)

    async with keeping(database, tmp_path):
        await eventually(lambda: (read_seen(tmp_path) or Head()).id == 2)
        await write_entries(database, 1)
        await eventually(lambda: (read_seen(tmp_path) or Head()).id == 3)

    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


async def test_the_last_entries_are_remembered_on_the_way_out(database: Database, tmp_path: Path):
    async with keeping(database, tmp_path, beat_s=3600):
        await write_entries(database, 2)

    assert (read_seen(tmp_path) or Head()).id == 2


async def test_nothing_is_written_while_nothing_changes(database: Database, tmp_path: Path):
    beats = 0

    async def count(*, is_last: bool) -> None:
        nonlocal beats
        beats += 1

    await write_entries(database, 1)
    async with keeping(database, tmp_path, on_beat=count):
        await eventually(lambda: beats >= 2)
        before = (tmp_path / NAME).stat().st_mtime_ns
        seen = beats
        await eventually(lambda: beats >= seen + 3)

    assert (tmp_path / NAME).stat().st_mtime_ns == before


async def test_an_older_copy_of_the_database_is_noticed_once(database: Database, tmp_path: Path):
    await write_entries(database, 2)
    async with database.read() as session:
        head = await read_head(session)
    write_seen(tmp_path, Head(5, "0" * 64))

    async with keeping(database, tmp_path):
        await eventually(lambda: (read_seen(tmp_path) or Head()).id == 3)
    async with keeping(database, tmp_path):
        pass

    assert head.id == 2
    assert await gaps_of(database) == 1


async def test_another_course_of_the_same_length_is_noticed(database: Database, tmp_path: Path):
    await write_entries(database, 5)
    write_seen(tmp_path, Head(5, "0" * 64))

    async with keeping(database, tmp_path):
        pass

    assert await gaps_of(database) == 1


async def test_a_trail_that_only_grew_is_in_order(database: Database, tmp_path: Path):
    await write_entries(database, 2)
    async with keeping(database, tmp_path):
        pass
    await write_entries(database, 3)
    async with keeping(database, tmp_path):
        pass

    assert await gaps_of(database) == 0


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"id": "x", "hash": 1}', b"\xff\xfe"])
async def test_a_damaged_file_is_made_anew(database: Database, tmp_path: Path, content: bytes):
    await write_entries(database, 1)
    (tmp_path / NAME).write_bytes(content)

    async with keeping(database, tmp_path):
        pass

    assert (read_seen(tmp_path) or Head()).id == 1
    assert await gaps_of(database) == 0


async def test_trouble_with_the_disk_is_told_and_passes(database: Database, tmp_path: Path):
    await write_entries(database, 1)
    folder = tmp_path / "away"

    async with keeping(database, folder) as keeper:
        await eventually(lambda: keeper.health.failures > 0)
        await asyncio.to_thread(folder.mkdir)
        await eventually(lambda: keeper.health.is_good and read_seen(folder))


async def test_very_old_entries_go_and_that_is_told(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(audit_chain, "LEAST_KEPT", 2)
    monkeypatch.setattr(audit_chain, "PRUNED_AT_ONCE", 3)
    await write_entries(database, 7, at_ms=now_ms() - audit_chain.LEAST_KEPT_MS - 1000)

    async with keeping(database, tmp_path, beat_s=3600) as keeper:
        await keeper.prune_all()

    async with database.read() as session:
        entries = await list_audit_entries(session, AuditFilter(), limit=20)
        verdict = await check_chain(session, KEY)
    pruned = [entry for entry in entries if entry.action == "prune"]
    assert [entry.actor for entry in pruned] == ["WebMACS Edge"] * len(pruned)
    assert min(entry.id for entry in entries) > 6
    assert len(pruned) == 3
    assert verdict.first_bad is None


async def test_young_entries_stay_however_many_there_are(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(audit_chain, "LEAST_KEPT", 1)
    await write_entries(database, 5)

    async with keeping(database, tmp_path, beat_s=3600) as keeper:
        await keeper.prune_all()

    with closing(sqlite3.connect(tmp_path / "config.db")) as connection:
        assert connection.execute("SELECT COUNT(*) FROM audit_entries").fetchone() == (5,)
