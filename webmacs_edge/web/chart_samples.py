"""Newest samples as charts take them from a stream."""

from typing import TYPE_CHECKING

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Sample

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event


def entry(index: int, event: "Event", sample: Sample) -> tuple[int, int, float | None, int]:
    """Which channel, when, its value (null where none can be trusted), its quality."""
    known = sample.value is not None and sample.quality < Quality.BAD
    value = round(sample.value, event.decimals) if known and sample.value is not None else None
    return index, sample.at_ms, value, int(sample.quality)
