"""Fills `history.db` with years of channels at 1 Hz: `python -m bench.grow FILE --years 5`.

A few hours are really encoded; all others are the same hours with their stamps moved, which
changes only the first nine bytes of a chunk's body and the checksums. Then it compares memory and
start of the history on this file and on an empty one, in a process of its own for each.
"""

import argparse
import json
import sqlite3
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import create_engine

from bench.mix import START_MS, decimals_of, make_hour, make_stamps
from webmacs_edge.history.chunks import Anchor, Samples, exact_counts
from webmacs_edge.history.packing import pack_ints
from webmacs_edge.history.sealing import seal_samples
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.opening import HISTORY_PAGE_SIZE
from webmacs_edge.store.history_rows import Rollup
from webmacs_edge.store.history_tables import METADATA

TEMPLATE_HOURS = 4
COMMIT_HOURS = 24
_CHUNK_HEADER = struct.Struct("<BBIQq")
_CHUNK_KEY = struct.Struct("<qqI")
_ENVELOPE_KEY = struct.Struct("<qq")
_FIRST = 9  # bytes of the body before the differences of the stamps


class Template(NamedTuple):
    """An hour of a channel, ready to be moved."""

    tag: int
    width: bytes
    first_ms: int
    packed: bytes  # all of the body but its first bytes, deflated
    rest: bytes
    n: int
    rollup: Rollup


def make_templates(channels: int) -> list[list[Template]]:
    """The hours that are really encoded, by hour and channel."""
    return [_make_hour(hour, channels) for hour in range(TEMPLATE_HOURS)]


def _make_hour(hour: int, channels: int) -> list[Template]:
    values, at_ms = make_hour(hour, channels), np.array(make_stamps(hour), np.int64)
    templates = []
    for key in range(1, channels + 1):
        column = np.ascontiguousarray(values[:, key - 1])
        samples = Samples(at_ms, column, np.zeros(len(at_ms), np.uint8))
        t0, decimals = int(at_ms[0]), decimals_of(key)
        _, rollup = seal_samples(samples, channel=key, t0=t0, decimals=decimals, anchor=Anchor())
        counts = exact_counts(column, decimals)
        assert counts is not None
        body = pack_ints(at_ms) + pack_ints(counts)
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        rest = body[_FIRST:]
        packed = deflate.compress(rest) + deflate.flush()
        templates.append(Template(decimals, body[:1], t0, packed, rest, len(at_ms), rollup))
    return templates


def move(template: Template, by_ms: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The rows of the chunk and its rollup, so much later."""
    channel, t0 = template.rollup.channel, template.first_ms + by_ms
    first = template.width + struct.pack("<q", t0)
    adler = zlib.adler32(template.rest, zlib.adler32(first))
    stored = struct.pack("<BHH", 0, _FIRST, 0xFFFF - _FIRST) + first  # a block of its own
    packed = b"\x78\x9c" + stored + template.packed + struct.pack(">I", adler)
    key = _CHUNK_KEY.pack(channel, t0, template.n)
    blank = _CHUNK_HEADER.pack(template.tag, 0, 0, 0, 0)
    checksum = zlib.crc32(packed, zlib.crc32(key + blank))
    data = _CHUNK_HEADER.pack(template.tag, 0, checksum, 0, 0) + packed
    t1 = template.rollup.t1 + by_ms
    rollup = template.rollup._replace(t0=t0, t1=t1, env=_move_envelope(template.rollup, t0))
    return (channel, t0, t1, template.n, data), tuple(rollup)


def _move_envelope(rollup: Rollup, t0: int) -> bytes | None:
    if rollup.env is None:
        return None
    blank, packed = rollup.env[:3] + bytes(4), rollup.env[7:]
    key = _ENVELOPE_KEY.pack(rollup.channel, t0)
    checksum = zlib.crc32(packed, zlib.crc32(key + blank))
    return rollup.env[:3] + struct.pack("<I", checksum) + packed


def grow(file: Path, *, channels: int, hours: int, raw_hours: int) -> int:
    """Write rollups of all hours and chunks of the last `raw_hours`; returns the samples."""
    engine = create_engine(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA page_size={HISTORY_PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode=WAL")
        METADATA.create_all(engine)
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-200000")
        templates = make_templates(channels)
        for hour in range(hours):
            _write_hour(connection, templates, hour, with_chunks=hour >= hours - raw_hours)
            if hour % COMMIT_HOURS == 0:
                connection.commit()
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return channels * hours * 3600


def _write_hour(
    connection: sqlite3.Connection,
    templates: list[list[Template]],
    hour: int,
    *,
    with_chunks: bool,
) -> None:
    base = hour % TEMPLATE_HOURS
    rows = [move(template, (hour - base) * HOUR_MS) for template in templates[base]]
    if with_chunks:
        connection.executemany(
            "INSERT INTO datapoints (channel, t0, t1, n, data) VALUES (?, ?, ?, ?, ?)",
            [chunk for chunk, _ in rows],
        )
    marks = ", ".join("?" * len(Rollup._fields))
    connection.executemany(
        f"INSERT INTO datapoints_rollup ({', '.join(Rollup._fields)}) VALUES ({marks})",
        [rollup for _, rollup in rows],
    )


_PROBE = """
import asyncio, json, sys, time
from pathlib import Path
began_s = time.perf_counter()
import webmacs_edge.app  # all that the appliance imports
from webmacs_edge.history.history import History
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.opening import HISTORY_PAGE_SIZE
from webmacs_edge.store.database import Database, sqlite_url
imported_s = time.perf_counter()

def peak_mib(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))

