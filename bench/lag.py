"""How long the event loop was not free while something else ran in it: `python -m bench.lag`.

A ticker in the same loop wants to wake every millisecond; how much later it does is the lag. That
of an idle loop is measured beside it, because it is that of the machine.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bench.grow import grow
from bench.mix import START_MS, decimals_of, make_hour, make_stamps
from webmacs_edge.history.export import ExportChannel, csv_long
from webmacs_edge.history.history import History
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.opening import HISTORY_PAGE_SIZE
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.upkeep import chunks_within, delete_chunks

TICK_S = 0.001
HOURS = 31 * 24
CHANNELS = 200
_SWITCH_S = 0.0005  # as the appliance sets it


class Ticker:
    """Notes by how much it woke late, in milliseconds."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            due_s = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            self.late_ms.append((time.perf_counter() - due_s) * 1000)

    def share(self, part: float) -> float:
        """The lag that this share of all ticks did not exceed."""
        ranked = sorted(self.late_ms)
        return ranked[min(len(ranked) - 1, int(part * len(ranked)))]

    def line(self, name: str) -> str:
        """Median, p99 and worst."""
        figures = "".join(f"{self.share(part):>10.2f}" for part in (0.5, 0.99, 1.0))
        return f"{name:<44}{figures}{len(self.late_ms):>10}"


@asynccontextmanager
async def ticking() -> AsyncIterator[Ticker]:
    """Measure meanwhile."""
    ticker = Ticker()
    task = asyncio.ensure_future(ticker.run())
    try:
        yield ticker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def lag_of(work: Callable[[], Awaitable[object]], *, for_s: float = 3.0) -> Ticker:
    """The lag while this is done again and again."""
    async with ticking() as ticker:
        end_s = time.perf_counter() + for_s
        while time.perf_counter() < end_s:
            await work()
    return ticker


async def measure(history: History, database: Database, hours: int) -> None:
    """A line per kind of work."""
    end_ms, every = START_MS + hours * HOUR_MS, range(1, CHANNELS + 1)

    def trend(days: float, keys: range, width: int) -> Callable[[], Awaitable[object]]:
        from_ms = end_ms - round(days * 24 * HOUR_MS)
        return lambda: history.trend(keys, from_ms, end_ms, width=width)

    works: dict[str, Callable[[], Awaitable[object]]] = {
        "idle": lambda: asyncio.sleep(0.5),
        "trend 1 h × 8": trend(1 / 24, range(1, 9), 1500),
        "trend 1 d × 8": trend(1, range(1, 9), 1500),
        "trend 1 d × 8, 5000 columns": trend(1, range(1, 9), 5000),
        "trend 30 d × 8": trend(30, range(1, 9), 750),
        "trend 30 d × 8, 1500 columns": trend(30, range(1, 9), 1500),
        "statistics 7 d": lambda: history.statistics(1, end_ms - 168 * HOUR_MS, end_ms),
        "pages of 200 channels": lambda: history.page(every, page=9999, page_size=50),
        "CSV of 200 channels, 10 min": lambda: _export(history, end_ms - 600_000, end_ms),
        "take, flush and seal 200 channels × 1 h": _Recording(history, hours).next_hour,
        "retention of an hour × 200": _Retention(database).next_hour,
    }
    print(f"{'lag in ms':<44}{'median':>10}{'p99':>10}{'worst':>10}{'ticks':>10}")
    for name, work in works.items():
        print((await lag_of(work)).line(name))


async def _export(history: History, from_ms: int, to_ms: int) -> None:
    channels = [ExportChannel(key, f"id-{key}", f"T{key}", "°C", 1) for key in range(1, 201)]
    async for _ in csv_long(history, channels, from_ms, to_ms):
        pass


class _Recording:
    """Records an hour in a few steps; the seal comes with the first flush of the next hour."""

    def __init__(self, history: History, hour: int) -> None:
        self._history = history
        self._hour = hour
        keys = range(1, CHANNELS + 1)
        history.recorder.set_resolution({key: decimals_of(key) for key in keys})
        self._values = [tuple(row) for row in make_hour(0, CHANNELS).tolist()]

    async def next_hour(self) -> None:
        """Ten scans and a flush, and so on."""
        keys, good = tuple(range(1, CHANNELS + 1)), (Quality.GOOD,) * CHANNELS
        recorded, stamps = tuple(range(CHANNELS)), make_stamps(self._hour)
        for second, (at_ms, row) in enumerate(zip(stamps, self._values, strict=True)):
            self._history.recorder.take(Scan(at_ms, second * 10**9, keys, row, good, recorded))
            await asyncio.sleep(0)  # scans come one by one in the appliance
            if second % 10 == 0:
                await self._history.recorder.flush()
        self._hour += 1


class _Retention:
    """Deletes hour after hour from the oldest on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._before_ms = START_MS

    async def next_hour(self) -> None:
        """The oldest hour of all channels."""
        self._before_ms += HOUR_MS
        await delete_hour(self._database, before_ms=self._before_ms)


async def delete_hour(database: Database, *, before_ms: int) -> None:
    """What retention does for all channels, in one bite."""
    keys = range(1, CHANNELS + 1)
    async with database.read() as session:
        doomed = await chunks_within(session, keys, from_ms=0, to_ms=before_ms, limit=500)
    await database.write(lambda session: delete_chunks(session, doomed))


async def main() -> None:
    """Make a file, measure on it."""
    sys.setswitchinterval(_SWITCH_S)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "history.db"
        grow(file, channels=CHANNELS, hours=HOURS, raw_hours=HOURS)
        database = Database(sqlite_url(file), page_size=HISTORY_PAGE_SIZE, for_samples=True)
        history = History(database)
        await history.open()
        await measure(history, database, HOURS)
        await database.close()


if __name__ == "__main__":
    asyncio.run(main())
