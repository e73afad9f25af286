"""The column that says which stamps are doubtful: the clock ran free, or was set back."""

from collections.abc import Sequence

import numpy as np

from webmacs_edge.history.export.texts import Objects
from webmacs_edge.history.packing import Ints
from webmacs_edge.model.clock_marks import ClockEvent, ClockMark, spans

_WORDS = {ClockEvent.free: "free", ClockEvent.set: "repeated"}
_NEVER_MS = 2**62


def clock_words(at_ms: Ints, marks: Sequence[ClockMark], *, none: str = "") -> Objects:
    """`free`, `repeated` or `none` for each stamp."""
    words = np.full(len(at_ms), none, object)
    for event, from_ms, to_ms in sorted(spans(marks), key=lambda it: it[0] is ClockEvent.set):
        end_ms = _NEVER_MS if to_ms is None else to_ms
        words[(at_ms >= from_ms) & (at_ms < end_ms)] = _WORDS[event]
    return words
