"""Parquet, by the optional package pyarrow, which is imported only when a file is asked for."""

import asyncio
import io
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.export.plan import Export
from webmacs_edge.history.export.rows import merge, read_windows
from webmacs_edge.history.export.texts import BLOCK_BYTES
from webmacs_edge.history.history import History
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.quality import Quality


def has_parquet() -> bool:
    """Whether the package is installed."""
    return find_spec("pyarrow") is not None


def check_parquet() -> None:
    """InvalidError with the way out when the package is missing."""
    if not has_parquet():
        raise InvalidError(
            "Parquet files need the package pyarrow, which is not installed here. Choose another "
            "format, or have somebody run: pip install 'webmacs-edge[parquet]'.",
            field="format",
        )


async def write_parquet(history: History, export: Export) -> AsyncGenerator[bytes]:
    """The file, in blocks of at most 64 kB; one row per sample, in order of time."""
    check_parquet()
    writer = await asyncio.to_thread(_Writer, export)
    try:
        async with aclosing(read_windows(history, export)) as windows:
            async for window in windows:
                for block in await asyncio.to_thread(writer.write, window.parts):
                    yield block
    finally:
        rest = writer.close()
    for block in rest:
        yield block


class _Writer:
    """Row groups of a table; each is given away as soon as it is written."""

    def __init__(self, export: Export) -> None:
        self._arrow: Any = import_module("pyarrow")  # 43 MiB, so only when asked for
        parquet: Any = import_module("pyarrow.parquet")
        self._with_quality = export.options.with_quality
        self._channels = {
            "event_name": [channel.name for channel in export.channels],
            "event_public_id": [channel.public_id for channel in export.channels],
            "unit": [channel.unit for channel in export.channels],
        }
        self._sink = io.BytesIO()
        self._file: Any = parquet.ParquetWriter(self._sink, self._schema(), compression="zstd")

    def write(self, parts: Sequence[Samples]) -> list[bytes]:
        """The next row group."""
        rows, arrow = merge(parts), self._arrow
        which = rows.which.astype(np.int32)
        columns: dict[str, Any] = {
            "timestamp": arrow.array(rows.at_ms).cast(self._file.schema.field("timestamp").type),
            "value": arrow.array(rows.values),
        }
        for name, words in self._channels.items():
            columns[name] = arrow.DictionaryArray.from_arrays(
                which, arrow.array(words, arrow.string())
            )
        if self._with_quality:
            words = arrow.array([quality.word for quality in Quality])
            columns["quality"] = arrow.DictionaryArray.from_arrays(
                rows.qualities.astype(np.int32), words
            )
        schema = self._file.schema
        self._file.write_table(arrow.table({name: columns[name] for name in schema.names}, schema))
        return self._take()

    def close(self) -> list[bytes]:
        """The end of the file."""
        self._file.close()
        return self._take()

    def _schema(self) -> Any:
        arrow = self._arrow
        word = arrow.dictionary(arrow.int32(), arrow.string())
        fields = [
            ("timestamp", arrow.timestamp("ms", tz="UTC")), ("event_name", word),
            ("event_public_id", word), ("value", arrow.float64()), ("unit", word),
        ]  # fmt: skip
        return arrow.schema([*fields, ("quality", word)] if self._with_quality else fields)

    def _take(self) -> list[bytes]:
        data = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return [data[start : start + BLOCK_BYTES] for start in range(0, len(data), BLOCK_BYTES)]
