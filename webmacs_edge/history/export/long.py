"""The long CSV file: one line per sample of all chosen channels, in order of time."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import numpy as np

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.export.clock_column import clock_words
from webmacs_edge.history.export.plan import Export, ExportChannel
from webmacs_edge.history.export.rows import merge, read_windows, split
from webmacs_edge.history.export.texts import (
    BLOCK_BYTES,
    Fields,
    Objects,
    objects,
    time_texts,
    value_texts,
)
from webmacs_edge.history.history import History
from webmacs_edge.history.packing import Ints
from webmacs_edge.model.datapoint_ids import datapoint_id_parts
from webmacs_edge.model.quality import Quality

COLUMNS = (
    "timestamp", "event_name", "event_public_id", "value", "unit", "datapoint_public_id",
)  # fmt: skip


async def write_long(history: History, export: Export) -> AsyncGenerator[bytes]:
    """The file, in blocks of at most 64 kB."""
    lines = _Lines(export)
    yield lines.header()
    async with aclosing(read_windows(history, export)) as windows:
        async for window in windows:
            for parts in split(window):
                text = await asyncio.to_thread(lines.write, parts)
                for start in range(0, len(text), BLOCK_BYTES):
                    yield text[start : start + BLOCK_BYTES]
            del window, parts  # before the next one is read


class _Lines:
    """Lines of samples; what is the same in all lines of a channel is made once."""

    def __init__(self, export: Export) -> None:
        self._options, self._marks = export.options, export.marks
        self._fields = Fields(export.options)
        channels, mark = export.channels, export.options.delimiter
        self._before = objects([self._names(channel) for channel in channels])
        self._units = objects([f"{mark}{self._fields.text(it.unit)}{mark}" for it in channels])
        ends = [datapoint_id_parts(channel.key, 0)[1] for channel in channels]
        words = [f"{mark}{it.word}" if export.options.with_quality else "" for it in Quality]
        end_of_line = "" if export.options.with_clock else "\r\n"
        self._ends = objects([f"{end}{word}{end_of_line}" for end in ends for word in words])

    def header(self) -> bytes:
        """The first line."""
        columns = (*COLUMNS, "quality") if self._options.with_quality else COLUMNS
        columns = (*columns, "clock") if self._options.with_clock else columns
        return (self._fields.start + self._fields.line(columns)).encode()

    def write(self, parts: Sequence[Samples]) -> bytes:
        """The lines of these samples."""
        rows = merge(parts)
        texts = np.empty((len(rows.at_ms), 6), object)
        texts[:, 0], texts[:, 4] = self._times(rows.at_ms)
        texts[:, 1] = self._before[rows.which]
        texts[:, 2] = value_texts(rows.values, decimal_comma=self._options.decimal_comma)
        texts[:, 3] = self._units[rows.which]
        texts[:, 5] = self._ends[rows.which * len(Quality) + rows.qualities]
        if self._options.with_clock:
            mark = self._options.delimiter
            texts[:, 5] += mark + clock_words(rows.at_ms, self._marks) + "\r\n"
        return "".join(texts.ravel().tolist()).encode()

    def _times(self, at_ms: Ints) -> tuple[Objects, Objects]:
        """The time stamp and the part of the datapoint's id that names the time."""
        times, rows = np.unique(at_ms, return_inverse=True)
        ids = [datapoint_id_parts(0, at_ms)[0] for at_ms in times.tolist()]
        return objects(time_texts(times, self._options.zone))[rows], objects(ids)[rows]

    def _names(self, channel: ExportChannel) -> str:
        mark, fields = self._options.delimiter, self._fields
        return f"{mark}{fields.text(channel.name)}{mark}{fields.plain(channel.public_id)}{mark}"
