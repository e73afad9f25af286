"""The codec of envelopes by minutes and by quarter-hours; docs/chunk-format.md has the bytes."""

import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from webmacs_edge.history.chunks import RAW, ChunkError, Samples, exact_counts
from webmacs_edge.history.packing import (
    Bytes,
    Floats,
    Ints,
    float_rows,
    int_rows,
    number_rows,
    pack_floats,
    pack_ints,
    pack_numbers,
)
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import MINUTE_MS

SLOT_MS = 4000  # how finely an envelope knows when in its minute the samples lie
QUARTER_MS = 15 * MINUTE_MS
_SLOTS = 16  # more than there are in a row

_LEVEL = 9
_RAW_DEFLATE = -15
_KEY = struct.Struct("<qq")
_HEADER = struct.Struct("<BBBI")
_BEGINS_BAD, _ENDS_BAD, _WORST = 4, 8, 3


class Grid(NamedTuple):
    """What an envelope has a row for, and how finely it knows when in it the samples lie."""

    version: int
    row_ms: int
    slot_ms: int


MINUTES = Grid(1, MINUTE_MS, SLOT_MS)
QUARTERS = Grid(2, QUARTER_MS, MINUTE_MS)
_GRIDS = {grid.version: grid for grid in (MINUTES, QUARTERS)}


class Envelope(NamedTuple):
    """Parallel arrays, one row per minute that has samples; the numbers are of the usable ones.

    Or one per quarter of an hour: then all that is said of minutes holds for those.
    """

    minute: Ints  # UTC ms at which it begins
    n: Ints  # usable samples; with 0 the three numbers say nothing
    first_ms: Ints  # from its beginning to the first usable sample (with n = 0: of any), to a slot
    last_ms: Ints  # to the last one, likewise
    worst: Bytes
    begins_bad: Bytes  # 1 where something unusable comes before the first usable sample
    ends_bad: Bytes
    low: Floats
    high: Floats
    mean: Floats  # to a quarter of the resolution


def encode_envelope(samples: Samples, *, channel: int, t0: int, decimals: int) -> bytes | None:
    """The envelope of a chunk; None when one minute holds it all, and its rollup says as much."""
    if samples.at_ms[0] // MINUTE_MS == samples.at_ms[-1] // MINUTE_MS:
        return None
    return pack_envelope(envelope_of(samples), MINUTES, channel=channel, t0=t0, decimals=decimals)


def pack_envelope(envelope: Envelope, grid: Grid, *, channel: int, t0: int, decimals: int) -> bytes:
    """The bytes of an envelope, counted from the row that holds `t0`."""
    numbers = _numbers(envelope, decimals)
    slots = envelope.first_ms // grid.slot_ms - _SLOTS * (-envelope.last_ms // grid.slot_ms)
    flags = envelope.begins_bad * _BEGINS_BAD + envelope.ends_bad * _ENDS_BAD
    rows = envelope.minute // grid.row_ms - t0 // grid.row_ms
    columns = [rows, envelope.n, slots, (envelope.worst + flags).astype(np.int64)]
    if numbers is None:
        body = pack_ints(np.concatenate(columns))
        body += pack_floats(np.concatenate([envelope.low, envelope.high, envelope.mean]))
    else:
        low, spread, middle = numbers
        body = pack_ints(np.concatenate([*columns, low]))
        body += pack_numbers(np.concatenate([spread, middle]))
    packed = zlib.compress(body, _LEVEL, _RAW_DEFLATE)
    tag = RAW if numbers is None else decimals
    blank = _HEADER.pack(grid.version, tag, len(rows), 0)
    checksum = zlib.crc32(packed, zlib.crc32(_KEY.pack(channel, t0) + blank))
    return _HEADER.pack(grid.version, tag, len(rows), checksum) + packed


def decode_envelope(data: bytes, *, channel: int, t0: int) -> Envelope:
    """What was encoded under this key; ChunkError when a bit of it has changed."""
    return decode_envelopes([(channel, t0, data)])[0]


