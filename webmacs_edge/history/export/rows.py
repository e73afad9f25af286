"""Reads many channels at once, oldest first, in windows of time that fit into little memory."""

import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from webmacs_edge.history.chunks import Samples, pick
from webmacs_edge.history.export.plan import Export
from webmacs_edge.history.history import History
from webmacs_edge.history.packing import Bytes, Floats, Ints
from webmacs_edge.history.reader import EMPTY
from webmacs_edge.model.quality import Quality

Places = npt.NDArray[np.intp]  # of channels, in the order of the export

FIRST_WINDOW_MS = 10_000  # small, so that the first rows come at once
WINDOW_ROWS = 100_000  # 1.7 MB
MOST_ROWS = 2 * WINDOW_ROWS
BLOCK_ROWS = 4096  # rows that are written at a time
GROWTH = 16.0  # from one window to the next
CAREFUL_GROWTH = 1.5  # once a window was too long
AT_ONCE = 25  # channels; as many chunks of each hour are in memory


class Window(NamedTuple):
    """The samples of [from_ms, to_ms), one entry per channel."""

    from_ms: int
    to_ms: int
    parts: Sequence[Samples]

    @property
    def size(self) -> int:
        """Samples of all channels."""
        return sum(len(part.at_ms) for part in self.parts)


class Rows(NamedTuple):
    """Samples of several channels in order of time; `which` is the position of the channel."""

    which: Places
    at_ms: Ints
    values: Floats
    qualities: Bytes

    def pick(self, some: Any) -> "Rows":
        """Some of the rows, by any index of numpy."""
        return Rows(self.which[some], self.at_ms[some], self.values[some], self.qualities[some])


async def read_windows(history: History, export: Export) -> AsyncGenerator[Window]:
    """The range, while it is wanted, in windows of about `WINDOW_ROWS`."""
    start, length, growth = export.from_ms, FIRST_WINDOW_MS, GROWTH
    while start < export.to_ms and export.is_wanted():
        window = await _read_window(history, export, (start, min(start + length, export.to_ms)))
        if window is None:
            length, growth = max(1, length // 4), CAREFUL_GROWTH
            continue
        if window.size:
            yield window
            export.course.rows += window.size
        export.reach(window.to_ms)
        length = _next_length(length, window.size, growth=growth)
        start = window.to_ms
        del window  # before the next one is read


def split(window: Window, *, most: int = BLOCK_ROWS) -> Iterator[list[Samples]]:
    """The window as shorter ones, of about `most` rows where samples come evenly."""
    pieces = max(1, -(-window.size // most))
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
    rows = Rows(which, at_ms, values, qualities)
    return rows if len(held) == 1 else rows.pick(np.argsort(at_ms, kind="stable"))


async def _read_window(history: History, export: Export, span: tuple[int, int]) -> Window | None:
    """None when there is too much in it; a millisecond is always taken."""
    left = MOST_ROWS if span[1] - span[0] > 1 else sys.maxsize
    keys = [channel.key for channel in export.channels]
    parts: list[Samples] = []
    for first in range(0, len(keys), AT_ONCE):
        found = await history.window(keys[first : first + AT_ONCE], *span, most=left)
        if found is None:
            return None
        left -= sum(len(part.at_ms) for part in found)
        parts += found
    return Window(*span, parts if export.options.with_quality else [_usable(it) for it in parts])


def _usable(samples: Samples) -> Samples:
    if not samples.qualities.any():
        return samples
    return pick(samples, samples.qualities < Quality.BAD)


def _next_length(length: int, count: int, *, growth: float) -> int:
    """As much longer or shorter as `WINDOW_ROWS` asks for."""
    return ceil(length * min(growth, WINDOW_ROWS / max(count, 1)))
