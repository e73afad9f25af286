"""A damaged history file: only what is damaged is lost, and recording goes on."""

import asyncio
import random
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.history.conftest import history_in
from tests.history.damage import checkpoint, flip_bit, overwrite, page_size, pages_of, sealed_values
from tests.history.scans import NOON_MS, scan, stored, take
from tests.waiting import eventually
from webmacs_edge.history.recovery import Recovery
from webmacs_edge.history.salvaging import Salvager
from webmacs_edge.model.errors import StoreDamagedError
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.service import running
from webmacs_edge.store.files import waiting_files
from webmacs_edge.store.rollups import read_rollups

CHANNELS, HOURS, PER_HOUR = 5, 40, 120
TABLES = ["datapoints", "datapoints_journal", "datapoints_rollup"]


def salvager_of(history, notes=None):
    async def write_note(content, _logging_type):
        if notes is not None:
            notes.append(content)

    recorder = history.recorder
    return Salvager(recorder._database, recorder, history.recovery, write_note=write_note)  # noqa: SLF001


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """A file with forty hours of five channels, the last one open."""
    directory = tmp_path_factory.mktemp("filled")

    async def fill() -> None:
        async with history_in(directory) as history:
            rng = random.Random(1)  # noqa: S311 values of no importance
            for index in range(HOURS * PER_HOUR):
                values = [rng.random() for _ in range(CHANNELS)]
                history.recorder.take(scan(NOON_MS + index * HOUR_MS // PER_HOUR, values))
                if index % 50 == 49:
                    await history.recorder.flush()
            await history.recorder.flush()

    asyncio.run(fill())
    checkpoint(directory / "history.db")
    return directory / "history.db"


@pytest.fixture
def file(filled, tmp_path) -> Path:
    """A copy to damage."""
    return Path(shutil.copy(filled, tmp_path / "history.db"))


async def all_values(directory: Path) -> dict[int, dict[int, float]]:
    async with history_in(directory) as history:
        return {key: await sealed_values(history, key) for key in range(1, CHANNELS + 1)}


async def test_every_row_of_a_sound_file_comes_over(filled, tmp_path):
    expected = await all_values(filled.parent)
    async with history_in(tmp_path) as history:
        done = await salvager_of(history).salvage(filled)
        assert done.samples == CHANNELS * HOURS * PER_HOUR
        assert (done.beyond_repair, done.is_complete) == (0, True)
        again = await salvager_of(history).salvage(filled)
        assert again.beyond_repair == 0

    assert await all_values(tmp_path) == expected


@pytest.mark.parametrize("table", TABLES)
async def test_a_page_that_is_overwritten_loses_only_itself(file, filled, table):
    expected = await all_values(filled.parent)
    size = page_size(file)
    pages = pages_of(file, table)
    for page in pages[:: max(1, len(pages) // 3)]:
        overwrite(file, (page - 1) * size, b"\xa5" * size)

    async with history_in(file.parent) as history:
        take(history, [(NOON_MS + 100 * HOUR_MS, 5.0)])
        assert await history.recorder.flush()
        if waiting_files(file):
            await salvager_of(history).run_once()
            assert waiting_files(file) == []

    found = await all_values(file.parent)
    assert found[1].pop(NOON_MS + 100 * HOUR_MS) == 5.0
    kept = sum(len(values) for values in found.values())
    assert all(values.items() <= expected[key].items() for key, values in found.items())
    share = {"datapoints": 0.7, "datapoints_journal": 0.9, "datapoints_rollup": 1.0}[table]
    assert kept >= share * CHANNELS * HOURS * PER_HOUR


@pytest.mark.parametrize("table", TABLES)
async def test_flipped_bits_are_never_read_as_values(filled, tmp_path, table):
    expected = await all_values(filled.parent)
    rng = random.Random(table)  # noqa: S311 places of no importance
    size, pages = page_size(filled), pages_of(filled, table)
    for turn in range(6):
        directory = tmp_path / str(turn)
        directory.mkdir()
        file = Path(shutil.copy(filled, directory / "history.db"))
        for page in rng.sample(pages, min(4, len(pages))):
            flip_bit(file, rng, first=(page - 1) * size, last=page * size)

        async with history_in(directory) as history:
            if waiting_files(file):
                await salvager_of(history).run_once()

        found = await all_values(directory)
        lost = 0
        for key, values in found.items():
            assert values.items() <= expected[key].items()
            lost += len(expected[key]) - len(values)
        assert lost <= 4 * CHANNELS * PER_HOUR


@pytest.mark.parametrize(
    "content",
    [b"", b"junk" * 5000, b"SQLite format 3\0" + b"\xff" * 9000],
    ids=["empty", "junk", "head"],
)
async def test_a_file_that_is_no_database_is_kept_aside_and_recording_begins(tmp_path, content):
    file = tmp_path / "history.db"
    file.write_bytes(content)

    async with history_in(tmp_path) as history:
        take(history, [(NOON_MS, 1.0)])
        assert await history.recorder.flush()
        assert len(await stored(history)) == 1
        await salvager_of(history).run_once()

    kept = list(tmp_path.glob("history.db.damaged-*[0-9Z]"))
    assert [path.read_bytes() for path in kept] == ([content] if content else [])


async def test_a_directory_in_the_place_of_the_file_is_no_obstacle(tmp_path):
    (tmp_path / "history.db").mkdir()

    async with history_in(tmp_path) as history:
        take(history, [(NOON_MS, 1.0)])
        assert await history.recorder.flush()


async def test_a_file_that_becomes_damaged_while_recording_is_replaced_without_loss(file):
    async with history_in(file.parent) as history:
        before = await sealed_values(history, 1)
        notes: list[str] = []
        async with running(salvager_of(history, notes), pytest.fail):
            size = page_size(file)
            for table in ("datapoints_journal", "datapoints"):
                for page in pages_of(file, table)[:40]:
                    overwrite(file, (page - 1) * size, b"\x0d" + b"\xff" * (size - 1))
            await history.recorder._database.close()  # noqa: SLF001 forgets what it has cached
            count = 0

            async def goes_on():
                nonlocal count
                take(history, [(NOON_MS + (HOURS + 1) * HOUR_MS + count, float(count))])
                count += 1
                return await history.recorder.flush() and len(notes) == 2

            await eventually(goes_on)

        values = await sealed_values(history, 1)
        new = {at: v for at, v in values.items() if at >= NOON_MS + (HOURS + 1) * HOUR_MS}
        assert sorted(new.values()) == [float(number) for number in range(count)]
        mark_ms = max(before) + 1  # of the restart
        old = {at: v for at, v in values.items() if at not in new and at != mark_ms}
        assert old.items() <= before.items()
        last_hour = {at for at in before if at >= NOON_MS + (HOURS - 1) * HOUR_MS}
        assert last_hour <= set(values)  # it was in RAM
        assert "is kept as" in notes[0]
        assert "were salvaged" in notes[1]

    assert await all_values(file.parent)


async def test_a_file_is_not_replaced_again_and_again(history):
    assert await history.recovery.replace_file(StoreDamagedError("a test"))
    assert not await history.recovery.replace_file(StoreDamagedError("a test"))


async def test_summaries_whose_samples_are_gone_come_over_too(file, tmp_path):
    async with history_in(file.parent) as history:

        async def thin(session):
            await session.execute(text("DELETE FROM datapoints WHERE channel = 2"))

        await history.recorder._database.write(thin)  # noqa: SLF001 retention does it
    checkpoint(file)
    target = tmp_path / "new"
    target.mkdir()
    async with history_in(target) as history:
        await salvager_of(history).salvage(file)
        async with history.recorder._database.read() as session:  # noqa: SLF001 under the cover
            rollups = await read_rollups(session, 2, from_ms=0, to_ms=2**45)
        assert len([rollup for rollup in rollups if rollup.n == PER_HOUR]) == HOURS


def test_recovery_listens_to_the_recorder(history):
    assert isinstance(history.recovery, Recovery)
    assert history.recorder.on_damage == history.recovery.replace_file


async def test_a_file_without_its_head_comes_over_all_the_same(file, filled, tmp_path):
    expected = await all_values(filled.parent)
    overwrite(file, 0, b"\0" * 100)
    target = tmp_path / "new"
    target.mkdir()

    async with history_in(target) as history:
        await salvager_of(history).salvage(file)

    assert await all_values(target) == expected
