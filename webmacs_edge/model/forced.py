"""Forced values: what stands in the place of a measured one, by whom, why and how long."""

from dataclasses import dataclass

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, MINUTE_MS

LONGEST_MS = 7 * DAY_MS
SHORTEST_MS = MINUTE_MS
USUAL_MS = 60 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Forced:
    """One forced value."""

    key: int  # of the channel
    public_id: str  # of the forced value
    value: float
    reason: str
    by: str
    started_on_ms: int
    until_ms: int


def check_length(length_ms: int) -> None:
    """InvalidError unless a value may be forced for so long."""
    if not SHORTEST_MS <= length_ms <= LONGEST_MS:
        raise InvalidError(
            text("A value is forced for a minute to seven days, then it ends by itself."),
            field="minutes",
        )
