"""JSON lines: one object per sample of all chosen channels, in order of time."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import numpy as np

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.export.clock_column import clock_words
from webmacs_edge.history.export.plan import Export, ExportChannel
from webmacs_edge.history.export.rows import merge, read_windows, split
from webmacs_edge.history.export.texts import BLOCK_BYTES, objects, time_texts, value_texts
from webmacs_edge.history.history import History
from webmacs_edge.model.quality import Quality


async def write_lines(history: History, export: Export) -> AsyncGenerator[bytes]:
    """The file, in blocks of at most 64 kB; UTF-8, one line feed after each object."""
    lines = _Lines(export)
    async with aclosing(read_windows(history, export)) as windows:
        async for window in windows:
            for parts in split(window):
                text = await asyncio.to_thread(lines.write, parts)
                for start in range(0, len(text), BLOCK_BYTES):
                    yield text[start : start + BLOCK_BYTES]
            del window, parts  # before the next one is read


class _Lines:
    """Objects of samples; what is the same in all objects of a channel is made once."""

    def __init__(self, export: Export) -> None:
        self._zone, self._marks = export.options.zone, export.marks
        self._with_clock = export.options.with_clock
        self._starts = objects([_start(channel) for channel in export.channels])
        with_quality = export.options.with_quality
        words = [f',"quality":"{it.word}"' if with_quality else "" for it in Quality]
        end = "" if self._with_clock else "}\n"
        self._ends = objects([f"{word}{end}" for word in words])

    def write(self, parts: Sequence[Samples]) -> bytes:
        """The lines of these samples."""
        rows = merge(parts)
        times, positions = np.unique(rows.at_ms, return_inverse=True)
        texts = np.empty((len(rows.at_ms), 5), object)
        texts[:, 0] = self._starts[rows.which]
        texts[:, 1] = objects(time_texts(times, self._zone))[positions]
        texts[:, 2] = '","value":'
        texts[:, 3] = value_texts(rows.values)
        texts[:, 4] = self._ends[rows.qualities]
        if self._with_clock:
            texts[:, 4] += ',"clock":"' + clock_words(rows.at_ms, self._marks) + '"}\n'
        return "".join(texts.ravel().tolist()).encode()


def _start(channel: ExportChannel) -> str:
    """The object up to its time."""
    same = {
        "event_public_id": channel.public_id,
        "event_name": channel.name,
        "unit": channel.unit,
        "timestamp": "",
    }
    return json.dumps(same, ensure_ascii=False, separators=(",", ":")).removesuffix('"}')
