import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webmacs_edge.history.chunks import RAW, ChunkError, Samples
from webmacs_edge.history.envelope import (
    SLOT_MS,
    decode_envelope,
    decode_envelopes,
    encode_envelope,
)
from webmacs_edge.history.spans import spans_of_envelope
from webmacs_edge.model.times import HOUR_MS, MINUTE_MS

HOUR = 1_800_000_000_000 // HOUR_MS * HOUR_MS


def samples_of(rows) -> Samples:
    at_ms, values, qualities = zip(*rows, strict=True)
    return Samples(
        np.array(at_ms, np.int64), np.array(values, np.float64), np.array(qualities, np.uint8)
    )


rows_of_an_hour = st.lists(
    st.tuples(
        st.integers(0, HOUR_MS - 1),
        st.integers(-(2**40), 2**40) | st.integers(-50, 50),
        st.sampled_from([0, 0, 0, 1, 2, 3]),
    ),
    min_size=2,
    max_size=120,
    unique_by=lambda row: row[0],
).map(sorted)


@given(rows_of_an_hour, st.sampled_from([0, 1, 3, RAW]))
def test_an_envelope_says_what_a_walk_along_the_samples_finds(numbers, decimals):
    scale = 10.0**decimals if decimals != RAW else 7.0
    rows = [(HOUR + at, number / scale, quality) for at, number, quality in numbers]
    data = encode_envelope(samples_of(rows), channel=3, t0=HOUR - 2, decimals=decimals)
    minutes = sorted({at // MINUTE_MS * MINUTE_MS for at, _, _ in rows})
    if len(minutes) == 1:
        assert data is None
        return
    assert data is not None

    envelope = decode_envelope(data, channel=3, t0=HOUR - 2)

    assert envelope.minute.tolist() == minutes
    for index, minute in enumerate(minutes):
        inside = [row for row in rows if minute <= row[0] < minute + MINUTE_MS]
        usable = [row for row in inside if row[2] < 2]
        values = [value for _, value, _ in usable]
        assert envelope.n[index] == len(usable)
        assert envelope.worst[index] == max(quality for _, _, quality in inside)
        assert bool(envelope.begins_bad[index]) == (inside[0][2] >= 2)
        assert bool(envelope.ends_bad[index]) == (inside[-1][2] >= 2)
        first, last = (usable or inside)[0][0] - minute, (usable or inside)[-1][0] - minute
        assert 0 <= first - envelope.first_ms[index] < SLOT_MS
        assert 0 <= envelope.last_ms[index] - last < SLOT_MS
        if values:
            assert (envelope.low[index], envelope.high[index]) == (min(values), max(values))
            error = abs(envelope.mean[index] - sum(values) / len(values))
            assert error <= 0.2501 / scale + abs(envelope.mean[index]) * 1e-12


@given(st.lists(rows_of_an_hour, min_size=1, max_size=6))
def test_many_envelopes_are_read_as_one_by_one(hours):
    stored, alone = [], 0
    for index, numbers in enumerate(hours):
        rows = [(HOUR + at, float(number), quality) for at, number, quality in numbers]
        data = encode_envelope(samples_of(rows), channel=index, t0=HOUR, decimals=0)
        if data is not None:
            stored.append((index, HOUR, data))
            alone += int(decode_envelope(data, channel=index, t0=HOUR).n.sum())

    together = decode_envelopes(stored)

    assert sum(int(envelope.n.sum()) for envelope in together) == alone


@given(st.data())
def test_a_flipped_bit_in_an_envelope_is_noticed(data):
    rows = [(HOUR + second * 1000, second % 7, 0) for second in range(0, 3600, 9)]
    whole = encode_envelope(samples_of(rows), channel=1, t0=HOUR, decimals=0)
    assert whole is not None
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    damaged = bytearray(whole)
    damaged[bit // 8] ^= 1 << bit % 8

    with pytest.raises(ChunkError):
        decode_envelope(bytes(damaged), channel=1, t0=HOUR)
    with pytest.raises(ChunkError):
        decode_envelope(whole, channel=2, t0=HOUR)
    with pytest.raises(ChunkError):
        decode_envelope(whole[: bit // 8], channel=1, t0=HOUR)


def test_a_minute_that_turns_bad_and_back_is_told_apart_from_a_good_one():
    good = [(HOUR + second * 1000, 1.0, 0) for second in range(90)]
    bad = [(HOUR + second * 1000, 1.0, 2) for second in range(90, 150)]
    rows = [*good, *bad, *[(HOUR + second * 1000, 1.0, 0) for second in range(150, 180)]]
    data = encode_envelope(samples_of(rows), channel=1, t0=HOUR, decimals=0)
    assert data is not None

    spans = spans_of_envelope(decode_envelope(data, channel=1, t0=HOUR))

    assert spans.n.tolist() == [60, 30, 0, 0, 30]
    assert spans.worst.tolist() == [0, 2, 2, 2, 2]


def test_an_hour_of_a_temperature_each_second_takes_about_a_hundred_bytes():
    noise = np.random.default_rng(0).normal(size=3600)
    values = np.rint(800 + 50 * np.sin(np.arange(3600) / 900) + noise) / 10
    at_ms = HOUR + 300 + 1000 * np.arange(3600)
    samples = Samples(at_ms, values, np.zeros(3600, np.uint8))

    data = encode_envelope(samples, channel=1, t0=HOUR + 300, decimals=1)

    assert data is not None
    assert len(data) < 150
