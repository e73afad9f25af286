"""The table of formats: adding one is a module and a line here."""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass

from webmacs_edge.history.export.lines import write_lines
from webmacs_edge.history.export.long import write_long
from webmacs_edge.history.export.npz import write_npz
from webmacs_edge.history.export.parquet import check_parquet, write_parquet
from webmacs_edge.history.export.plan import Export
from webmacs_edge.history.export.wide import write_wide
from webmacs_edge.history.history import History
from webmacs_edge.model.text import text


def _always() -> None:
    """Needs nothing that could be missing."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that can be streamed."""

    words: str
    ending: str
    media_type: str
    write: Callable[[History, Export], AsyncGenerator[bytes]]
    row_bytes: float  # about, of one sample
    check: Callable[[], None] = _always  # InvalidError when it cannot be made here


FORMATS: Mapping[str, Format] = {
    "csv": Format(
        text("CSV, one line per sample"), "csv", "text/csv; charset=utf-8", write_long, 130
    ),
    "wide": Format(
        text("CSV, one column per channel"), "csv", "text/csv; charset=utf-8", write_wide, 20
    ),
    "jsonl": Format(text("JSON lines"), "jsonl", "application/x-ndjson", write_lines, 150),
    "npz": Format("NumPy (.npz)", "npz", "application/zip", write_npz, 5),
    "parquet": Format(
        "Parquet", "parquet", "application/vnd.apache.parquet", write_parquet, 5, check_parquet
    ),
}  # fmt: skip
