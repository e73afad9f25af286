"""Columns of numbers as bytes that compress well."""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

_FIRST = struct.Struct("<Bq")
_COUNT = struct.Struct("<I")


def pack_ints(numbers: Ints) -> bytes:
    """First number, then zig-zag differences in the narrowest width, as byte planes."""
    steps = np.diff(numbers)
    folded = ((steps << 1) ^ (steps >> 63)).view(np.uint64)
    largest = int(folded.max(initial=0))
    width = next(width for width in (1, 2, 4, 8) if largest < 1 << (8 * width))
    return _FIRST.pack(width, int(numbers[0])) + _planes(folded.astype(f"<u{width}"))


def unpack_ints(body: bytes, at: int, n: int) -> tuple[Ints, int]:
    """`n` numbers that begin at byte `at`, and where they end."""
    width, first = _FIRST.unpack_from(body, at)
    if width not in {1, 2, 4, 8}:
        raise ValueError("width")
    at += _FIRST.size
    numbers = np.empty(n, np.int64)
    numbers[0] = first
    numbers[1:] = _unfold(_from_planes(body, at, n - 1, kind=f"<u{width}"))
    return np.cumsum(numbers, out=numbers), at + width * (n - 1)


def packed_size(body: bytes, n: int) -> int:
    """How many bytes `n` packed numbers take that begin `body`."""
    return _FIRST.size + body[0] * (n - 1)


def pack_numbers(numbers: Ints) -> bytes:
    """Numbers from 0 on in the narrowest width, as byte planes."""
    largest = int(numbers.max(initial=0))
    width = next(width for width in (1, 2, 4, 8) if largest < 1 << (8 * width))
    return bytes((width,)) + _planes(numbers.astype(f"<u{width}"))


def pack_floats(numbers: Floats) -> bytes:
    """Every bit of the numbers, as byte planes."""
    return _planes(numbers.astype("<f8"))


def unpack_floats(body: bytes, at: int, n: int) -> tuple[Floats, int]:
    """`n` numbers that begin at byte `at`, and where they end."""
    return _from_planes(body, at, n, kind="<f8").astype(np.float64), at + 8 * n


def pack_runs(numbers: Bytes) -> bytes:
    """Lengths and values of runs of equal numbers."""
    starts = np.flatnonzero(np.diff(numbers, prepend=np.uint8(~numbers[0])))
    lengths = np.diff(starts, append=len(numbers)).astype("<u4")
    return _COUNT.pack(len(starts)) + lengths.tobytes() + numbers[starts].tobytes()


def unpack_runs(body: bytes, at: int, n: int) -> tuple[Bytes, int]:
    """`n` numbers whose runs begin at byte `at`, and where they end."""
    (count,) = _COUNT.unpack_from(body, at)
    at += _COUNT.size
    lengths = np.frombuffer(body, "<u4", count, at)
    if int(lengths.sum(dtype=np.int64)) != n:
        raise ValueError("runs")
    values = np.frombuffer(body, np.uint8, count, at + 4 * count)
    return np.repeat(values, lengths), at + 5 * count


def _unfold(folded: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Signed numbers of the same width from zig-zag ones: quick, because they stay narrow."""
    kind = folded.dtype.type
    numbers: npt.NDArray[Any] = (folded >> kind(1)) ^ (~(folded & kind(1)) + kind(1))
    return numbers.view(f"<i{kind().itemsize}")


def _planes(numbers: npt.NDArray[np.generic]) -> bytes:
    return numbers.view(np.uint8).reshape(-1, numbers.itemsize).T.tobytes()


def _from_planes(body: bytes, at: int, n: int, *, kind: str) -> npt.NDArray[np.generic]:
    size = np.dtype(kind).itemsize
    if n == 0:
        return np.empty(0, kind)
    planes = np.frombuffer(body, np.uint8, n * size, at).reshape(size, n)
    return np.ascontiguousarray(planes.T).view(kind).ravel()


def int_rows(bodies: Bytes, at: int, n: int) -> tuple[Ints, int]:
    """What `pack_ints` wrote at the same place of many bodies of the same shape, row by row."""
    width = int(bodies[0, at])
    at += 1
    numbers = np.empty((len(bodies), n), np.int64)
    numbers[:, :1] = _plane_rows(bodies[:, at : at + 8].reshape(-1, 8), 1, kind="<i8")
    at, end = at + 8, at + 8 + width * (n - 1)
    numbers[:, 1:] = _unfold(_plane_rows(bodies[:, at:end], n - 1, kind=f"<u{width}"))
    return np.cumsum(numbers, axis=1, out=numbers), end


def number_rows(bodies: Bytes, at: int, n: int) -> Ints:
    """What `pack_numbers` wrote at the end of many bodies of the same shape, row by row."""
    return _plane_rows(bodies[:, at + 1 :], n, kind=f"<u{bodies[0, at]}").astype(np.int64)


def float_rows(bodies: Bytes, at: int, n: int) -> Floats:
    """What `pack_floats` wrote at the end of many bodies of the same shape, row by row."""
    return _plane_rows(bodies[:, at:], n, kind="<f8").astype(np.float64)


def _plane_rows(planes: Bytes, n: int, *, kind: str) -> npt.NDArray[Any]:
    size = np.dtype(kind).itemsize
    rows = planes.reshape(len(planes), size, n).transpose(0, 2, 1)
    return np.ascontiguousarray(rows).view(kind).reshape(len(planes), n)