def decode_envelopes(rows: Sequence[tuple[int, int, bytes]]) -> list[Envelope]:
    """The envelopes of (channel, t0, data), those of one shape joined; in no order."""
    shapes: dict[tuple[Grid, int, int, int, int], tuple[list[int], list[bytes]]] = {}
    for channel, t0, data in rows:
        grid, tag, count, body = _open(data, channel=channel, t0=t0)
        starts, bodies = shapes.setdefault((grid, tag, count, len(body), body[0]), ([], []))
        starts.append(t0 // grid.row_ms * grid.row_ms)
        bodies.append(body)
    return [
        _decode_alike(bodies, starts, grid=grid, tag=tag, count=count)
        for (grid, tag, count, _, _), (starts, bodies) in shapes.items()
    ]


def envelope_of(samples: Samples) -> Envelope:
    """The envelope of samples in order of time, its stamps and means exact."""
    at_ms, values, qualities = samples
    usable = qualities < Quality.BAD
    firsts = np.flatnonzero(np.diff(at_ms // MINUTE_MS, prepend=-1))
    lasts = np.append(firsts[1:], len(at_ms)) - 1
    minute = at_ms[firsts] // MINUTE_MS * MINUTE_MS
    n = np.add.reduceat(usable.astype(np.int64), firsts)
    places = np.arange(len(at_ms))
    first = np.minimum.reduceat(np.where(usable, places, len(at_ms)), firsts)
    last = np.maximum.reduceat(np.where(usable, places, -1), firsts)
    some = n > 0
    first, last = np.where(some, first, firsts), np.where(some, last, lasts)
    low = np.minimum.reduceat(np.where(usable, values, np.inf), firsts)
    high = np.maximum.reduceat(np.where(usable, values, -np.inf), firsts)
    with np.errstate(over="ignore"):
        total = np.add.reduceat(np.where(usable, values, 0.0), firsts)
    low, high = np.where(some, low, 0.0), np.where(some, high, 0.0)
    return Envelope(
        minute,
        n,
        at_ms[first] - minute,
        at_ms[last] - minute,
        np.maximum.reduceat(qualities, firsts),
        (~usable[firsts]).astype(np.uint8),
        (~usable[lasts]).astype(np.uint8),
        low,
        high,
        np.clip(total / np.maximum(n, 1), low, high),
    )


def _numbers(envelope: Envelope, decimals: int) -> tuple[Ints, Ints, Ints] | None:
    """Low, high − low, twice the mean − low − high as integers; None when a bit would be lost."""
    lows, highs = exact_counts(envelope.low, decimals), exact_counts(envelope.high, decimals)
    if lows is None or highs is None:
        return None
    twice = np.rint(envelope.mean * 10.0**decimals * 2).astype(np.int64)
    middle = np.clip(twice, 2 * lows, 2 * highs) - lows - highs
    return lows, highs - lows, (middle << 1) ^ (middle >> 63)


def _open(data: bytes, *, channel: int, t0: int) -> tuple[Grid, int, int, bytes]:
    """The grid, the tag, the number of rows and the body."""
    try:
        version, tag, count, checksum = _HEADER.unpack_from(data)
        packed = data[_HEADER.size :]
        blank = _HEADER.pack(version, tag, count, 0)
        if checksum != zlib.crc32(packed, zlib.crc32(_KEY.pack(channel, t0) + blank)):
            raise ChunkError(f"The envelope of channel {channel} at {t0} is damaged.")
        if version not in _GRIDS:
            raise ChunkError(f"The envelope of channel {channel} at {t0} is of a later version.")
        body = zlib.decompress(packed, _RAW_DEFLATE)
    except (struct.error, zlib.error) as error:
        raise ChunkError(f"The envelope of channel {channel} at {t0} cannot be read.") from error
    return _GRIDS[version], tag, count, body


def _decode_alike(
    bodies: list[bytes], starts: list[int], *, grid: Grid, tag: int, count: int
) -> Envelope:
    """Envelopes whose bodies have the same shape, joined."""
    table = np.frombuffer(b"".join(bodies), np.uint8).reshape(len(bodies), -1)
    columns = 4 if tag == RAW else 5
    integers, end = int_rows(table, 0, columns * count)
    minutes, n, slots, words, *rest = integers.reshape(-1, columns, count).transpose(1, 0, 2)
    if tag == RAW:
        numbers = float_rows(table, end, 3 * count).reshape(-1, 3, count)
        low, high, mean = numbers.transpose(1, 0, 2)
    else:
        spread, folded = number_rows(table, end, 2 * count).reshape(-1, 2, count).transpose(1, 0, 2)
        middle = (folded >> 1) ^ -(folded & 1)
        ends, scale = rest[0] + spread, 10.0**tag
        low, high = rest[0] / scale, ends / scale
        mean = np.clip((rest[0] + ends + middle) / 2 / scale, low, high)
    start = np.array(starts, np.int64)[:, None] + minutes * grid.row_ms
    return Envelope(
        start.ravel(),
        n.ravel(),
        (slots % _SLOTS * grid.slot_ms).ravel(),
        (slots // _SLOTS * grid.slot_ms).ravel(),
        *_words(words.astype(np.uint8).ravel()),
        low.ravel(),
        high.ravel(),
        mean.ravel(),
    )


def _words(words: Bytes) -> tuple[Bytes, Bytes, Bytes]:
    """The worst quality, and whether a minute begins and ends with something unusable."""
    begins, ends = words & np.uint8(_BEGINS_BAD), words & np.uint8(_ENDS_BAD)
    return words & np.uint8(_WORST), (begins > 0).astype(np.uint8), (ends > 0).astype(np.uint8)
