"""What an export reads: everything once, in order, in little memory, whatever happens meanwhile."""

import csv
import io
import resource
from pathlib import Path

import pytest

from tests.history.scans import NOON_MS, scan, seconds, take
from webmacs_edge.history.export.formats import FORMATS
from webmacs_edge.history.export.plan import Export, ExportChannel, Options
from webmacs_edge.history.export.rows import MOST_ROWS, read_windows
from webmacs_edge.history.history import History
from webmacs_edge.model.times import DAY_MS, HOUR_MS, iso_offset

END_MS = NOON_MS + 400 * DAY_MS


def channels(count: int) -> list[ExportChannel]:
    return [
        ExportChannel(key, f"id-{key}", f"Channel {key}", "°C", 1) for key in range(1, count + 1)
    ]


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def stamps(history: History, export: Export) -> list[tuple[str, str, str]]:
    """Time, channel and value of each line."""
    content = b"".join([block async for block in FORMATS["csv"].write(history, export)])
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return [(row["timestamp"], row["event_public_id"], row["value"]) for row in rows]


def lines(rows, key: int = 1) -> list[tuple[str, str, str]]:
    return [(iso_offset(at_ms), f"id-{key}", repr(value)) for at_ms, value in rows]


async def test_late_samples_stand_where_they_belong(history):
    rows = seconds(NOON_MS, 4000)
    take(history, rows[:1000] + rows[1500:])
    await history.recorder.flush()
    for at_ms, value in rows[1000:1500]:
        history.recorder.insert(1, at_ms, value)
    await history.recorder.flush()

    assert await stamps(history, Export(channels(1), NOON_MS, END_MS)) == lines(rows)


async def test_a_channel_that_is_sealed_while_it_is_exported_is_complete_and_not_doubled(history):
    rows = seconds(NOON_MS, 20_000)
    take(history, rows[:9000])
    await history.recorder.flush()
    export = Export(channels(1), NOON_MS, END_MS)
    content = b""

    async for block in FORMATS["csv"].write(history, export):
        content += block
        if rows[9000:]:
            take(history, rows[9000:12_000])
            del rows[9000:12_000]
            await history.recorder.flush()

    said = [line.split(",")[0] for line in content.decode().splitlines()[1:]]
    assert said == [iso_offset(at_ms) for at_ms, _ in seconds(NOON_MS, 20_000)]


async def test_another_process_that_seals_while_we_read_does_not_double_its_samples(open_history):
    rows = seconds(NOON_MS, 4000)
    async with open_history() as writer:
        take(writer, rows[:3000])
        await writer.recorder.flush()
        async with open_history() as looker:  # has what was journaled in its RAM
            take(writer, rows[3000:])
            await writer.recorder.flush()  # seals the first hour

            said = await stamps(looker, Export(channels(1), NOON_MS, END_MS))

    assert said == lines(rows[:3600])


async def test_years_without_samples_between_dense_minutes_are_bridged(history):
    history.recorder.set_resolution({1: 1})
    dense = [(NOON_MS + index * 10, float(index % 100)) for index in range(30_000)]
    sparse = [(NOON_MS + 300 * DAY_MS + index * DAY_MS, 1.0) for index in range(50)]
    again = [(END_MS - HOUR_MS + index * 10, float(index % 7)) for index in range(30_000)]
    take(history, dense + sparse + again)

    said = await stamps(history, Export(channels(1), NOON_MS - 3000 * DAY_MS, END_MS))

    assert said == lines(dense + sparse + again)


async def test_no_window_is_much_larger_than_it_should_be(history):
    for index in range(60_000):
        history.recorder.take(scan(NOON_MS + index * 10, [float(index % 9)] * 12))
        if index % 10_000 == 0:
            await history.recorder.flush()

    sizes = [
        window.size async for window in read_windows(history, Export(channels(12), NOON_MS, END_MS))
    ]

    assert sum(sizes) == 720_000
    assert max(sizes) <= MOST_ROWS


@pytest.mark.parametrize(("count", "rows", "step_ms"), [(200, 4000, 1000), (8, 90_000, 10)])
@pytest.mark.parametrize("name", ["csv", "wide", "npz"])
async def test_many_channels_and_quick_ones_need_little_memory(history, count, rows, step_ms, name):
    history.recorder.set_resolution(dict.fromkeys(range(1, count + 1), 1))
    for index in range(rows):
        values = [20 + (index * 7 + key) % 100 / 10 for key in range(count)]
        history.recorder.take(scan(NOON_MS + index * step_ms, values))
        if index % 3600 == 0:
            await history.recorder.flush()
    await history.recorder.flush()
    async for _ in FORMATS[name].write(history, Export(channels(count), NOON_MS, NOON_MS + 60_000)):
        pass  # the heap settles
    export = Export(channels(count), NOON_MS, END_MS)

    most, before = 0, resident_bytes()
    async for _ in FORMATS[name].write(history, export):
        most = max(most, resident_bytes())

    assert export.course.rows == count * rows
    assert most - before < 16 * 2**20


async def test_an_estimate_of_a_short_range_counts(history):
    take(history, seconds(NOON_MS, 9000))
    await history.recorder.flush()

    all_of_it = await history.estimate([1, 2], NOON_MS, NOON_MS + DAY_MS)
    a_part = await history.estimate([1], NOON_MS + 1_800_000, NOON_MS + 5_400_000)
    nothing = await history.estimate([1], NOON_MS - DAY_MS, NOON_MS)

    assert all_of_it == 9000
    assert a_part == pytest.approx(3600, rel=0.01)
    assert nothing == 0
    assert await history.estimate([], NOON_MS, END_MS) == 0


async def test_an_estimate_of_a_long_range_is_about_right(history):
    history.recorder.set_resolution({1: 0})
    for day in range(20):
        take(history, seconds(NOON_MS + day * DAY_MS, 3000))
        await history.recorder.flush()

    found = await history.estimate([1, 2], NOON_MS, NOON_MS + 40 * DAY_MS)

    assert found == pytest.approx(60_000, rel=0.2)


async def test_a_step_of_the_wide_file_may_span_many_windows(history):
    for index in range(40_000):
        history.recorder.take(scan(NOON_MS + index * 10, [float(index % 10)] * 8))

    options = Options(step_ms=200_000)
    export = Export(channels(8), NOON_MS, NOON_MS + HOUR_MS, options)
    content = b"".join([block async for block in FORMATS["wide"].write(history, export)])

    _, *steps = content.decode().splitlines()
    assert [step.split(",")[1:] for step in steps] == [["4.5"] * 8] * 2
