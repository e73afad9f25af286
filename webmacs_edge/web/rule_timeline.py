"""A dry run as a small picture: how often it fired, day by day or hour by hour."""

from dataclasses import dataclass

from webmacs_edge.model.times import DAY_MS, HOUR_MS
from webmacs_edge.web.rule_trial import Trial

_MOST_HOURLY_MS = 2 * DAY_MS
_HEIGHT = 40.0


@dataclass(frozen=True, slots=True)
class Bar:
    """How often it fired from then on; `height` of 40."""

    at_ms: int
    count: int
    height: str
    y: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Bars of equal width over the whole time."""

    bars: tuple[Bar, ...]
    step_ms: int
    most: int


def timeline(trial: Trial) -> Timeline:
    """The bars of a dry run."""
    span_ms = trial.to_ms - trial.from_ms
    step_ms = HOUR_MS if span_ms <= _MOST_HOURLY_MS else DAY_MS
    counts = [0] * max(1, -(-span_ms // step_ms))
    for found in trial.run.found:
        if found.fired:
            place = (found.at_ms - trial.from_ms) // step_ms
            counts[min(place, len(counts) - 1)] += 1
    most = max(counts)
    bars = tuple(
        _bar(trial.from_ms + place * step_ms, count, most) for place, count in enumerate(counts)
    )
    return Timeline(bars, step_ms, most)


def _bar(at_ms: int, count: int, most: int) -> Bar:
    height = _HEIGHT * count / most if most else 0.0
    return Bar(at_ms, count, f"{height:.1f}", f"{_HEIGHT - height:.1f}")
