"""Measures the tables that the history is measured against, and prints all side by side."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.disk import Meter
from bench.lag import CHANNELS
from bench.mix import FEW, START_MS, make_hour, make_stamps
from bench.peer_postgres import Schema2xPostgres
from bench.peers import Peer, Point
from bench.timing import Figures, median_ms
from webmacs_edge.model.times import HOUR_MS

COMMITS = 60  # of 200 rows each, to a table that is filled
KEYS = tuple(range(1, CHANNELS + 1))


async def measure_peer(peer: Peer, meter: Meter, points: Sequence[Point]) -> Figures:
    """The same of somebody else's tables, with eight channels for a day."""
    await peer.fill(points)
    end_ms, few = START_MS + 24 * HOUR_MS, [place + 1 for place in FEW]
    found = {"bytes/sample at rest": await peer.size_bytes() / len(points)}

    async def series(hours: int, channels: Sequence[int]) -> None:
        for channel in channels:
            await peer.series(channel, end_ms - hours * HOUR_MS, end_ms)

    found["trend 1 h × 1, ms"] = await median_ms(lambda: series(1, few[:1]), 5)
    found["trend 1 d × 1, ms"] = await median_ms(lambda: series(24, few[:1]), 3)
    found["trend 1 d × 8, ms"] = await median_ms(lambda: series(24, few), 1)
    found["latest of all, ms"] = await median_ms(peer.latest, 3)
    before, began_s, cpu_s = meter(), time.perf_counter(), time.process_time()
    rows = make_hour(0, CHANNELS)[:COMMITS].tolist()
    for second, row in enumerate(rows):
        at_ms = end_ms + second * 1000
        await peer.add([(key, at_ms, value) for key, value in zip(KEYS, row, strict=True)])
    count, took_s = COMMITS * CHANNELS, time.perf_counter() - began_s
    found["ingest, samples/s"] = count / took_s
    found["CPU, µs/sample"] = (time.process_time() - cpu_s) / count * 1e6
    found["device bytes/sample, accelerated"] = (meter() - before) / count
    before, began_s = meter(), time.perf_counter()
    await peer.delete_before(START_MS + HOUR_MS)
    deleted = len(FEW) * 3600
    found["delete, ns/sample"] = (time.perf_counter() - began_s) * 1e9 / deleted
    found["delete, device bytes/sample"] = (meter() - before) / deleted
    await peer.close()
    return found


def a_day_of_few() -> list[Point]:
    """Eight channels that stand for the mix, a day at 1 Hz, scan by scan."""
    points: list[Point] = []
    for hour in range(24):
        rows = make_hour(hour, 20)[:, list(FEW)].tolist()
        for at_ms, row in zip(make_stamps(hour), rows, strict=True):
            points += [(place + 1, at_ms, value) for place, value in zip(FEW, row, strict=True)]
    return points


async def measure_postgres(place: Path, meter: Meter, points: Sequence[Point]) -> Figures | None:
    """On a private server, which syncs as it does by default; None without its programs."""
    try:
        import asyncpg  # noqa: PLC0415 an extra

        from tests.postgres.server import Server, newest_binaries  # noqa: PLC0415
    except ImportError as error:
        print(f"2.x on PostgreSQL is left out: {error}.")
        return None
    binaries = newest_binaries()
    if binaries is None:
        print("2.x on PostgreSQL is left out: no server is installed here.")
        return None
    tempfile.tempdir = str(place)
    server = Server(binaries)
    with (server.directory / "data" / "postgresql.conf").open("a") as file:
        file.write("fsync = on\nfull_page_writes = on\n")
    try:
        server.start()
        address: dict[str, Any] = {"host": str(server.directory), "database": "postgres"}
        connection = await asyncpg.connect(user="webmacs", **address)
        return await measure_peer(Schema2xPostgres(connection), meter, points)
    finally:
        server.remove()
        tempfile.tempdir = None


def print_table(columns: dict[str, Figures]) -> None:
    """Ours, the others, and how many times ours is better."""
    ours = columns.pop("ours")
    print(f"{'':<36}{'ours':>14}" + "".join(f"{name:>34}" for name in columns))
    for name, figure in ours.items():
        line = f"{name:<36}{figure:>14,.3f}"
        for peer in columns.values():
            if name in peer:
                is_rate = name.endswith("samples/s")
                ratio = figure / peer[name] if is_rate else peer[name] / figure
                line += f"{peer[name]:>22,.3f}{ratio:>10,.0f} ×"
            else:
                line += f"{'':>34}"
        print(line)
