"""The codec of journal blocks: samples that were flushed, and marks of what was sealed since."""

import struct
import zlib
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from webmacs_edge.history.chunks import Anchor, ChunkError, Samples
from webmacs_edge.history.packing import (
    pack_floats,
    pack_ints,
    pack_runs,
    unpack_floats,
    unpack_ints,
    unpack_runs,
)

T = TypeVar("T")

LATE = 1 << 31  # added to the key of a channel: the stream of its late samples
_SAMPLES_1 = 1  # of the first release: without the clock
_SEALED = 2
_SAMPLES = 3
_KINDS = {_SAMPLES_1, _SEALED, _SAMPLES}
_LEVEL = 1
_HEADER = struct.Struct("<BI")
_COUNT = struct.Struct("<I")
_GROUP_1 = (("stream", "<u4"), ("n", "<u4"), ("decimals", "u1"), ("boot", "<u8"), ("mono", "<i8"))
_GROUP = (*_GROUP_1, ("clock", "u1"))
_MARK = (("stream", "<u4"), ("row", "<i8"), ("upto", "<u4"))


class Group(NamedTuple):
    """Consecutive samples of one run of one stream: a channel, or the late samples of one."""

    stream: int
    decimals: int
    anchor: Anchor  # of the first sample of the run
    samples: Samples


class Mark(NamedTuple):
    """The stream is sealed up to its `upto`-th sample of journal row `row`."""

    stream: int
    row: int
    upto: int


class Batch:
    """Samples on their way into a block: a small table of groups, then all samples as columns."""

    def __init__(self) -> None:
        self.groups: list[tuple[int, int, int, int, int, int]] = []  # as _GROUP names them
        self.at_ms = array("q")
        self.values = array("d")
        self.qualities = bytearray()

    def begin(self, stream: int, n: int, *, decimals: int, anchor: Anchor) -> None:
        """Announce `n` samples of one run, which are then appended to the columns."""
        self.groups.append((stream, n, decimals, *anchor))


def encode_samples(batch: Batch) -> bytes:
    """A block of samples."""
    body = _pack_table(_GROUP, list(zip(*batch.groups, strict=True)))
    body += pack_ints(np.frombuffer(batch.at_ms, np.int64))
    body += pack_floats(np.frombuffer(batch.values, np.float64))
    body += pack_runs(np.frombuffer(batch.qualities, np.uint8))
    return _wrap(_SAMPLES, body)


def encode_marks(marks: Sequence[Mark]) -> bytes:
    """A block that says up to where channels are sealed."""
    columns = [list(column) for column in zip(*marks, strict=True)]
    return _wrap(_SEALED, _pack_table(_MARK, columns))


def decode_groups(data: bytes) -> list[Group]:
    """The samples of a journal row; ChunkError when a bit of it has changed."""
    return _decode(data, {_SAMPLES_1: _groups_1, _SAMPLES: _groups}) or []


def decode_marks(data: bytes) -> list[Mark]:
    """The marks of a journal row; ChunkError when a bit of it has changed."""
    return _decode(data, {_SEALED: _marks}) or []


def _decode(data: bytes, readers: Mapping[int, Callable[[bytes], T]]) -> T | None:
    try:
        kind, checksum = _HEADER.unpack_from(data)
        packed = data[_HEADER.size :]
        if checksum != zlib.crc32(packed, kind) or kind not in _KINDS:
            raise ChunkError("A row of the journal is damaged.")
        return readers[kind](zlib.decompress(packed)) if kind in readers else None
    except (struct.error, ValueError, zlib.error) as error:
        raise ChunkError("A row of the journal cannot be read.") from error


def _marks(body: bytes) -> list[Mark]:
    columns, _ = _unpack_table(_MARK, body)
    return [Mark(*row) for row in zip(*columns, strict=True)]


def _groups_1(body: bytes) -> list[Group]:
    columns, end = _unpack_table(_GROUP_1, body)
    return _read_groups([*columns, [0] * len(columns[0])], body, end)


def _groups(body: bytes) -> list[Group]:
    columns, end = _unpack_table(_GROUP, body)
    return _read_groups(columns, body, end)


def _read_groups(columns: Sequence[list[int]], body: bytes, end: int) -> list[Group]:
    streams, counts, decimals, *anchors = columns
    n = sum(counts)
    at_ms, end = unpack_ints(body, end, n)
    values, end = unpack_floats(body, end, n)
    qualities, end = unpack_runs(body, end, n)
    if end != len(body):
        raise ValueError("length")
    stops = np.cumsum(counts).tolist()
    groups = []
    for index, stop in enumerate(stops):
        part = slice(stop - counts[index], stop)
        samples = Samples(at_ms[part], values[part], qualities[part])
        anchor = Anchor(*(column[index] for column in anchors))
        groups.append(Group(streams[index], decimals[index], anchor, samples))
    return groups


def _pack_table(kinds: Sequence[tuple[str, str]], columns: Sequence[Sequence[int]]) -> bytes:
    arrays: list[npt.NDArray[Any]] = [
        np.array(column, kind) for (_, kind), column in zip(kinds, columns, strict=True)
    ]
    return _COUNT.pack(len(columns[0])) + b"".join(array.tobytes() for array in arrays)


def _unpack_table(kinds: Sequence[tuple[str, str]], body: bytes) -> tuple[list[list[int]], int]:
    (count,) = _COUNT.unpack_from(body)
    end = _COUNT.size
    columns: list[list[int]] = []
    for _, kind in kinds:
        array: npt.NDArray[Any] = np.frombuffer(body, kind, count, end)
        columns.append(array.tolist())
        end += array.nbytes
    return columns, end


def _wrap(kind: int, body: bytes) -> bytes:
    packed = zlib.compress(body, _LEVEL)
    return _HEADER.pack(kind, zlib.crc32(packed, kind)) + packed
