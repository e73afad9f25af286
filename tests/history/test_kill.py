import asyncio
import os
import random
import signal
import sqlite3
import sys
from contextlib import closing

from tests.history.conftest import history_in
from tests.history.scans import stored
from tests.history.victim import CHANNELS, SCANS_PER_HOUR, at_ms, value
from webmacs_edge.model.quality import Quality

KILLS = int(os.environ.get("WEBMACS_TEST_KILLS", "6"))  # 200 take some minutes


async def record_and_kill(directory, start, *, after):
    """Start a recorder, kill it `after` some flushes and a moment; the last scan it promised."""
    command = (sys.executable, "-m", "tests.history.victim", str(directory), str(start))
    victim = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert victim.stdout is not None
    promised = start - 1
    for _ in range(after):
        promised = int(await victim.stdout.readline())
    await asyncio.sleep(random.random() * 0.01)  # noqa: S311 a moment of its own
    victim.send_signal(signal.SIGKILL)
    rest, _ = await victim.communicate()
    lines = rest.split(b"\n")[:-1]  # the last may be cut off
    return int(lines[-1]) if lines else promised


async def test_nothing_promised_is_missing_or_doubled_after_kills_at_any_moment(tmp_path):
    start = 0
    for kill in range(KILLS):
        promised = await record_and_kill(tmp_path, start, after=10 + 17 * (kill % 6))

        with closing(sqlite3.connect(tmp_path / "history.db")) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        async with history_in(tmp_path) as history:
            for key in (1, 2, CHANNELS):
                every = await stored(history, key)
                rows = [row for row in every if row[2] == Quality.GOOD]
                assert len(every) - len(rows) <= kill  # marks of restarts
                count = len(rows)
                assert rows == [(at_ms(index), value(index), 0) for index in range(count)]
                assert count > promised
        start = count

    with closing(sqlite3.connect(tmp_path / "history.db")) as file:
        chunks, journal = (
            file.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 our own
            for table in ("datapoints", "datapoints_journal")
        )
    assert chunks >= (start // SCANS_PER_HOUR - 1) * CHANNELS > 0
    assert journal <= SCANS_PER_HOUR // 7 + 5  # an hour, its edges and marks
