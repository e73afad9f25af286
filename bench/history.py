"""The history against the tables of WebMACS 2.x and of Home Assistant, in one run.

`python -m bench.history [--hours 24] [--real-time 60]` records channels like those of a plant as
fast as it goes, flushing every 10 s of their time, fills the other tables with eight of them, and
asks all for the same. Only the ratios within one run say something. Without PostgreSQL's server,
or without the right to make a loop device, that part is left out or done otherwise, and it says so.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.against import a_day_of_few, measure_peer, measure_postgres, print_table
from bench.disk import Meter, device
from bench.grow import grow
from bench.lag import CHANNELS, delete_hour
from bench.mix import START_MS, decimals_of, make_hour, make_stamps
from bench.peer_postgres import Schema2xPostgres
from bench.peers import HomeAssistant, Schema2xSqlite
from bench.timing import Figures, median_ms
from webmacs_edge.history.days import DayKeeper
from webmacs_edge.history.export import ExportChannel, csv_long
from webmacs_edge.history.history import History
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.opening import HISTORY_PAGE_SIZE
from webmacs_edge.store.database import Database, sqlite_url

DEVICE_MIB = 8000
FLUSH_SCANS = 10
GROWN_HOURS = 370 * 24
KEYS = tuple(range(1, CHANNELS + 1))
_GOOD, _ALL = (Quality.GOOD,) * CHANNELS, tuple(range(CHANNELS))


@asynccontextmanager
async def opened(file: Path) -> AsyncIterator[tuple[History, Database]]:
    """A history as the appliance opens it."""
    database = Database(sqlite_url(file), page_size=HISTORY_PAGE_SIZE, for_samples=True)
    history = History(database)
    await history.open()
    try:
        yield history, database
    finally:
        await database.close()


async def record(history: History, hours: int, meter: Meter) -> Figures:
    """Samples a second, CPU and device bytes, while whole hours are recorded and sealed."""
    history.recorder.set_resolution({key: decimals_of(key) for key in KEYS})
    wall_s = cpu_s = take_s = sealing_bytes = 0.0
    before = meter()
    for hour in range(hours + 1):  # the last one is not finished: its first flush seals
        rows = [tuple(row) for row in make_hour(hour, CHANNELS).tolist()]
        stamps = make_stamps(hour)
        if hour == hours:
            rows, stamps = rows[:1], stamps[:1]
        at_start = meter() if hour else 0
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        for second, (at_ms, row) in enumerate(zip(stamps, rows, strict=True)):
            took_s = time.perf_counter()
            history.recorder.take(Scan(at_ms, at_ms * 10**6, KEYS, row, _GOOD, _ALL))
            take_s += time.perf_counter() - took_s
            if second % FLUSH_SCANS == 0:
                await history.recorder.flush()
            if second == 0 and hour:
                wall_s, cpu_s = (
                    wall_s + time.perf_counter() - began_s,
                    cpu_s + time.process_time() - began_cpu_s,
                )
                sealing_bytes += meter() - at_start
                began_s, began_cpu_s = time.perf_counter(), time.process_time()
        wall_s += time.perf_counter() - began_s
        cpu_s += time.process_time() - began_cpu_s
    samples = hours * 3600 * CHANNELS
    return {
        "ingest, samples/s": samples / wall_s,
        "CPU, µs/sample": cpu_s / samples * 1e6,
        "of which on the loop, µs/sample": take_s / samples * 1e6,
        "device bytes/sample, accelerated": (meter() - before) / samples,
        "of which seals": sealing_bytes / samples,
    }


async def record_in_real_time(history: History, seconds: int, meter: Meter) -> float:
    """Device bytes per sample of one scan a second and a flush every 10 s."""
    before, began_s, rows = meter(), time.monotonic(), make_hour(0, CHANNELS).tolist()
    started_ms = max(head.last_ms for head in history.recorder.heads.values())
    for second in range(seconds):
        await asyncio.sleep(max(0.0, began_s + second - time.monotonic()))
        at_ms = started_ms + 1000 * (second + 1)
        row = tuple(rows[second % 3600])
        history.recorder.take(Scan(at_ms, at_ms * 10**6, KEYS, row, _GOOD, _ALL))
        if second % FLUSH_SCANS == FLUSH_SCANS - 1:
            await history.recorder.flush()
    return (meter() - before) / (seconds * CHANNELS)


async def ask_ours(history: History, end_ms: int) -> Figures:
    """Times of what people look at."""
    spans = {"1 h × 1": (1, 1), "1 d × 1": (24, 1), "1 d × 8": (24, 8)}
    found = {}
    for name, (hours, count) in spans.items():
        keys, from_ms = range(1, count + 1), end_ms - hours * HOUR_MS
        work = lambda: history.trend(keys, from_ms, end_ms, width=1500)  # noqa: E731, B023 called at once
        found[f"trend {name}, ms"] = await median_ms(work)
    keys = range(1, 51)
    total = await history.count(keys)
    for depth in (0.0, 0.5):
        page = int(total * depth / 50) + 1
        name = f"page at {depth:.0%} of {total / 1e6:.1f} M rows, ms"
        found[name] = await median_ms(lambda: history.page(keys, page=page, page_size=50))  # noqa: B023 called at once
    found["latest of all, ms"] = await median_ms(lambda: _latest(history))
    return found


async def _latest(history: History) -> object:
    return history.latest_stored()


async def export_ours(history: History, from_ms: int) -> Figures:
    """A million lines of all channels."""
    channels = [ExportChannel(key, f"id-{key}", f"T{key}", "°C", 1) for key in KEYS]
    before, most, rows, first_s = _rss_mib(), 0.0, 0, 0.0
    began_s = time.perf_counter()
    async for block in csv_long(history, channels, from_ms, from_ms + 5_000_000):
        rows += block.count(b"\n")
        if rows > 1 and not first_s:
            first_s = time.perf_counter() - began_s
        most = max(most, _rss_mib() - before)
    took_s = time.perf_counter() - began_s
    return {
        "CSV, rows/s": rows / took_s,
        "CSV, first rows, ms": first_s * 1000,
        "CSV, RSS MiB": most,
    }


async def ask_long(place: Path) -> Figures:
    """A year of eight channels, written directly."""
    file = place / "long.db"
    grow(file, channels=8, hours=GROWN_HOURS, raw_hours=31 * 24)
    end_ms, found = START_MS + GROWN_HOURS * HOUR_MS, {}
    async with opened(file) as (history, database):
        await DayKeeper(database).run_once(pause_s=0)  # the appliance does it day by day
        for name, hours, count, width in (
            ("30 d × 8, 750 columns", 720, 8, 750),
            ("30 d × 8, 1500 columns", 720, 8, 1500),
            ("1 year × 1", 8760, 1, 1500),
        ):
            keys, from_ms = range(1, count + 1), end_ms - hours * HOUR_MS
            work = lambda: history.trend(keys, from_ms, end_ms, width=width)  # noqa: E731, B023
            found[f"trend {name}, ms"] = await median_ms(work)
    file.unlink()
    return found


async def measure_ours(place: Path, meter: Meter, options: argparse.Namespace) -> Figures:
    """All figures of the history."""
    file, end_ms = place / "history.db", START_MS + options.hours * HOUR_MS
    async with opened(file) as (history, _):
        found = await record(history, options.hours, meter)
        found |= await ask_ours(history, end_ms)
        found |= await export_ours(history, START_MS + HOUR_MS)
        if options.real_time:
            journal = await record_in_real_time(history, options.real_time, meter)
            found["device bytes/sample, real time"] = journal + found["of which seals"]
    async with opened(file) as (history, database):
        samples = options.hours * 3600 * CHANNELS
        found["bytes/sample at rest"] = file.stat().st_size / samples
        before, began_s = meter(), time.perf_counter()
        await delete_hour(database, before_ms=START_MS + HOUR_MS)
        found["delete an hour, ms"] = (time.perf_counter() - began_s) * 1000
        found["delete, ns/sample"] = found["delete an hour, ms"] * 1e6 / (3600 * CHANNELS)
        found["delete, device bytes/sample"] = (meter() - before) / (3600 * CHANNELS)
    file.unlink()
    return found | await ask_long(place)


def _rss_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


async def main() -> None:
    """Measure all, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=24, help="of 200 channels at 1 Hz")
    parser.add_argument("--real-time", type=int, default=60, help="seconds; 0 leaves it out")
    options = parser.parse_args()
    sys.setswitchinterval(0.0005)
    with device(DEVICE_MIB) as (place, meter, words):
        print(f"Device bytes are {words}.")
        columns = {"ours": await measure_ours(place, meter, options)}
        points = a_day_of_few()
        for peer in (Schema2xSqlite, HomeAssistant):
            columns[peer.name] = await measure_peer(peer(place), meter, points)
        postgres = await measure_postgres(place, meter, points)
        if postgres:
            columns[Schema2xPostgres.name] = postgres
        print_table(columns)


if __name__ == "__main__":
    asyncio.run(main())
