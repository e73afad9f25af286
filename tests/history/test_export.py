import csv
import io
import random
import resource
from pathlib import Path

import pytest

from tests.history.scans import NOON_MS, scan, seconds, take
from webmacs_edge.history.export import BLOCK_BYTES, ExportChannel, csv_long
from webmacs_edge.model.datapoint_ids import datapoint_id
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import HOUR_MS, iso_offset

BED = ExportChannel(1, "3f0c-1", "Bed", "°C", 1)
FLOW = ExportChannel(2, "3f0c-2", "Flow", "l/min", 2)
HEADER = "timestamp,event_name,event_public_id,value,unit,datapoint_public_id\r\n"


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def export(history, channels, from_ms=NOON_MS, to_ms=NOON_MS + 48 * HOUR_MS) -> str:
    blocks = [block async for block in csv_long(history, channels, from_ms, to_ms)]
    assert all(0 < len(block) <= BLOCK_BYTES for block in blocks)
    return b"".join(blocks).decode()


def lines_of(channel, rows):
    return [
        (
            at_ms,
            f"{iso_offset(at_ms)},{channel.name},{channel.public_id},{value!r},{channel.unit},"
            f"{datapoint_id(channel.key, at_ms)}\r\n",
        )
        for at_ms, value in rows
    ]


async def test_a_file_without_samples_has_its_header(history):
    assert await export(history, [BED]) == HEADER
    assert await export(history, []) == HEADER


async def test_the_lines_say_exactly_what_was_recorded(history):
    values = [20.5, -0.001, 1e-7, 1e22, 0.1 + 0.2, 3.0]
    rows = list(
        zip([NOON_MS + at for at in (0, 1, 999, 1000, 65_536, 70_000)], values, strict=True)
    )
    take(history, rows)

    assert await export(history, [BED]) == HEADER + "".join(line for _, line in lines_of(BED, rows))


async def test_all_channels_are_merged_in_order_of_time_sealed_or_not(history):
    for index in range(9000):
        at_ms = NOON_MS + index * 1000
        history.recorder.take(
            scan(at_ms, [float(index), -float(index) if index % 7 == 0 else None])
        )
        if index % 2000 == 0:
            await history.recorder.flush()

    text = await export(history, [FLOW, BED])

    bed = lines_of(BED, seconds(NOON_MS, 9000))
    flow = lines_of(FLOW, [(NOON_MS + i * 1000, -float(i)) for i in range(0, 9000, 7)])
    merged = sorted(flow + bed, key=lambda line: line[0])
    assert text == HEADER + "".join(line for _, line in merged)


async def test_only_the_range_is_exported(history):
    take(history, seconds(NOON_MS, 10))

    text = await export(history, [BED], NOON_MS + 3000, NOON_MS + 5000)

    assert [row["value"] for row in csv.DictReader(io.StringIO(text))] == ["3.0", "4.0"]


async def test_last_known_values_of_a_broken_sensor_are_no_measurements(history):
    take(history, [(NOON_MS, 1.0)])
    history.recorder.take(scan(NOON_MS + 1000, [1.0], quality=Quality.BAD))
    take(history, [(NOON_MS + 2000, 2.0)])

    text = await export(history, [BED])

    assert [row["value"] for row in csv.DictReader(io.StringIO(text))] == ["1.0", "2.0"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@x", "'@x"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("\tx", "'\tx"),
        ('Bed, "upper"\nhalf', 'Bed, "upper"\nhalf'),
        ("Größe 温度", "Größe 温度"),
    ],
)
async def test_a_name_is_quoted_where_needed_and_is_never_a_formula(history, name, shown):
    take(history, [(NOON_MS, 1.0)])

    text = await export(history, [ExportChannel(1, "id", name, name, 1)])

    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["event_name"], row["unit"], row["value"]) == (shown, shown, "1.0")


async def test_an_export_of_a_million_lines_needs_little_memory(history):
    keys = range(1, 26)
    history.recorder.set_resolution(dict.fromkeys(keys, 1))
    numbers = random.Random(1)  # noqa: S311 noise
    for index in range(40_000):
        values = [numbers.gauss(20, 1) for _ in keys]
        history.recorder.take(scan(NOON_MS + index * 1000, values))
        if index % 3600 == 0:
            await history.recorder.flush()
    channels = [ExportChannel(key, f"id-{key}", f"Channel {key}", "°C", 1) for key in keys]

    async for _ in csv_long(history, channels, NOON_MS, NOON_MS + HOUR_MS):
        pass  # the heap settles
    count, most, before = 0, 0, resident_bytes()
    async for block in csv_long(history, channels, NOON_MS, NOON_MS + 48 * HOUR_MS):
        count += block.count(b"\n")
        most = max(most, resident_bytes())

    assert count == 1_000_001
    assert most - before < 16 * 2**20


async def test_an_export_that_is_given_up_leaves_nothing_behind(history):
    take(history, seconds(NOON_MS, 20_000))
    await history.recorder.flush()

    blocks = csv_long(history, [BED], NOON_MS, NOON_MS + 48 * HOUR_MS)
    await anext(blocks)
    await anext(blocks)
    await blocks.aclose()

    assert await history.recorder.flush()
