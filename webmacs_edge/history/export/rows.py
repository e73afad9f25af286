"""Reads many channels at once, oldest first, in windows of time that fit into little memory."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from webmacs_edge.history.chunks import Samples, pick
from webmacs_edge.history.export.plan import Export
from webmacs_edge.history.history import History
from webmacs_edge.history.packing import Bytes, Floats, Ints
from webmacs_edge.history.reader import EMPTY, join
from webmacs_edge.model.quality import Quality

FIRST_WINDOW_MS = 10_000  # small, so that the first rows come at once
WINDOW_ROWS = 200_000  # 3.4 MB
MOST_ROWS = 2 * WINDOW_ROWS
BLOCK_ROWS = 4096  # rows that are written at a time
GROWTH = 16
AT_ONCE = 4  # channels


class Window(NamedTuple):
    """The samples of [from_ms, to_ms), one entry per channel."""

    from_ms: int
    to_ms: int
    parts: Sequence[Samples]

    @property
    def count(self) -> int:
        """Samples of all channels."""
        return sum(len(part.at_ms) for part in self.parts)


class Rows(NamedTuple):
    """Samples of several channels in order of time; `which` is the position of the channel."""

    which: npt.NDArray[np.intp]
    at_ms: Ints
    values: Floats
    qualities: Bytes


async def read_windows(history: History, export: Export) -> AsyncGenerator[Window]:
    """The whole range, window by window; none of them holds much more than `WINDOW_ROWS`."""
    start, length = export.from_ms, FIRST_WINDOW_MS
    while start < export.to_ms:
        window = await _read_window(history, export, (start, min(start + length, export.to_ms)))
        if window is None:
            length = max(1, length // GROWTH)
            continue
        if window.count:
            yield window
            export.course.rows += window.count
        export.reach(window.to_ms)
        length = _next_length(length, window.count)
        start = window.to_ms


def split(window: Window, *, most: int = BLOCK_ROWS) -> Iterator[list[Samples]]:
    """The window as shorter ones, of about `most` rows where samples come evenly."""
    pieces = max(1, -(-window.count // most))
    pieces = min(pieces, window.to_ms - window.from_ms)
    span = window.to_ms - window.from_ms
    edges = window.from_ms + span * np.arange(pieces + 1, dtype=np.int64) // pieces
    cuts = [np.searchsorted(part.at_ms, edges).tolist() for part in window.parts]
    for piece in range(pieces):
        yield [
            pick(part, slice(cut[piece], cut[piece + 1]))
            for part, cut in zip(window.parts, cuts, strict=True)
        ]


def merge(parts: Sequence[Samples]) -> Rows:
    """All samples in order of time; those of one time in the order of the channels."""
    lengths = [len(part.at_ms) for part in parts]
    held = [part for part, length in zip(parts, lengths, strict=True) if length]
    which = np.repeat(np.arange(len(parts)), lengths)
    if not held:
        return Rows(which, *EMPTY)
    at_ms, values, qualities = (np.concatenate(column) for column in zip(*held, strict=True))
    if len(held) == 1:
        return Rows(which, at_ms, values, qualities)
    order = np.argsort(at_ms, kind="stable")
    return Rows(which[order], at_ms[order], values[order], qualities[order])


async def _read_window(history: History, export: Export, span: tuple[int, int]) -> Window | None:
    """None when there is too much in it; a millisecond is always taken."""
    limit = MOST_ROWS if span[1] - span[0] > 1 else None
    parts: list[Samples] = []
    count = 0
    for first in range(0, len(export.channels), AT_ONCE):
        reads = [
            _read_channel(
                history, channel.key, span, limit=limit, with_bad=export.options.with_quality
            )
            for channel in export.channels[first : first + AT_ONCE]
        ]
        for part in await asyncio.gather(*reads):
            if part is None:
                return None
            parts.append(part)
            count += len(part.at_ms)
        if limit is not None and count > limit:
            return None
    return Window(*span, parts)


async def _read_channel(  # noqa: PLR0917 TODO
    history: History, key: int, span: tuple[int, int], *, limit: int | None, with_bad: bool
) -> Samples | None:
    found: list[Samples] = []
    count = 0
    async with aclosing(history.raw(key, *span)) as parts:
        async for part in parts:
            found.append(part if with_bad else pick(part, part.qualities < Quality.BAD))
            count += len(part.at_ms)
            if limit is not None and count > limit:
                return None
    return _once(join(found))


def _once(samples: Samples) -> Samples:
    """No stamp twice: a channel that was sealed while it was read is met twice."""
    if not len(samples.at_ms) or (np.diff(samples.at_ms) > 0).all():
        return samples
    return pick(samples, np.unique(samples.at_ms, return_index=True)[1])


def _next_length(length: int, count: int) -> int:
    """As much longer or shorter as `WINDOW_ROWS` asks for."""
    factor = min(GROWTH, WINDOW_ROWS / max(count, 1))
    return max(1, int(length * factor))
