"""The codec of sealed chunks; docs/chunk-format.md describes the bytes."""

import struct
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from webmacs_edge.history.packing import (
    Bytes,
    Floats,
    Ints,
    pack_floats,
    pack_ints,
    pack_runs,
    packed_size,
    unpack_floats,
    unpack_ints,
    unpack_runs,
)
from webmacs_edge.model.errors import StoreError

RAW = 255  # the tag of values that are kept bit by bit; other tags are decimals
MOST_DECIMALS = 15
EXACT_BELOW = 2.0**52  # integers of this size still have an exact float

_LEVEL = 6
_HAS_QUALITIES = 1
_CLOCK_BITS = 0b110
_KEY = struct.Struct("<qqI")
_HEADER = struct.Struct("<BBIQq")


class ChunkError(StoreError):
    """Stored bytes are not what was once written."""


class Samples(NamedTuple):
    """Parallel arrays: UTC milliseconds, values, qualities."""

    at_ms: Ints
    values: Floats
    qualities: Bytes


class Anchor(NamedTuple):
    """Which boot of the device and which CLOCK_MONOTONIC the first sample belongs to."""

    boot: int = 0
    mono_ns: int = 0
    clock: int = 0  # a Clock: where the stamps come from


def encode_chunk(
    samples: Samples, *, channel: int, t0: int, decimals: int, anchor: Anchor
) -> bytes:
    """The bytes of a chunk; values that are not exact at `decimals` are kept bit by bit."""
    if not np.isfinite(samples.values).all():
        raise ChunkError(f"Channel {channel} has values that are not finite.")
    counts = exact_counts(samples.values, decimals)
    body = pack_ints(samples.at_ms)
    body += pack_floats(samples.values) if counts is None else pack_ints(counts)
    flags = anchor.clock << 1
    if samples.qualities.any():
        flags |= _HAS_QUALITIES
        body += pack_runs(samples.qualities)
    packed = zlib.compress(body, _LEVEL)
    tag = RAW if counts is None else decimals
    key = _KEY.pack(channel, t0, len(samples.at_ms))
    checksum = _checksum(key, _HEADER.pack(tag, flags, 0, *anchor[:2]), packed)
    return _HEADER.pack(tag, flags, checksum, *anchor[:2]) + packed


def decode_chunk(data: bytes, *, channel: int, t0: int, n: int) -> tuple[Samples, Anchor]:
    """What was encoded under this key; ChunkError when a bit of it has changed."""
    packed = _checked(data, channel=channel, t0=t0, n=n)
    tag, flags, _, boot, mono_ns = _HEADER.unpack_from(data)
    try:
        anchor = Anchor(boot, mono_ns, (flags & _CLOCK_BITS) >> 1)
        return _decode_body(zlib.decompress(packed), n, tag=tag, flags=flags), anchor
    except (struct.error, ValueError, zlib.error) as error:
        raise ChunkError(f"The chunk of channel {channel} at {t0} cannot be read.") from error


def decode_stamps(
    data: bytes, *, channel: int, t0: int, n: int
) -> tuple[bytes, Callable[[], Ints]]:
    """The packed stamps alone, equal where the stamps are, and what unpacks them; else ChunkError.

    Of the body no more is inflated than that.
    """
    packed = _checked(data, channel=channel, t0=t0, n=n)
    try:
        inflating = zlib.decompressobj()
        body = inflating.decompress(packed, packed_size(b"\x01", n))
        body += inflating.decompress(inflating.unconsumed_tail, packed_size(body, n) - len(body))
    except (ValueError, zlib.error) as error:
        raise ChunkError(f"The chunk of channel {channel} at {t0} cannot be read.") from error
    return body, lambda: unpack_ints(body, 0, n)[0]


def pick(samples: Samples, which: Any) -> Samples:
    """Some of the samples, by any index of numpy."""
    return Samples(samples.at_ms[which], samples.values[which], samples.qualities[which])


def _checked(data: bytes, *, channel: int, t0: int, n: int) -> bytes:
    """The deflated body; ChunkError when a bit of the chunk has changed."""
    if len(data) < _HEADER.size:
        raise ChunkError(f"The chunk of channel {channel} at {t0} cannot be read.")
    tag, flags, checksum, boot, mono_ns = _HEADER.unpack_from(data)
    packed, blank = data[_HEADER.size :], _HEADER.pack(tag, flags, 0, boot, mono_ns)
    if checksum != _checksum(_KEY.pack(channel, t0, n), blank, packed):
        raise ChunkError(f"The chunk of channel {channel} at {t0} is damaged.")
    return packed


def _decode_body(body: bytes, n: int, *, tag: int, flags: int) -> Samples:
    if flags & ~(_HAS_QUALITIES | _CLOCK_BITS):
        raise ValueError("flags")
    at_ms, end = unpack_ints(body, 0, n)
    if tag == RAW:
        values, end = unpack_floats(body, end, n)
    elif tag <= MOST_DECIMALS:
        counts, end = unpack_ints(body, end, n)
        values = counts / 10.0**tag
    else:
        raise ValueError("tag")
    if flags & _HAS_QUALITIES:
        qualities, end = unpack_runs(body, end, n)
    else:
        qualities = np.zeros(n, np.uint8)
    if end != len(body):
        raise ValueError("length")
    return Samples(at_ms, values, qualities)


def exact_counts(values: Floats, decimals: int) -> Ints | None:
    """The values as integer multiples of 10**-decimals, None when a bit would be lost."""
    if decimals > MOST_DECIMALS:
        return None
    scale = 10.0**decimals
    with np.errstate(over="ignore"):
        counts = np.rint(values * scale)
    if not (np.abs(counts) < EXACT_BELOW).all():
        return None
    integers = counts.astype(np.int64)
    if not np.array_equal((integers / scale).view(np.int64), values.view(np.int64)):
        return None
    return integers


def _checksum(key: bytes, header: bytes, packed: bytes) -> int:
    return zlib.crc32(packed, zlib.crc32(key + header))
