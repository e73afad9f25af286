"""What the first release wrote stays readable for ever."""

import sqlite3
from contextlib import closing

import pytest

from tests.history.conftest import history_in
from webmacs_edge.history.chunks import Anchor, ChunkError, decode_chunk
from webmacs_edge.history.clock import Clock
from webmacs_edge.history.journal import Mark, decode_groups, decode_marks
from webmacs_edge.model.quality import Quality

BOOT = 0xFEED_BEEF_0123_4567
START_MS = 1_800_000_000_000
ROUNDED = bytes.fromhex(
    "0100c2284b8c67452301efbeedfe15cd5b0700000000789c637a111c23b1989181e1c2850bececec4c271920"
    "8069e60c06464600828a06db"
)
EXACT = bytes.fromhex(
    "ff01de4ed9db67452301efbeedfefbffffffffffffff789c637a111c23b1989181e1c20576760686390c0ca5"
    "0c20d0c1c060c3c0f0e40793b9fd813a66a0002312666062060060b10976"
)
SAMPLES = bytes.fromhex(
    "0100a718c27801636260606007624e206602624610fe9feeaaccf87edfdb7f400e18fcfe0f01303ed38be018"
    "89c540b517ceb3b3cf329e3ad3f8da4c63b599c62f661a734b1aeb9998083a38d8310355838d83d2400e00d2"
    "4419ad"
)
MARKS = bytes.fromhex("028f55ace6780163646060600762662006012620060000c4000e")


def test_values_at_their_resolution():
    samples, anchor = decode_chunk(ROUNDED, channel=7, t0=START_MS + 1000, n=4)

    assert samples.at_ms.tolist() == [START_MS + 1000 * second for second in range(1, 5)]
    assert samples.values.tolist() == [20.1, 20.2, -0.3, 20.1]
    assert samples.qualities.tolist() == [0, 0, 0, 0]
    assert anchor == Anchor(BOOT, 123_456_789, Clock.UNKNOWN)


def test_values_kept_bit_by_bit_with_their_qualities():
    samples, anchor = decode_chunk(EXACT, channel=8, t0=START_MS + 1000, n=3)

    assert samples.values.tolist() == [1.5, -2.25, 1e300]
    assert samples.qualities.tolist() == [0, 2, 3]
    assert anchor == Anchor(BOOT, -5)


def test_rows_of_the_journal():
    first, second = decode_groups(SAMPLES)

    assert first[:3] == (7, 1, Anchor(BOOT, -5))
    assert first.samples.values.tolist() == [20.1, 20.2]
    assert first.samples.qualities.tolist() == [0, 1]
    assert (second.stream, second.samples.values.tolist()) == (9, [1e-9])
    assert decode_marks(MARKS) == [Mark(7, 3, 2)]


def test_flags_of_a_later_release_are_refused():
    changed = bytearray(ROUNDED)
    changed[1] = 8

    with pytest.raises(ChunkError):
        decode_chunk(bytes(changed), channel=7, t0=START_MS + 1000, n=4)


async def test_a_file_of_the_first_release_is_continued(tmp_path):
    with closing(sqlite3.connect(tmp_path / "history.db")) as file:
        file.executescript(
            """
            CREATE TABLE datapoints (channel INTEGER NOT NULL, t0 INTEGER NOT NULL,
              t1 INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (channel, t0)
            ) STRICT;
            CREATE TABLE datapoints_journal (id INTEGER NOT NULL, t1 INTEGER NOT NULL,
              data BLOB NOT NULL, PRIMARY KEY (id)) STRICT;
            CREATE TABLE datapoints_rollup (channel INTEGER NOT NULL, t0 INTEGER NOT NULL,
              t1 INTEGER NOT NULL, n INTEGER NOT NULL, vmin REAL NOT NULL, vmax REAL NOT NULL,
              vsum REAL NOT NULL, vlast REAL NOT NULL, worst INTEGER NOT NULL, env BLOB,
              PRIMARY KEY (channel, t0)) WITHOUT ROWID, STRICT;
            """
        )
        chunk = (7, START_MS + 1000, START_MS + 4000, 4, ROUNDED)
        file.execute("INSERT INTO datapoints VALUES (?, ?, ?, ?, ?)", chunk)
        rollup = (7, START_MS + 1000, START_MS + 4000, 4, -0.3, 20.2, 60.1, 20.1, 0, None)
        file.execute("INSERT INTO datapoints_rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rollup)
        file.execute("INSERT INTO datapoints_journal VALUES (4, ?, ?)", (START_MS + 2000, SAMPLES))
        file.commit()

    async with history_in(tmp_path) as history:
        parts = [part async for part in history.raw(7, 0, 2 * START_MS)]
        assert [part.values.tolist() for part in parts] == [[20.1, 20.2, -0.3, 20.1]]
        assert history.latest_stored()[9] == (START_MS + 1000, 1e-9, Quality.GOOD)
        trend = (await history.trend([7], START_MS, START_MS + 3_600_000, width=1))[7]
        assert trend.high.tolist() == [20.2]
