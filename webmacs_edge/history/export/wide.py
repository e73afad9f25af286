"""The wide CSV file: one line per time, one column per channel."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

import numpy as np

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.export.plan import Export, ExportChannel, names_once
from webmacs_edge.history.export.resample import Resampler
from webmacs_edge.history.export.rows import Places, Rows, Window, merge, read_windows, split
from webmacs_edge.history.export.texts import (
    BLOCK_BYTES,
    Fields,
    Objects,
    objects,
    time_texts,
    value_texts,
)
from webmacs_edge.history.history import History
from webmacs_edge.history.reader import EMPTY
from webmacs_edge.model.quality import Quality

BLOCK_CELLS = 200_000
_QUALITIES = objects([quality.word for quality in Quality])


async def write_wide(history: History, export: Export) -> AsyncGenerator[bytes]:
    """The file, in blocks of at most 64 kB; cells stay empty where nothing was recorded."""
    lines = _Lines(export)
    yield lines.header()
    async with aclosing(_windows(history, export)) as windows:
        async for window in windows:
            for parts in split(window, most=lines.most_rows):
                for block in await asyncio.to_thread(lines.write, parts):
                    yield block
            del window, parts  # before the next one is read


async def _windows(history: History, export: Export) -> AsyncGenerator[Window]:
    """As recorded, or one sample per step and channel."""
    async with aclosing(read_windows(history, export)) as windows:
        if not export.options.step_ms:
            async for window in windows:
                yield window
            return
        steps = _Steps(export)
        async for window in windows:
            yield await asyncio.to_thread(steps.take, window.parts, window.to_ms)
        rest = [EMPTY for _ in export.channels]
        yield steps.take(rest, export.to_ms + export.options.step_ms)


class _Steps:
    """Resamples all channels together."""

    def __init__(self, export: Export) -> None:
        options = export.options
        self._done_ms = export.from_ms
        self._resamplers = [
            Resampler(options.reduce, from_ms=export.from_ms, step_ms=options.step_ms)
            for _ in export.channels
        ]

    def take(self, parts: Sequence[Samples], until_ms: int) -> Window:
        """All steps that have ended by then and were not given before."""
        pairs = zip(self._resamplers, parts, strict=True)
        found = [resampler.take(part, until_ms) for resampler, part in pairs]
        window = Window(self._done_ms, until_ms, found)
        firsts = [int(part.at_ms[0]) for part in found if len(part.at_ms)]
        return window._replace(from_ms=min(firsts, default=until_ms - 1))


class _Lines:
    """Lines with a cell per channel, or two when each has its quality."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._fields = Fields(export.options)
        self._per_channel = 2 if export.options.with_quality else 1
        self._columns = 1 + self._per_channel * len(export.channels)
        self.most_rows = max(1, BLOCK_CELLS // self._columns)

    def header(self) -> bytes:
        """The first line: names with their units."""
        columns = ["timestamp"]
        names = names_once(self._export.channels)
        for channel, name in zip(self._export.channels, names, strict=True):
            columns.append(self._fields.text(_title(channel, name)))
            if self._per_channel > 1:
                columns.append(self._fields.text(f"{name} quality"))
        return (self._fields.start + self._fields.line(columns)).encode()

    def write(self, parts: Sequence[Samples]) -> list[bytes]:
        """The lines of these samples, in blocks."""
        text = "".join(self._texts(merge(parts))).encode()
        return [text[start : start + BLOCK_BYTES] for start in range(0, len(text), BLOCK_BYTES)]

    def _texts(self, rows: Rows) -> Iterator[str]:
        times, lines = np.unique(rows.at_ms, return_inverse=True)
        for first in range(0, len(times), self.most_rows):
            start, stop = np.searchsorted(lines, (first, first + self.most_rows)).tolist()
            picked = rows.pick(slice(start, stop))
            cells = self._cells(picked, lines[start:stop] - first)
            stamps = times[first : first + self.most_rows]
            cells[:, 0] = time_texts(stamps, self._export.options.zone)
            mark = self._export.options.delimiter
            yield "".join([f"{mark.join(row)}\r\n" for row in cells.tolist()])

    def _cells(self, rows: Rows, lines: Places) -> Objects:
        count = int(lines[-1]) + 1 if len(lines) else 0
        cells = np.full((count, self._columns), "", object)
        columns = 1 + rows.which * self._per_channel
        options = self._export.options
        cells[lines, columns] = value_texts(rows.values, decimal_comma=options.decimal_comma)
        if options.with_quality:
            cells[lines, columns + 1] = _QUALITIES[rows.qualities]
        return cells


def _title(channel: ExportChannel, name: str) -> str:
    return f"{name} [{channel.unit}]" if channel.unit else name
