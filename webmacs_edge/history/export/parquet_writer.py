"""Writes Parquet in a process of its own: `python -m webmacs_edge.history.export.parquet_writer`.

To load pyarrow stops a process for a tenth of a second and costs it 90 MiB: not the appliance.
Standard input: a line of JSON, then blocks of rows; each is answered with the bytes that are ready.
"""

import io
import json
import os
import struct
import sys
from importlib import import_module
from typing import Any, BinaryIO

import numpy as np

from webmacs_edge.model.quality import Quality

LENGTH = struct.Struct("<Q")
COLUMNS = (("at_ms", "<i8"), ("which", "<i4"), ("values", "<f8"), ("qualities", "u1"))
_NICE = 5  # the plant first


class _Writer:
    """Row groups of a table; each is given away as soon as it is written."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
        self._with_quality: bool = order["with_quality"]
        self._words: dict[str, list[str]] = order["words"]
        self._sink = io.BytesIO()
        self._file: Any = parquet.ParquetWriter(self._sink, self._schema(), compression="zstd")

    def write(self, columns: dict[str, Any]) -> bytes:
        """The next row group."""
        arrow, schema = self._arrow, self._file.schema
        table: dict[str, Any] = {
            "timestamp": arrow.array(columns["at_ms"]).cast(schema.field("timestamp").type),
            "value": arrow.array(columns["values"]),
        }
        for name, words in self._words.items():
            texts = arrow.array(words, arrow.string())
            table[name] = arrow.DictionaryArray.from_arrays(columns["which"], texts)
        if self._with_quality:
            texts = arrow.array([quality.word for quality in Quality])
            numbers = columns["qualities"].astype(np.int32)
            table["quality"] = arrow.DictionaryArray.from_arrays(numbers, texts)
        self._file.write_table(arrow.table({name: table[name] for name in schema.names}, schema))
        return self._take()

    def close(self) -> bytes:
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

    def _take(self) -> bytes:
        data = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return data


def _read_block(source: BinaryIO) -> dict[str, Any] | None:
    """The columns of the next block; None at the end, which is a block of no rows."""
    (count,) = LENGTH.unpack(source.read(LENGTH.size))
    if not count:
        return None
    return {
        name: np.frombuffer(source.read(count * np.dtype(kind).itemsize), kind)
        for name, kind in COLUMNS
    }


def main() -> int:
    """Answer block by block."""
    os.nice(_NICE)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    writer = _Writer(json.loads(source.readline()))
    while (block := _read_block(source)) is not None:
        _answer(sink, writer.write(block))
    _answer(sink, writer.close())
    return 0


def _answer(sink: BinaryIO, data: bytes) -> None:
    sink.write(LENGTH.pack(len(data)) + data)
    sink.flush()


if __name__ == "__main__":
    sys.exit(main())
