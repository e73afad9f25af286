"""The long CSV file: one line per sample of all chosen channels, in order of time."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass

import numpy as np

from webmacs_edge.history.chunks import Samples, pick
from webmacs_edge.history.history import History
from webmacs_edge.history.packing import Floats, Ints
from webmacs_edge.history.reader import EMPTY
from webmacs_edge.model.datapoint_ids import datapoint_id_parts
from webmacs_edge.model.quality import Quality

HEADER = "timestamp,event_name,event_public_id,value,unit,datapoint_public_id\r\n"
BLOCK_BYTES = 65_536
BLOCK_ROWS = 4096  # lines that are built at a time
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MILLISECONDS = [f".{ms:03d}000+00:00" if ms else "+00:00" for ms in range(1000)]


@dataclass(frozen=True, slots=True)
class ExportChannel:
    """A channel as it appears in a file."""

    key: int
    public_id: str
    name: str
    unit: str
    decimals: int


@dataclass(frozen=True, slots=True)
class _Texts:
    """What stays the same in all lines of a channel."""

    before_value: str
    after_value: str
    end: str


async def csv_long(  # noqa: PLR0917 the two ends of the range read as one
    history: History, channels: Sequence[ExportChannel], from_ms: int, to_ms: int
) -> AsyncGenerator[bytes]:
    """The file of all usable samples of [from_ms, to_ms), in blocks of at most 64 kB."""
    texts = [_texts(channel) for channel in channels]
    yield HEADER.encode()
    async with AsyncExitStack() as stack:
        cursors = [
            _Cursor(
                await stack.enter_async_context(aclosing(history.raw(channel.key, from_ms, to_ms)))
            )
            for channel in channels
        ]
        while parts := await _next_parts(cursors):
            text = await asyncio.to_thread(_lines, parts, texts)
            for start in range(0, len(text), BLOCK_BYTES):
                yield text[start : start + BLOCK_BYTES]


class _Cursor:
    """Reads one channel; holds one decoded chunk."""

    def __init__(self, samples: AsyncGenerator[Samples]) -> None:
        self._samples = samples
        self.held = EMPTY
        self.is_done = False

    async def fill(self) -> None:
        """Hold something, unless there is nothing left."""
        while not self.is_done and not len(self.held.at_ms):
            samples = await anext(self._samples, None)
            if samples is None:
                self.is_done = True
            else:
                self.held = pick(samples, samples.qualities < Quality.BAD)

    def count(self, until_ms: int) -> int:
        """How many of the held samples are not after `until_ms`."""
        return int(np.searchsorted(self.held.at_ms, until_ms, "right"))

    def take(self, until_ms: int) -> Samples:
        """Give away what is not after `until_ms`."""
        count = self.count(until_ms)
        taken, self.held = pick(self.held, slice(count)), pick(self.held, slice(count, None))
        return taken


async def _next_parts(cursors: Sequence[_Cursor]) -> list[Samples]:
    """The next samples of every channel up to a common time; empty at the end."""
    for cursor in cursors:
        await cursor.fill()
    busy = [cursor for cursor in cursors if not cursor.is_done]
    if not busy:
        return []
    until_ms = min(int(cursor.held.at_ms[-1]) for cursor in busy)
    start_ms = min(int(cursor.held.at_ms[0]) for cursor in busy)
    while until_ms > start_ms and sum(cursor.count(until_ms) for cursor in busy) > BLOCK_ROWS:
        until_ms = (start_ms + until_ms) // 2
    return [EMPTY if cursor.is_done else cursor.take(until_ms) for cursor in cursors]


def _lines(parts: Sequence[Samples], texts: Sequence[_Texts]) -> bytes:
    at_ms = np.concatenate([part.at_ms for part in parts])
    values = np.concatenate([part.values for part in parts])
    which = np.repeat(np.arange(len(parts)), [len(part.at_ms) for part in parts])
    order = np.argsort(at_ms, kind="stable")
    stamps, ids = _time_texts(at_ms[order])
    rows = zip(stamps, ids, _value_texts(values[order]), which[order].tolist(), strict=True)
    lines = [
        f"{stamp},{(text := texts[channel]).before_value}{value}{text.after_value}{first}{text.end}"
        for stamp, first, value, channel in rows
    ]
    return "".join(lines).encode()


def _time_texts(at_ms: Ints) -> tuple[list[str], list[str]]:
    """The time stamp and the part of the id that names the time, for sorted stamps."""
    times, rows = np.unique(at_ms, return_inverse=True)
    seconds = np.datetime_as_string((times // 1000).astype("datetime64[s]")).tolist()
    milliseconds = (times % 1000).tolist()
    stamps = [f"{s}{_MILLISECONDS[ms]}" for s, ms in zip(seconds, milliseconds, strict=True)]
    ids = [f"{ms >> 16:08x}-{ms & 0xFFFF:04x}" for ms in times.tolist()]
    return np.array(stamps, object)[rows].tolist(), np.array(ids, object)[rows].tolist()


def _value_texts(values: Floats) -> list[str]:
    """The shortest text of each number; rounded values repeat, so each is written once."""
    bits, rows = np.unique(values.view(np.int64), return_inverse=True)
    texts = [repr(value) for value in bits.view(np.float64).tolist()]
    return list(np.array(texts, object)[rows].tolist())


def _texts(channel: ExportChannel) -> _Texts:
    _, last = datapoint_id_parts(channel.key, 0)
    name, unit = _field(_harmless(channel.name)), _field(_harmless(channel.unit))
    return _Texts(f"{name},{_field(channel.public_id)},", f",{unit},", f"{last}\r\n")


def _harmless(text: str) -> str:
    """No spreadsheet takes the text for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text


def _field(text: str) -> str:
    """Quoted only where it must be."""
    if any(character in text for character in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
