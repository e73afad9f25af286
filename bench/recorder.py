"""The history: samples per second, CPU and bytes per sample, times of trends and of an export.

`python -m bench.recorder` records a day of channels like those of a plant (35 % temperatures, 20 %
scaled inputs with noise, 10 % controlled values, 10 % computed values, 20 % digital inputs, 5 %
counters) as fast as it goes, flushing every 10 s of their time, and asks for what was recorded.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from webmacs_edge.history.export import ExportChannel, csv_long
from webmacs_edge.history.history import History
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.store.database import Database, sqlite_url

CHANNELS = 200
HOURS = 24
FLUSH_SCANS = 10
START_MS = 1_800_000_000_000 // HOUR_MS * HOUR_MS
WIDTH = 1500

DECIMALS = {
    "temperature": 1, "scaled": 2, "controlled": 2, "computed": 4, "digital": 0, "counter": 0,
}  # fmt: skip
MIX = (
    ["temperature"] * 7 + ["scaled"] * 4 + ["controlled"] * 2 + ["computed"] * 2
    + ["digital"] * 4 + ["counter"]
)  # fmt: skip

Floats = npt.NDArray[np.float64]
T = TypeVar("T")


def make_hour(hour: int) -> Floats:
    """One hour of all channels, one row a second."""
    noise = np.random.default_rng(hour).normal(size=(3600, CHANNELS))
    seconds = np.arange(hour * 3600, (hour + 1) * 3600)[:, None]
    slow = 80 + 20 * np.sin(seconds / 5000 + np.arange(CHANNELS))
    kinds = {
        "temperature": slow + 0.1 * noise,
        "scaled": slow + 0.03 * noise,
        "controlled": 50 + 10 * (seconds // 900 % 4) + 0.02 * noise,
        "computed": slow * 0.7 + 0.001 * noise,
        "digital": (seconds // 600 + np.arange(CHANNELS)) % 2,
        "counter": seconds * 3 + np.floor(noise),
    }
    which = [np.arange(CHANNELS) % len(MIX) == place for place in range(len(MIX))]
    return np.select(which, [kinds[kind] for kind in MIX])


async def record(history: History) -> tuple[float, float, float]:
    """Record the day; wall, CPU and `take` seconds it needed."""
    keys, recorded = tuple(range(1, CHANNELS + 1)), tuple(range(CHANNELS))
    history.recorder.set_resolution({key: DECIMALS[MIX[(key - 1) % len(MIX)]] for key in keys})
    good = (Quality.GOOD,) * CHANNELS
    jitter = np.random.default_rng(0).normal(0, 0.5, HOURS * 3600).round().astype(int).tolist()
    wall_s = cpu_s = take_s = 0.0
    for hour in range(HOURS):
        rows = list(map(tuple, make_hour(hour).tolist()))
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        for second, row in enumerate(rows, hour * 3600):
            at_ms = START_MS + second * 1000 + jitter[second]
            scan = Scan(at_ms, second * 10**9, keys, row, good, recorded)
            took_s = time.perf_counter()
            history.recorder.take(scan)
            take_s += time.perf_counter() - took_s
            if second % FLUSH_SCANS == 0:
                await history.recorder.flush()
        wall_s += time.perf_counter() - began_s
        cpu_s += time.process_time() - began_cpu_s
    return wall_s, cpu_s, take_s


async def timed_ms(work: Callable[[], Awaitable[T]]) -> float:
    """The median time of a few calls."""
    times = []
    for _ in range(7):
        began_s = time.perf_counter()
        await work()
        times.append((time.perf_counter() - began_s) * 1000)
    return sorted(times)[3]


async def measure_reading(history: History) -> None:
    """Times of trends, series, latest values and a CSV file."""
    end_ms = START_MS + HOURS * HOUR_MS
    for name, hours, count in (("1 h", 1, 1), ("1 h", 1, 8), ("1 d", 24, 1), ("1 d", 24, 8)):
        keys = range(1, count + 1)
        from_ms = end_ms - hours * HOUR_MS
        took_ms = await timed_ms(lambda: history.trend(keys, from_ms, end_ms, width=WIDTH))  # noqa: B023 called at once
        show(f"trend {name} × {count}", took_ms, "ms")
    took_ms = await timed_ms(lambda: history.trend([1], START_MS, end_ms, width=24))
    show("trend 1 d × 1 from rollups", took_ms, "ms")
    took_ms = await timed_ms(lambda: history.series([1], START_MS, end_ms, max_points=500))
    show("series 1 d × 1, 500 points", took_ms, "ms")
    took_ms = await timed_ms(lambda: asyncio.sleep(0, history.latest_stored()))
    show("latest of all channels", took_ms, "ms")
    await measure_export(history)


async def measure_export(history: History) -> None:
    """Lines per second of two hours of all channels, and the first block."""
    channels = [
        ExportChannel(key, f"id-{key}", f"T{key}", "°C", 1) for key in range(1, CHANNELS + 1)
    ]
    began_s, first_s, count = time.perf_counter(), 0.0, 0
    async for block in csv_long(history, channels, START_MS, START_MS + 2 * HOUR_MS):
        if count == 1:
            first_s = time.perf_counter() - began_s
        count += block.count(b"\n")
    show("CSV, first lines after", first_s * 1000, "ms")
    show("CSV lines", count / (time.perf_counter() - began_s), "/s")


def sealed_bytes(file: Path) -> int:
    """The size of all chunks."""
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT sum(length(data)) FROM datapoints").fetchone()[0])


def show(what: str, figure: float, unit: str) -> None:
    """One line of the table."""
    print(f"{what:<32}{figure:>14,.3f} {unit}")


async def main() -> None:
    """Record, measure, print."""
    samples = CHANNELS * HOURS * 3600
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "history.db"
        database = Database(sqlite_url(file), page_size=2048, foreign_keys=False)
        history = History(database)
        await history.open()
        wall_s, cpu_s, take_s = await record(history)
        show("samples", samples, "")
        show("take + flush + seal", samples / wall_s, "samples/s")
        show("CPU in all", cpu_s / samples * 1e6, "µs/sample")
        show("of which take, on the loop", take_s / samples * 1e6, "µs/sample")
        await measure_reading(history)
        await database.close()
        show("file, with an hour of journal", file.stat().st_size / samples, "bytes/sample")
        show("of which sealed data", sealed_bytes(file) / samples, "bytes/sample")
        database = Database(sqlite_url(file), page_size=2048, foreign_keys=False)
        began_s = time.perf_counter()
        await History(database).open()
        show("open and replay an hour", (time.perf_counter() - began_s) * 1000, "ms")
        await database.close()


if __name__ == "__main__":
    asyncio.run(main())
