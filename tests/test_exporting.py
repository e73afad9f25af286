"""The export command, without the process around it."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import make_settings
from tests.history.conftest import history_in
from tests.history.scans import NOON_MS, scan
from webmacs_edge.config import Settings
from webmacs_edge.exporting import Wanted, run_export
from webmacs_edge.history.export.plan import Options
from webmacs_edge.model.errors import InvalidError, StoreError
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.model.words import EventType
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.datadir import hold_data_dir
from webmacs_edge.store.events import create_event, remove_event

NAMES = ("Bed", "Flow, upper", "Old")


@pytest.fixture
async def settings(tmp_path: Path, empty_config: Path) -> Settings:
    """A data directory with three channels, one of them removed, and two hours of values."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    shutil.copy(empty_config, data_dir)
    database = Database(sqlite_url(data_dir / "config.db"))

    async def add(session: Any) -> None:
        for name in NAMES:
            event = await create_event(
                session, at_ms=0, name=name, unit="°C", min_value=0.0, max_value=100.0,
                type=EventType.sensor,
            )  # fmt: skip
        await remove_event(session, event.public_id, at_ms=1)

    await database.write(add)
    await database.close()
    async with history_in(data_dir) as history:
        for index in range(720):
            history.recorder.take(scan(NOON_MS + index * 10_000, [float(index)] * 3))
        await history.recorder.flush()
        history.recorder.take(scan(NOON_MS + 3 * HOUR_MS, [-1.0] * 3))
    return make_settings(data_dir, time_zone="Europe/Berlin")


async def export(settings: Settings, **given: Any) -> list[str]:
    """What the command says."""
    said: list[str] = []
    given["output"] = settings.data_dir / given.get("output", "file.csv")
    assert await run_export(settings, Wanted(**given), say=said.append) == 0
    return said


def rows_of(settings: Settings, name: str = "file.csv") -> list[dict[str, str]]:
    text = (settings.data_dir / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def test_without_further_words_everything_that_is_on_the_disk_is_exported(settings):
    said = await export(settings)

    rows = rows_of(settings)
    assert len(rows) == 720 * 3
    assert {row["event_name"] for row in rows} == set(NAMES)
    assert said == [f"{settings.data_dir / 'file.csv'}: 2,160 values of 3 channel(s)."]


async def test_while_the_appliance_runs_it_says_what_is_missing(settings):
    with hold_data_dir(settings.data_dir):
        _, note = await export(settings)

    assert "at most 1 s" in note


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["Bed"], {"Bed"}),
        (["Bed,Old"], {"Bed", "Old"}),
        (["Flow, upper", "Bed"], {"Flow, upper", "Bed"}),
    ],
)
async def test_channels_are_named_one_by_one_or_with_commas(settings, texts, names):
    await export(settings, channels=texts)

    assert {row["event_name"] for row in rows_of(settings)} == names


async def test_a_channel_is_found_by_its_id(settings):
    await export(settings)
    public_id = next(r["event_public_id"] for r in rows_of(settings) if r["event_name"] == "Old")

    await export(settings, channels=[public_id], output="old.csv")

    assert {row["event_name"] for row in rows_of(settings, "old.csv")} == {"Old"}


async def test_times_are_those_of_the_site(settings):
    local = {"start": "2027-01-15 09:10", "end": "2027-01-15 09:20"}  # NOON_MS is 08:00 UTC

    await export(settings, channels=["Bed"], **local)

    rows = rows_of(settings)
    assert len(rows) == 60
    assert rows[0]["timestamp"] == "2027-01-15T08:10:00+00:00"


async def test_the_ending_of_the_name_chooses_the_format(settings):
    await export(settings, output="file.jsonl", channels=["Bed"])

    text = (settings.data_dir / "file.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["value"] for line in text.splitlines()] == [
        float(i) for i in range(720)
    ]


async def test_a_resampled_table_has_a_line_per_step(settings):
    await export(settings, format="wide", options=Options(step_ms=HOUR_MS))

    rows = rows_of(settings)
    assert [row["Bed [°C]"] for row in rows] == ["179.5", "539.5"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"start": "soon"}, "“soon” is not a time."),
        ({"last": "soon"}, "“soon” is not a length of time."),
        ({"start": "2026-11-23", "end": "2026-11-22"}, "must be after its start"),
        ({"channels": ["no-such"]}, "There is no channel “no-such”. There are: Bed, Flow, upper"),
        ({"output": "missing/file.csv"}, "There is no directory"),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(settings, given, sentence):
    with pytest.raises(InvalidError) as refused:
        await export(settings, **given)

    assert sentence in str(refused.value)
    assert not list(settings.data_dir.glob("*file*"))


async def test_a_file_that_exists_is_kept_unless_it_may_be_replaced(settings):
    (settings.data_dir / "file.csv").write_text("mine")

    with pytest.raises(InvalidError, match="exists already"):
        await export(settings)
    assert (settings.data_dir / "file.csv").read_text() == "mine"

    await export(settings, overwrite=True)
    assert len(rows_of(settings)) == 720 * 3


async def test_a_directory_without_databases_is_named(tmp_path):
    with pytest.raises(StoreError, match="Give WEBMACS_DATA_DIR"):
        await export(make_settings(tmp_path))

    assert not list(tmp_path.iterdir())