async def main(file, end_ms, hours):
    found = {}
    database = Database(sqlite_url(Path(file)), page_size=2048, for_samples=True)
    history = History(database)
    opened_s = time.perf_counter()
    await history.open()
    found["open_ms"] = (time.perf_counter() - opened_s) * 1000
    found["rss_open_mib"] = peak_mib("VmRSS")

    async def timed(name, work, times=5):
        took = []
        for _ in range(times):
            start_s = time.perf_counter()
            await work()
            took.append((time.perf_counter() - start_s) * 1000)
        found[name] = [round(took[0], 2), round(sorted(took)[len(took) // 2], 2)]

    keys = list(range(1, 9))
    spans = {"1 h": 1, "1 d": 24, "30 d": 720, "1 year": 8760, "5 years": 43800}
    for name, span in spans.items():
        if span > hours:
            continue
        for width in (750, 1500):
            for count in (1, 8):
                await timed(
                    f"trend {name} x {count}, {width} columns",
                    lambda: history.trend(
                        keys[:count], end_ms - span * HOUR_MS, end_ms, width=width
                    ),
                )
    await timed("statistics 1 d", lambda: history.statistics(1, end_ms - 24 * HOUR_MS, end_ms))
    found["rss_read_mib"] = peak_mib("VmRSS")
    every = list(range(1, 201))
    await timed("page 1 of all channels", lambda: history.page(every, page=1, page_size=50), 2)
    found["rss_paged_mib"] = peak_mib("VmRSS")
    found["peak_mib"] = peak_mib("VmHWM")
    await database.close()
    print(json.dumps(found))

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def probe(file: Path, hours: int) -> dict[str, Any]:
    """Open and read the file in a process of its own."""
    command = [sys.executable, "-OO", "-c", _PROBE, str(file), str(START_MS + hours * HOUR_MS)]
    said = subprocess.run([*command, str(hours)], check=True, stdout=subprocess.PIPE).stdout
    answer: dict[str, Any] = json.loads(said)
    return answer


def lines_of(filled: dict[str, Any], empty: dict[str, Any]) -> Iterator[str]:
    """The table."""
    for name, figure in filled.items():
        if isinstance(figure, list):
            yield f"{name:<36}{figure[0]:>10.2f}{figure[1]:>10.2f}  ms, first and median"
        else:
            yield f"{name:<36}{figure:>10.1f}{empty[name]:>10.1f}  filled and empty file"


def main() -> None:
    """Grow, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--years", type=float, default=5.0)
    parser.add_argument("--channels", type=int, default=200)
    parser.add_argument("--raw-days", type=float, default=float("inf"), help="chunks of the last")
    options = parser.parse_args()
    hours = round(options.years * 8760)
    if not options.file.exists():
        began_s = time.monotonic()
        raw_hours = round(min(hours, options.raw_days * 24))
        samples = grow(options.file, channels=options.channels, hours=hours, raw_hours=raw_hours)
        took_s, size = time.monotonic() - began_s, options.file.stat().st_size
        print(f"{samples:,} samples in {took_s:.0f} s: {size / 1e9:.2f} GB, ", end="")
        print(f"{size / samples:.3f} bytes a sample; chunks of the last {raw_hours:,} hours")
    empty = options.file.with_suffix(".empty")
    filled, bare = probe(options.file, hours), probe(empty, hours)
    empty.unlink()
    print("\n".join(lines_of(filled, bare)))


if __name__ == "__main__":
    main()
