"""NumPy's `.npz`: one structured array per channel, and one that says what the channels are."""

import asyncio
import io
import zipfile
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.export.plan import Course, Export, ExportChannel, names_once
from webmacs_edge.history.export.rows import read_windows
from webmacs_edge.history.export.texts import BLOCK_BYTES
from webmacs_edge.history.history import History
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text

_TABLE = "channels"
_LEVEL = 1
_NOT_IN_MEMBERS = '\\/:*?"<>|\0'


class _Sink:
    """Where the archive is written to; it can be emptied but not searched."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep the bytes until they are taken."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing to do: bytes are taken as they come."""

    def close(self) -> None:
        """Nothing to do: what is left can still be taken."""

    def take(self) -> list[bytes]:
        """What was written since, in blocks."""
        data = b"".join(self._parts)
        self._parts.clear()
        return [data[start : start + BLOCK_BYTES] for start in range(0, len(data), BLOCK_BYTES)]


async def write_npz(history: History, export: Export) -> AsyncGenerator[bytes]:
    """The file, in blocks of at most 64 kB.

    An array says its length before its first sample, so each channel is counted first.
    """
    sink = _Sink()
    async with aclosing(_write_archive(history, export, sink)) as steps:
        async for _ in steps:
            for block in sink.take():
                yield block
    for block in sink.take():
        yield block


async def _write_archive(history: History, export: Export, sink: _Sink) -> AsyncGenerator[None]:
    """Write everything into the sink; yields after each step, so that it can be emptied."""
    names, course = _member_names(export.channels), export.course
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        await asyncio.to_thread(_write_table, archive, export.channels, names)
        for place, (channel, name) in enumerate(zip(export.channels, names, strict=True)):
            only = replace(export, channels=[channel], course=Course())
            with _member(archive, name) as member:
                async with aclosing(_write_channel(history, only, member)) as steps:
                    async for count in steps:
                        course.rows += count
                        course.share = (place + only.course.share) / len(names)
                        yield
            course.share = (place + only.course.share) / len(names)


async def _write_channel(
    history: History, export: Export, member: IO[bytes]
) -> AsyncGenerator[int]:
    """Write the array of one channel; yields how many samples each step has written."""
    kind = _sample_kind(export)
    count = await _count(history, export)
    await asyncio.to_thread(member.write, _header(kind, count))
    yield 0
    async with aclosing(read_windows(history, export)) as windows:
        async for window in windows:
            taken = min(count, window.size)  # what came meanwhile is left out
            await asyncio.to_thread(_write_samples, member, kind, window.parts[0], count=taken)
            count -= taken
            yield taken
    if count and export.is_wanted():
        raise StoreError(text("Samples were removed while they were exported. Export them again."))


async def _count(history: History, export: Export) -> int:
    count = 0
    async with aclosing(read_windows(history, replace(export, course=Course()))) as windows:
        async for window in windows:
            count += window.size
    return count


def _write_samples(member: IO[bytes], kind: npt.DTypeLike, samples: Samples, *, count: int) -> None:
    rows = np.empty(count, kind)
    names = rows.dtype.names or ()
    columns: Sequence[npt.NDArray[Any]] = samples
    for name, column in zip(names, columns, strict=False):
        rows[name] = column[:count]
    member.write(rows.tobytes())


def _sample_kind(export: Export) -> npt.DTypeLike:
    kind: list[tuple[str, str]] = [("at", "<M8[ms]"), ("value", "<f8")]
    return [*kind, ("quality", "u1")] if export.options.with_quality else kind


def _header(kind: npt.DTypeLike, count: int) -> bytes:
    """The start of a `.npy` file with `count` rows."""
    header = io.BytesIO()
    shape = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(kind)),
        "fortran_order": False,
        "shape": (count,),
    }
    np.lib.format.write_array_header_1_0(header, shape)
    return header.getvalue()


def _write_table(
    archive: zipfile.ZipFile, channels: Sequence[ExportChannel], names: Sequence[str]
) -> None:
    """Which array is which channel."""
    columns: dict[str, npt.NDArray[Any]] = {
        "array": np.array(names, str),
        "id": np.array([channel.public_id for channel in channels], str),
        "name": np.array([channel.name for channel in channels], str),
        "unit": np.array([channel.unit for channel in channels], str),
        "decimals": np.array([channel.decimals for channel in channels], np.int32),
    }
    table = np.empty(len(names), [(word, column.dtype) for word, column in columns.items()])
    for word, column in columns.items():
        table[word] = column
    with _member(archive, _TABLE) as member:
        np.lib.format.write_array(member, table, allow_pickle=False)


def _member_names(channels: Sequence[ExportChannel]) -> list[str]:
    """Names of channels as names of files, each once."""
    taken, names = {_TABLE}, []
    for name in names_once(channels):
        wanted = "".join("_" if letter in _NOT_IN_MEMBERS else letter for letter in name)
        free, number = wanted, 2
        while free in taken:
            free, number = f"{wanted} ({number})", number + 1
        taken.add(free)
        names.append(free)
    return names


@contextmanager
def _member(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    entry = zipfile.ZipInfo(f"{name}.npy")
    entry.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(entry, "w", force_zip64=True) as member:
        yield member
