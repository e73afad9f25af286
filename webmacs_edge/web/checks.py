"""What a check of the appliance says; the system page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from webmacs_edge.acquisition.statistics import Histogram
from webmacs_edge.model.text import text
from webmacs_edge.web.wording import short_number

NOT_YET = text("not measured yet")


class State(StrEnum):
    """How things stand; each has a mark of its own."""

    good = "good"
    warning = "warning"  # somebody should look at it
    error = "error"  # it does not work
    unknown = "unknown"  # it cannot be known, or not yet


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in words, or a moment."""

    label: str
    value: str = NOT_YET
    at_ms: int | None = None  # instead of the words


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something takes: bounds of half of it, of 99 %, and the longest."""

    label: str
    half: str
    most: str
    longest: str


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the appliance."""

    id: str
    name: str
    state: State
    word: str
    figures: Sequence[Figure] = ()
    way_out: str = ""  # full sentences: what is wrong and what to do
    since_ms: int | None = None  # it has been so
    spreads: Sequence[Spread] = ()


def spread_of(label: str, durations: Histogram) -> Spread:
    """`≤ 0.2`, `≤ 1`, `3.4`: milliseconds."""
    if not any(durations.counts):
        return Spread(label, "–", "–", "–")
    half, most = durations.quantile_ms(0.5), durations.quantile_ms(0.99)
    return Spread(label, _bound(half), _bound(most), short_number(round(durations.longest_ms, 1)))


def _bound(duration_ms: float) -> str:
    return f"≤ {short_number(round(duration_ms, 1))}"
