"""`webmacs-edge export`, with the appliance running beside it and without."""

import asyncio
import csv
import io
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.system.conftest import reading
from tests.waiting import eventually


class Outcome(NamedTuple):
    """What a command left behind."""

    status: int
    output: bytes
    error: str


async def export(data_dir: Path, *arguments: str) -> Outcome:
    """Run the command to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "webmacs_edge", "export"),
        *arguments,
        env={**os.environ, "WEBMACS_DATA_DIR": str(data_dir)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, error = await asyncio.wait_for(process.communicate(), 60)
    return Outcome(process.returncode or 0, output, error.decode())


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


@pytest.fixture
async def data_dir(tmp_path: Path) -> Path:
    """Where the appliance of this test keeps its data."""
    return tmp_path / "data"


async def test_what_is_flushed_is_exported_while_the_appliance_runs_and_after(launch, data_dir):
    async with launch("demo", data_dir=data_dir) as process:
        await reading(process)
        await process.sign_in()
        events = (await process.get("/api/v1/events?page_size=100"))["data"]
        name = events[0]["name"]

        async def has_rows() -> bool:
            return len(rows_of((await export(data_dir, *some)).output)) > 1

        some = ("--output", "-", "--channels", name)
        await eventually(has_rows, within_s=60, what="values in the file")
        during = await export(data_dir, *some)
        noted = await export(data_dir, "--output", str(data_dir / "all.jsonl"), "--last", "1h")
        await process.end()

    after = await export(data_dir, "--output", "-", "--channels", events[0]["public_id"])

    assert during.status == after.status == noted.status == 0, during.error + after.error
    assert "is not part of the file." in noted.output.decode()
    assert {row["event_name"] for row in rows_of(during.output)} == {name}
    assert rows_of(after.output)[: len(rows_of(during.output))] == rows_of(during.output)
    await _check_other_formats(data_dir, len(events))


async def _check_other_formats(data_dir: Path, channels: int) -> None:
    file = data_dir / "rows.sqlite"

    made = await export(data_dir, "--sqlite", str(file))
    again = await export(data_dir, "--sqlite", str(file))

    assert made.status == 0, made.error
    assert "The appliance is running" not in made.output.decode()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM channels").fetchone() == (channels,)
        assert connection.execute("SELECT count(*) FROM datapoints").fetchone()[0] > channels
    assert (again.status, "exists already" in again.error) == (1, True)
    assert not _parts(data_dir)


def _parts(data_dir: Path) -> list[Path]:
    """Files that were begun and not finished."""
    return list(data_dir.glob("*.part"))
