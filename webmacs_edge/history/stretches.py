"""Samples of many channels in one hour, decoded only as far as a page of them needs it."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from webmacs_edge.history.chunks import ChunkError, Samples, decode_stamps, pick
from webmacs_edge.history.packing import Ints
from webmacs_edge.history.reader import EMPTY, Reader
from webmacs_edge.history.unsealed import Part
from webmacs_edge.model.quality import Quality
from webmacs_edge.store.history_rows import Chunk

KEPT_SAMPLES = 400_000  # with their values, of the hour that was read last


class Row(NamedTuple):
    """One stored sample."""

    key: int
    at_ms: int
    value: float
    quality: Quality


class Stretch(Protocol):
    """Samples of one channel in order of time."""

    key: int

    def __len__(self) -> int: ...

    def ends(self) -> tuple[int, int]:
        """The stamps of the first and of the last one."""

    def since(self, moment_ms: int) -> int:
        """How many are at or after this moment."""

    def stamps(self, from_ms: int, to_ms: int) -> list[int]:
        """The stamps of those of [from_ms, to_ms)."""

    def cut(self, from_ms: int, to_ms: int) -> Samples:
        """Those of [from_ms, to_ms)."""


class RamStretch:
    """What is not sealed yet."""

    __slots__ = ("_part", "key")

    def __init__(self, key: int, part: Part) -> None:
        self.key = key
        self._part = part

    def __len__(self) -> int:
        return self._part.stop - self._part.start

    def ends(self) -> tuple[int, int]:
        """The stamps of the first and of the last one."""
        run, start, stop = self._part
        return run.at_ms[start], run.at_ms[stop - 1]

    def since(self, moment_ms: int) -> int:
        """How many are at or after this moment."""
        run, start, stop = self._part
        return stop - bisect_left(run.at_ms, moment_ms, start, stop)

    def stamps(self, from_ms: int, to_ms: int) -> list[int]:
        """The stamps of those of [from_ms, to_ms)."""
        return self._part.run.at_ms[self._places(from_ms, to_ms)].tolist()

    def cut(self, from_ms: int, to_ms: int) -> Samples:
        """A copy of those of [from_ms, to_ms)."""
        places = self._places(from_ms, to_ms)
        return self._part.run.samples(places.start, places.stop)

    def _places(self, from_ms: int, to_ms: int) -> slice:
        run, start, stop = self._part
        first = bisect_left(run.at_ms, from_ms, start, stop)
        return slice(first, bisect_left(run.at_ms, to_ms, first, stop))


class _Stamps:
    """Stamps that many channels share, because they were read in the same scans."""

    __slots__ = ("_asked_ms", "_found", "at_ms")

    def __init__(self, at_ms: Ints) -> None:
        self.at_ms = at_ms
        self._asked_ms = self._found = -1

    def find(self, moment_ms: int) -> int:
        """How many are before this moment; quick when all ask for the same."""
        if moment_ms != self._asked_ms:
            self._asked_ms, self._found = moment_ms, int(self.at_ms.searchsorted(moment_ms))
        return self._found


class StoredStretch:
    """A chunk, or a part of it; of its values no more is known than was asked for."""

    __slots__ = ("_first", "_hour", "_last", "_stamps", "chunk", "key")

    def __init__(self, hour: "Hour", chunk: Chunk, stamps: _Stamps) -> None:
        self.key = chunk.channel
        self.chunk = chunk
        self._hour = hour
        self._stamps = stamps
        self._first, self._last = 0, chunk.n

    def within(self, from_ms: int, to_ms: int) -> "StoredStretch":
        """The same with no more than lies in [from_ms, to_ms)."""
        narrow = StoredStretch(self._hour, self.chunk, self._stamps)
        narrow._first = self._place(from_ms)
        narrow._last = max(narrow._first, self._place(to_ms))
        return narrow

    def __len__(self) -> int:
        return self._last - self._first

    def ends(self) -> tuple[int, int]:
        """The stamps of the first and of the last one."""
        at_ms = self._stamps.at_ms
        return int(at_ms[self._first]), int(at_ms[self._last - 1])

    def since(self, moment_ms: int) -> int:
        """How many are at or after this moment."""
        return self._last - self._place(moment_ms)

    def stamps(self, from_ms: int, to_ms: int) -> list[int]:
        """The stamps of those of [from_ms, to_ms)."""
        part = slice(self._place(from_ms), self._place(to_ms))
        found: list[int] = self._stamps.at_ms[part].tolist()
        return found

    def cut(self, from_ms: int, to_ms: int) -> Samples:
        """Those of [from_ms, to_ms)."""
        part = slice(self._place(from_ms), self._place(to_ms))
        return pick(self._hour.decoded(self.chunk), part) if part.start < part.stop else EMPTY

    def _place(self, moment_ms: int) -> int:
        return min(max(self._stamps.find(moment_ms), self._first), self._last)


class Hour:
    """The chunks of one hour of several channels; remembers the values of some."""

    def __init__(self, reader: Reader, chunks: Iterable[Chunk]) -> None:
        self._reader = reader
        self._decoded: dict[tuple[int, int], Samples] = {}
        self._kept = 0
        known: dict[bytes, _Stamps] = {}
        found = ((chunk, self._stamps_of(chunk, known)) for chunk in chunks)
        self.stretches = [StoredStretch(self, chunk, it) for chunk, it in found if it is not None]
        self.stamps = sum(len(stamps.at_ms) for stamps in known.values())

    def decoded(self, chunk: Chunk) -> Samples:
        """All of its samples."""
        key = (chunk.channel, chunk.t0)
        samples = self._decoded.pop(key, None)
        if samples is None:
            samples = self._reader.decode_chunk(chunk)
            self._kept += chunk.n
        self._decoded[key] = samples  # the newest comes last
        while self._kept > KEPT_SAMPLES and len(self._decoded) > 1:
            oldest = self._decoded.pop(next(iter(self._decoded)))
            self._kept -= len(oldest.at_ms)
        return samples

    def _stamps_of(self, chunk: Chunk, known: dict[bytes, _Stamps]) -> _Stamps | None:
        try:
            packed, unpack = decode_stamps(
                chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n
            )
        except ChunkError:
            self._reader.decode_chunk(chunk)  # notes it
            return None
        stamps = known.get(packed)
        if stamps is None:
            stamps = known[packed] = _Stamps(unpack())
        return stamps


def newest_rows(stretches: Sequence[Stretch], *, skip: int, take: int) -> list[Row]:
    """The next `take` rows after `skip`, newest first, those of one moment by channel."""
    stretches = [stretch for stretch in stretches if len(stretch)]
    if not stretches:
        return []
    upper = _moment(stretches, skip)  # what is at or after this moment is skipped
    lower = _moment(stretches, skip + take)
    skip -= _since(stretches, upper)
    marks = [
        (-at_ms, stretch.key, nth)
        for nth, stretch in enumerate(stretches)
        for at_ms in stretch.stamps(lower - 1, upper)
    ]
    wanted: dict[int, list[int]] = {}
    for minus_ms, _, nth in sorted(marks)[skip : skip + take]:
        wanted.setdefault(nth, []).append(-minus_ms)
    rows = [row for nth, stamps in wanted.items() for row in _rows_of(stretches[nth], stamps)]
    return sorted(rows, key=lambda row: (-row.at_ms, row.key))


def _rows_of(stretch: Stretch, stamps: Sequence[int]) -> list[Row]:
    """The rows from the last of these stamps to the first: the values of no others are decoded."""
    at_ms, values, qualities = stretch.cut(stamps[-1], stamps[0] + 1)
    columns = at_ms.tolist(), values.tolist(), map(Quality, qualities.tolist())
    return [Row(stretch.key, *row) for row in zip(*columns, strict=True)]


def _moment(stretches: Sequence[Stretch], count: int) -> int:
    """The earliest moment since which there are at most `count` samples."""
    ends = [stretch.ends() for stretch in stretches]
    if count <= 0:
        return max(last for _, last in ends) + 1
    low, high = min(first for first, _ in ends), max(last for _, last in ends) + 1
    most, least = sum(map(len, stretches)), 0  # since then
    is_guess = True
    while low < high:
        middle = (low + high) // 2
        if is_guess and most > least:  # samples come evenly, mostly
            share = (most - count) / (most - least)
            middle = min(max(low + round((high - low) * share), low), high - 1)
        is_guess = not is_guess
        found = _since(stretches, middle)
        if found <= count:
            high, least = middle, found
        else:
            low, most = middle + 1, found
    return low


def _since(stretches: Sequence[Stretch], moment_ms: int) -> int:
    """How many samples are at or after this moment."""
    return sum(stretch.since(moment_ms) for stretch in stretches)
