"""Each kind of file, read back by somebody else's reader and compared with what was recorded."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.history.scans import NOON_MS, scan
from webmacs_edge.history.export import parquet
from webmacs_edge.history.export.formats import FORMATS
from webmacs_edge.history.export.parquet import has_parquet
from webmacs_edge.history.export.plan import Export, ExportChannel, Options
from webmacs_edge.history.export.sqlite import write_sqlite
from webmacs_edge.model.errors import InvalidError, StoreError
from webmacs_edge.model.exports import FORMAT_NAMES, Reduce
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import HOUR_MS, iso_offset, to_ms

BED = ExportChannel(1, "3f0c-1", "Bed", "°C", 1)
FLOW = ExportChannel(2, "3f0c-2", "Flow; main, upper", "l/min", 2)
DOOR = ExportChannel(3, "3f0c-3", "Door", "", 0)
CHANNELS = (BED, FLOW, DOOR)
END_MS = NOON_MS + 3 * HOUR_MS
BERLIN = ZoneInfo("Europe/Berlin")

Row = tuple[str, int, float, str]  # public id, stamp, value, quality


async def record(history) -> list[Row]:
    """Two and a half hours of three channels, sealed or not; some of it bad."""
    rows: list[Row] = []
    for index in range(900):
        at_ms = NOON_MS + index * 10_000 + index % 3
        quality = Quality.BAD if index in {5, 700} else Quality(index % 2)
        values = [20.0 + index / 8, -float(index) if index % 4 == 0 else None, float(index % 2)]
        history.recorder.take(scan(at_ms, values, quality=quality))
        rows += [
            (channel.public_id, at_ms, value, quality.word)
            for channel, value in zip(CHANNELS, values, strict=True)
            if value is not None
        ]
        if index % 360 == 0:
            await history.recorder.flush()
    return rows


def usable(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row[3] in {"good", "uncertain"}]


async def file_of(history, name, *, channels=CHANNELS, span=(NOON_MS, END_MS), **options) -> bytes:
    export = Export(channels, span[0], span[1], Options(**options))
    blocks = [block async for block in FORMATS[name].write(history, export)]
    assert all(0 < len(block) <= 65_536 for block in blocks)
    assert export.course.share == pytest.approx(1.0)
    return b"".join(blocks)


def table(content: bytes, **options) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), **options))


def stamp(text: str) -> int:
    return to_ms(datetime.fromisoformat(text))


def test_the_command_line_offers_each_format():
    assert {*FORMATS, "sqlite"} == set(FORMAT_NAMES)


@pytest.mark.parametrize("with_quality", [False, True])
async def test_long_csv_says_what_was_recorded(history, with_quality):
    recorded = await record(history)

    header, *lines = table(await file_of(history, "csv", with_quality=with_quality))

    said = [(line[2], stamp(line[0]), float(line[3]), line[-1]) for line in lines]
    wanted = recorded if with_quality else usable(recorded)
    assert [row[:3] for row in said] == [row[:3] for row in wanted]
    assert (header[-1] == "quality") == with_quality
    if with_quality:
        assert [row[3] for row in said] == [row[3] for row in wanted]


async def test_semicolon_decimal_comma_and_mark_suit_a_spreadsheet(history):
    await record(history)

    content = await file_of(
        history, "csv", delimiter=";", decimal_comma=True, byte_order_mark=True, channels=[FLOW]
    )

    assert content.startswith(b"\xef\xbb\xbf")
    _, first, second, *_ = table(content.removeprefix(b"\xef\xbb\xbf"), delimiter=";")
    assert (first[1], first[3], first[4]) == ("Flow; main, upper", "-0,0", "l/min")
    assert second[3] == "-4,0"


async def test_tabs_are_a_delimiter_too(history):
    await record(history)

    _, first, *_ = table(await file_of(history, "csv", delimiter="\t"), delimiter="\t")

    assert first[:4] == [iso_offset(NOON_MS), "Bed", BED.public_id, "20.0"]


async def test_a_decimal_comma_between_commas_is_refused():
    with pytest.raises(InvalidError, match="semicolon"):
        Export(CHANNELS, 0, 1, Options(decimal_comma=True))


async def test_local_times_follow_the_zone_through_the_change_of_the_clocks(history):
    autumn = to_ms(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    for hours in range(3):
        history.recorder.take(scan(autumn + hours * HOUR_MS + 7, [float(hours)]))

    span = (autumn, autumn + 4 * HOUR_MS)
    _, *lines = table(await file_of(history, "csv", channels=[BED], span=span, zone=BERLIN))

    assert [line[0] for line in lines] == [
        "2026-10-25 02:30:00.007", "2026-10-25 02:30:00.007", "2026-10-25 03:30:00.007",
    ]  # fmt: skip


async def test_json_lines_say_what_was_recorded(history):
    recorded = await record(history)

    content = await file_of(history, "jsonl", with_quality=True)

    said = [json.loads(line) for line in content.decode().splitlines()]
    assert [
        (it["event_public_id"], stamp(it["timestamp"]), it["value"], it["quality"]) for it in said
    ] == recorded
    assert said[1]["event_name"] == FLOW.name
    assert said[1]["unit"] == FLOW.unit


async def test_json_lines_leave_out_quality_and_what_is_not_usable(history):
    recorded = await record(history)

    said = [json.loads(line) for line in (await file_of(history, "jsonl")).splitlines()]

    assert len(said) == len(usable(recorded))
    assert "quality" not in said[0]


async def test_wide_csv_has_a_line_per_time_and_empty_cells(history):
    recorded = await record(history)

    header, *lines = table(await file_of(history, "wide"))

    assert header == ["timestamp", "Bed [°C]", "Flow; main, upper [l/min]", "Door"]
    said = [
        (channel.public_id, stamp(line[0]), float(cell))
        for line in lines
        for channel, cell in zip(CHANNELS, line[1:], strict=True)
        if cell
    ]
    assert said == [row[:3] for row in usable(recorded)]
    assert lines[1][2] == ""


async def test_wide_csv_with_quality_has_two_columns_per_channel(history):
    await record(history)

    header, *lines = table(await file_of(history, "wide", with_quality=True))

    assert header[1:3] == ["Bed [°C]", "Bed quality"]
    assert lines[5][1:3] == ["20.625", "bad"]
    assert lines[1][3:5] == ["", ""]


@pytest.mark.parametrize(
    ("reduce", "at_once"),
    [
        (Reduce.mean, np.mean),
        (Reduce.last, lambda values: values[-1]),
        (Reduce.min, min),
        (Reduce.max, max),
    ],
)
async def test_wide_csv_resampled_has_one_value_per_step(history, reduce, at_once):
    recorded = usable(await record(history))
    step_ms = 7 * 60_000

    _, *lines = table(await file_of(history, "wide", step_ms=step_ms, reduce=reduce))

    steps: dict[tuple[int, str], list[float]] = {}
    for public_id, at_ms, value, _ in recorded:
        step = NOON_MS + (at_ms - NOON_MS) // step_ms * step_ms
        steps.setdefault((step, public_id), []).append(value)
    said = {
        (stamp(line[0]), channel.public_id): float(cell)
        for line in lines
        for channel, cell in zip(CHANNELS, line[1:], strict=True)
        if cell
    }
    assert said == pytest.approx({key: at_once(values) for key, values in steps.items()})
    assert [line[0] for line in lines] == sorted({line[0] for line in lines})


async def test_a_step_longer_than_the_range_is_one_line(history):
    recorded = usable(await record(history))

    _, *lines = table(await file_of(history, "wide", step_ms=24 * HOUR_MS, reduce=Reduce.max))

    assert len(lines) == 1
    assert float(lines[0][1]) == max(row[2] for row in recorded if row[0] == BED.public_id)


async def test_a_step_without_a_usable_sample_is_left_out(history):
    history.recorder.take(scan(NOON_MS, [1.0]))
    history.recorder.take(scan(NOON_MS + 1000, [9.0], quality=Quality.BAD))
    history.recorder.take(scan(NOON_MS + 5000, [2.0]))
    history.recorder.take(scan(NOON_MS + 5001, [9.0], quality=Quality.BAD))

    _, *lines = table(
        await file_of(history, "wide", channels=[BED], step_ms=1000, with_quality=True)
    )

    assert [line[1:] for line in lines] == [["1.0", "good"], ["2.0", "bad"]]


@pytest.mark.parametrize("with_quality", [False, True])
async def test_numpy_arrays_hold_what_was_recorded(history, with_quality):
    recorded = await record(history)

    archive = np.load(io.BytesIO(await file_of(history, "npz", with_quality=with_quality)))

    channels = archive["channels"]
    assert channels["name"].tolist() == [channel.name for channel in CHANNELS]
    for channel, row in zip(CHANNELS, channels, strict=True):
        samples = archive[str(row["array"])]
        wanted = [it for it in recorded if it[0] == channel.public_id]
        if not with_quality:
            wanted = usable(wanted)
        assert samples["at"].astype(np.int64).tolist() == [it[1] for it in wanted]
        assert samples["value"].tolist() == [it[2] for it in wanted]
        if with_quality:
            words = [Quality(it).word for it in samples["quality"].tolist()]
            assert words == [it[3] for it in wanted]


async def test_numpy_arrays_of_channels_with_odd_names_are_told_apart(history):
    history.recorder.take(scan(NOON_MS, [1.0, 2.0, 3.0]))
    odd = [
        ExportChannel(1, "aaaaaaaa-1", "Bed/1", "", 1),
        ExportChannel(2, "bbbbbbbb-2", "channels", "", 1),
        ExportChannel(3, "cccccccc-3", "Bed/1", "", 1),
    ]

    archive = np.load(io.BytesIO(await file_of(history, "npz", channels=odd)))

    names = archive["channels"]["array"].tolist()
    assert names == ["Bed_1 (aaaaaaaa)", "channels (2)", "Bed_1 (cccccccc)"]
    assert [archive[name]["value"].tolist() for name in names] == [[1.0], [2.0], [3.0]]


@pytest.mark.skipif(not has_parquet(), reason="pyarrow (55 MB) is not part of the checks' tools")
async def test_parquet_holds_what_was_recorded(history):
    from importlib import import_module  # noqa: PLC0415 an optional package

    recorded = await record(history)

    content = await file_of(history, "parquet", with_quality=True)

    rows = import_module("pyarrow.parquet").read_table(io.BytesIO(content)).to_pylist()
    assert [
        (it["event_public_id"], to_ms(it["timestamp"]), it["value"], it["quality"]) for it in rows
    ] == recorded


@pytest.mark.skipif(has_parquet(), reason="pyarrow is installed")
async def test_parquet_without_its_package_is_refused_with_the_way_out(history):
    with pytest.raises(InvalidError, match=r"pip install 'webmacs-edge\[parquet\]'"):
        await file_of(history, "parquet")


@pytest.mark.skipif(has_parquet(), reason="pyarrow is installed")
async def test_a_writer_of_parquet_that_ends_by_itself_is_told(history, monkeypatch):
    await record(history)
    monkeypatch.setattr(parquet, "check_parquet", lambda: None)  # it was there a moment ago

    with pytest.raises(StoreError, match=r"could not be written: .*No module named 'pyarrow'"):
        await file_of(history, "parquet")


async def test_a_sqlite_file_has_plain_rows(history, tmp_path):
    recorded = await record(history)
    file = tmp_path / "rows.sqlite"

    await write_sqlite(history, Export(CHANNELS, NOON_MS, END_MS, Options(with_quality=True)), file)

    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(
            "SELECT public_id, at, value, quality FROM datapoints"
            " JOIN channels ON channels.id = channel ORDER BY datapoints.rowid"
        ).fetchall()
        first = connection.execute("SELECT * FROM readable LIMIT 1").fetchone()
    assert rows == recorded
    assert first == ("2027-01-15 08:00:00.000", "Bed", 20.0, "°C", "good")


@pytest.mark.parametrize("name", ["csv", "wide", "jsonl", "npz"])
async def test_a_range_without_samples_is_a_file_without_rows(history, name):
    content = await file_of(history, name, channels=[BED])

    if name == "npz":
        assert len(np.load(io.BytesIO(content))["Bed"]) == 0
    else:
        assert content.count(b"\n") == (0 if name == "jsonl" else 1)


@pytest.mark.parametrize("name", ["csv", "wide", "jsonl", "npz"])
async def test_no_channels_at_all_is_a_file_too(history, name):
    export = Export([], NOON_MS, END_MS)

    content = b"".join([block async for block in FORMATS[name].write(history, export)])

    assert content.count(b"PK\x01\x02") == 1 if name == "npz" else content.count(b"\n") <= 1


@pytest.mark.parametrize("name", ["csv", "wide", "jsonl", "npz"])
async def test_an_hour_among_a_century_is_found(history, name):
    recorded = usable(await record(history))
    century = 100 * 366 * 24 * HOUR_MS

    export = Export(CHANNELS, NOON_MS - century // 2, NOON_MS + century // 2)
    blocks = [block async for block in FORMATS[name].write(history, export)]

    assert blocks
    assert export.course.rows == len(recorded)


@pytest.mark.parametrize("name", ["csv", "wide", "jsonl", "npz"])
async def test_an_export_that_nobody_wants_any_more_stops_reading(history, name):
    await record(history)
    export = Export(CHANNELS, NOON_MS, END_MS, is_wanted=lambda: export.course.rows == 0)

    async for _ in FORMATS[name].write(history, export):
        pass

    assert export.course.share < 1


async def test_names_of_columns_are_no_formulas_and_stand_once(history):
    history.recorder.take(scan(NOON_MS, [1.0, 2.0]))
    channels = [ExportChannel(1, "aaaaaaaa-1", "=1+1", "", 1), ExportChannel(2, "b-2", "@x", "", 1)]
    twins = [ExportChannel(1, "aaaaaaaa-1", "Bed", "", 1), ExportChannel(2, "bb-2", "Bed", "", 1)]

    harmless, *_ = table(await file_of(history, "wide", channels=channels))
    apart, *_ = table(await file_of(history, "wide", channels=twins))

    assert harmless == ["timestamp", "'=1+1", "'@x"]
    assert apart == ["timestamp", "Bed (aaaaaaaa)", "Bed (bb-2)"]
