"""Parquet, by the optional package pyarrow, which only a process of its own loads."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib.util import find_spec

import numpy as np

from webmacs_edge.children import own_python
from webmacs_edge.history.export.parquet_writer import COLUMNS, LENGTH
from webmacs_edge.history.export.plan import Export
from webmacs_edge.history.export.rows import Window, merge, read_windows
from webmacs_edge.history.export.texts import BLOCK_BYTES
from webmacs_edge.history.history import History
from webmacs_edge.model.errors import InvalidError, StoreError
from webmacs_edge.model.text import text

ANSWER_LIMIT_S = 120.0
WRITER = "webmacs_edge.history.export.parquet_writer"


def has_parquet() -> bool:
    """Whether the package is installed."""
    return find_spec("pyarrow") is not None


def check_parquet() -> None:
    """InvalidError with the way out when the package is missing."""
    if not has_parquet():
        raise InvalidError(
            text(
                "Parquet files need the package pyarrow, which is not installed here. Choose "
                "another "
                "format, or have somebody run: pip install 'webmacs-edge[parquet]'."
            ),
            field="format",
        )


async def write_parquet(history: History, export: Export) -> AsyncGenerator[bytes]:
    """The file, in blocks of at most 64 kB; one row per sample, in order of time."""
    check_parquet()
    writer = await asyncio.create_subprocess_exec(
        *own_python(WRITER), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        ready = _order(export)
        async with aclosing(read_windows(history, export)) as windows:
            async for window in windows:
                block = await asyncio.to_thread(_block, window)
                for part in _parts(await _ask(writer, ready + block)):
                    yield part
                ready = b""
        for part in _parts(await _ask(writer, ready + LENGTH.pack(0))):
            yield part
    finally:
        await _end(writer)


def _order(export: Export) -> bytes:
    order = {
        "with_quality": export.options.with_quality,
        "words": {
            "event_name": [channel.name for channel in export.channels],
            "event_public_id": [channel.public_id for channel in export.channels],
            "unit": [channel.unit for channel in export.channels],
        },
    }
    return json.dumps(order).encode() + b"\n"


def _block(window: Window) -> bytes:
    rows = merge(window.parts)
    columns = (np.asarray(getattr(rows, name)).astype(kind).tobytes() for name, kind in COLUMNS)
    return LENGTH.pack(len(rows.at_ms)) + b"".join(columns)


async def _ask(writer: Process, block: bytes) -> bytes:
    """What is ready of the file after this block; StoreError when the writer has failed."""
    assert writer.stdin is not None and writer.stdout is not None  # noqa: S101, PT018 they are pipes
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            writer.stdin.write(block)
            await writer.stdin.drain()
            (length,) = LENGTH.unpack(await writer.stdout.readexactly(LENGTH.size))
            return await writer.stdout.readexactly(length)
    except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
        raise StoreError(
            text(
                "The Parquet file could not be written: {writer}. Choose another "
                "format, or try again with less in it.",
                writer=await _last_words(writer),
            )
        ) from error


async def _last_words(writer: Process) -> str:
    if writer.returncode is None:
        writer.kill()
    _, said = await writer.communicate()
    return said.decode(errors="replace").strip().rpartition("\n")[2] or "its writer was ended"


async def _end(writer: Process) -> None:
    """Nobody reads any more: the process ends at once."""
    if writer.returncode is None:
        writer.kill()
    await writer.communicate()


def _parts(data: bytes) -> list[bytes]:
    return [data[start : start + BLOCK_BYTES] for start in range(0, len(data), BLOCK_BYTES)]
