"""Exports: samples of any channels and range as files, streamed while they are read."""

from collections.abc import AsyncGenerator, Sequence

from webmacs_edge.history.export.long import write_long
from webmacs_edge.history.export.plan import Export, ExportChannel
from webmacs_edge.history.export.texts import BLOCK_BYTES
from webmacs_edge.history.history import History

__all__ = ["BLOCK_BYTES", "Export", "ExportChannel", "csv_long"]


def csv_long(  # noqa: PLR0917 the two ends of the range read as one
    history: History, channels: Sequence[ExportChannel], from_ms: int, to_ms: int
) -> AsyncGenerator[bytes]:
    """The file of all usable samples of [from_ms, to_ms), as the API gives it."""
    return write_long(history, Export(channels, from_ms, to_ms))
