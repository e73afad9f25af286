import re
import struct
import subprocess
import sys
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webmacs_edge.history.chunks import (
    RAW,
    Anchor,
    ChunkError,
    Samples,
    decode_chunk,
    encode_chunk,
)
from webmacs_edge.history.journal import (
    Batch,
    Group,
    Mark,
    decode_groups,
    decode_marks,
    encode_marks,
    encode_samples,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "chunk-format.md"
ANCHOR = Anchor(boot=0xFEED_BEEF_0123_4567, mono_ns=-5, clock=2)

finite = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(-(2**51), 2**51)
quality = st.integers(0, 3)


def samples(numbers, qualities=None, start_ms=1_800_000_000_000, steps=None) -> Samples:
    n = len(numbers)
    steps = np.array(steps[:n] if steps else [1000] * n, np.int64)
    quality = np.zeros(n, np.uint8) if qualities is None else np.array(qualities[:n], np.uint8)
    at_ms = start_ms + np.cumsum(steps)
    return Samples(at_ms, np.array(numbers, np.float64), np.resize(quality, n))


def block(groups) -> bytes:
    batch = Batch()
    for channel, decimals, anchor, (at_ms, values, qualities) in groups:
        batch.begin(channel, len(at_ms), decimals=decimals, anchor=anchor)
        batch.at_ms.extend(at_ms.tolist())
        batch.values.extend(values.tolist())
        batch.qualities += qualities.tobytes()
    return encode_samples(batch)


def bits(values) -> list[int]:
    return np.asarray(values, np.float64).view(np.int64).tolist()


def encode(original: Samples, decimals: int = RAW) -> bytes:
    return encode_chunk(original, channel=7, t0=9, decimals=decimals, anchor=ANCHOR)


def decode(data: bytes, n: int) -> Samples:
    decoded, anchor = decode_chunk(data, channel=7, t0=9, n=n)
    assert anchor == ANCHOR
    return decoded


@given(st.lists(finite, min_size=1, max_size=50), st.integers(0, 9))
def test_any_float_comes_back_bit_by_bit(numbers, decimals):
    original = samples(numbers)

    for tag in (decimals, RAW):
        assert bits(decode(encode(original, tag), len(numbers)).values) == bits(numbers)


@given(st.lists(counts, min_size=1, max_size=50), st.integers(0, 9))
def test_a_value_at_the_resolution_comes_back_exactly_and_small(numbers, decimals):
    values = [number / 10**decimals for number in numbers]

    data = encode(samples(values), decimals)

    assert data[0] == decimals or 0.0 in values
    assert bits(decode(data, len(values)).values) == bits(values)


@given(
    st.lists(st.integers(1, 2**40), min_size=1, max_size=60),
    st.lists(quality, min_size=60, max_size=60),
)
def test_stamps_and_qualities_come_back(steps, qualities):
    original = samples([1.0] * len(steps), qualities, steps=steps)

    decoded = decode(encode(original, 1), len(steps))

    assert decoded.at_ms.tolist() == original.at_ms.tolist()
    assert decoded.qualities.tolist() == original.qualities.tolist()


def test_qualities_that_are_all_good_cost_nothing_and_a_few_runs_cost_little():
    good = samples([20.5] * 3600)
    interrupted = good._replace(qualities=np.repeat([0, 2, 0], 1200).astype(np.uint8))

    cost = len(encode(interrupted, 1)) - len(encode(good, 1))

    assert len(encode(good, 1)) < 80
    assert cost < 40


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_a_number_is_never_stored(number):
    with pytest.raises(ChunkError):
        encode(samples([1.0, number]))


@given(st.data())
def test_a_changed_bit_or_a_missing_byte_is_noticed(data):
    original = encode(samples([1.5, 2.5, 3.25], [0, 3, 1]), data.draw(st.sampled_from([2, RAW])))
    changed = bytearray(original)
    if data.draw(st.booleans()):
        position = data.draw(st.integers(0, len(original) * 8 - 1))
        changed[position // 8] ^= 1 << position % 8
    else:
        del changed[data.draw(st.integers(0, len(original) - 1)) :]

    with pytest.raises(ChunkError):
        decode(bytes(changed), 3)


@given(st.binary(max_size=200), st.integers(1, 100))
def test_junk_is_refused(junk, n):
    with pytest.raises(ChunkError):
        decode(junk, n)


@given(
    st.binary(max_size=120), st.integers(1, 40), st.sampled_from([0, 9, 77, RAW]), st.integers(0, 1)
)
def test_junk_with_a_right_checksum_is_refused_or_read_but_never_anything_else(body, n, tag, flags):
    packed = zlib.compress(body)
    header = struct.pack("<BBIQq", tag, flags, 0, *ANCHOR[:2])
    checksum = zlib.crc32(packed, zlib.crc32(struct.pack("<qqI", 7, 9, n) + header))
    data = struct.pack("<BBIQq", tag, flags, checksum, *ANCHOR[:2]) + packed

    with suppress(ChunkError):
        assert len(decode(data, n).values) == n


@pytest.mark.parametrize("key", [{"channel": 8}, {"t0": 10}, {"n": 2}])
def test_a_chunk_under_another_key_is_refused(key):
    data = encode(samples([1.0, 2.0, 3.0]), 0)

    with pytest.raises(ChunkError):
        decode_chunk(data, **({"channel": 7, "t0": 9, "n": 3} | key))


@given(st.lists(st.lists(finite, min_size=1, max_size=9), min_size=1, max_size=5), quality)
def test_a_journal_block_comes_back(channels, quality):
    groups = [
        Group(key, 3, Anchor(key, -key), samples(values, [quality]))
        for key, values in enumerate(channels)
    ]

    data = block(groups)

    decoded = decode_groups(data)

    assert decode_marks(data) == []
    assert [group[:3] for group in decoded] == [group[:3] for group in groups]
    for ours, theirs in zip(decoded, groups, strict=True):
        assert ours.samples.at_ms.tolist() == theirs.samples.at_ms.tolist()
        assert bits(ours.samples.values) == bits(theirs.samples.values)
        assert ours.samples.qualities.tolist() == theirs.samples.qualities.tolist()


def test_marks_of_sealed_channels_come_back():
    marks = [Mark(1, 2**40, 3), Mark(4, 5, 6)]

    data = encode_marks(marks)

    assert decode_marks(data) == marks
    assert decode_groups(data) == []


@given(st.data())
def test_a_changed_bit_or_a_missing_byte_of_a_journal_block_is_noticed(data):
    original = block([Group(1, 1, ANCHOR, samples([1.5, 2.5]))])
    changed = bytearray(original)
    if data.draw(st.booleans()):
        position = data.draw(st.integers(0, len(original) * 8 - 1))
        changed[position // 8] ^= 1 << position % 8
    else:
        del changed[data.draw(st.integers(0, len(original) - 1)) :]

    for decode_any in (decode_groups, decode_marks):
        with pytest.raises(ChunkError):
            decode_any(bytes(changed))


def test_the_reader_printed_in_the_documentation_reads_our_chunks(tmp_path):
    code = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)  # noqa: S102 our own documentation
    exact = samples([1.5, -2.25, 1e300], [0, 2, 2])
    rounded = samples([20.1, 20.2, -0.3], [0, 0, 0])

    for original, decimals in ((exact, RAW), (rounded, 1)):
        columns = names["chunk"](7, 9, 3, encode(original, decimals))
        assert [list(column) for column in columns] == [column.tolist() for column in original]


def test_decoding_needs_no_more_than_numpy():
    code = "import sys, webmacs_edge.history.chunks; assert 'sqlalchemy' not in sys.modules"

    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 our own interpreter
