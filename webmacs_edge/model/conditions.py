"""Conditions of interlocks over a channel: value, trust and age; pure rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from webmacs_edge.model.quality import QUALITY_WORDS, Quality
from webmacs_edge.model.rules import RuleOperator, holds
from webmacs_edge.model.text import figure, joined, text


class InterlockAction(StrEnum):
    """What a tripped interlock does to its outputs."""

    forbid = "forbid"  # they may not move, except to safe
    force_safe = "force_safe"  # they go to safe and stay there


class Unknown(StrEnum):
    """What counts while the value of a channel is bad, stale or missing."""

    trips = "trips"
    ignored = "ignored"


@dataclass(frozen=True, slots=True)
class Condition:
    """Trips when the channel compares so, or when nobody knows its value."""

    key: int  # of the channel
    name: str
    unit: str
    operator: RuleOperator
    threshold: float
    threshold_high: float | None = None
    hysteresis: float = 0.0  # how far back it must go to clear
    max_age_s: float = 5.0  # an older value is no value
    unknown: Unknown = Unknown.trips
    allows_forced: bool = False  # a value that somebody typed trips unless it may stand for one


class Seen(NamedTuple):
    """What is known of a channel now; `age_s` of the last value that could be used.

    A tuple: every interlock makes one in every cycle.
    """

    value: float | None
    quality: Quality
    age_s: float = 0.0
    is_forced: bool = False  # or worked out of a forced one


Look = Callable[[int], Seen]  # key of a channel -> what is known of it

NEVER_SEEN = Seen(None, Quality.STALE, float("inf"))

_WORDS = {
    RuleOperator.gt: text("above {low:g}"),
    RuleOperator.lt: text("below {low:g}"),
    RuleOperator.eq: text("equal to {low:g}"),
    RuleOperator.gte: text("{low:g} or above"),
    RuleOperator.lte: text("{low:g} or below"),
    RuleOperator.between: text("between {low:g} and {high:g}"),
    RuleOperator.not_between: text("outside {low:g} to {high:g}"),
}


def trips(condition: Condition, seen: Seen, *, was_tripped: bool) -> bool:
    """Whether the condition calls for its interlock; once it has, it clears behind hysteresis."""
    is_out = is_refused(condition, seen)
    if is_out or is_unknown(condition, seen) or seen.value is None:
        return is_out or condition.unknown is Unknown.trips
    value, margin = seen.value, condition.hysteresis if was_tripped else 0.0
    operator, low, high = condition.operator, condition.threshold, condition.threshold_high
    match operator:
        case RuleOperator.gt | RuleOperator.gte:
            return holds(operator, value + margin, low)
        case RuleOperator.lt | RuleOperator.lte:
            return holds(operator, value - margin, low)
        case RuleOperator.between:
            return high is not None and low - margin <= value <= high + margin
        case RuleOperator.not_between:
            return high is not None and (value < low + margin or value > high - margin)
        case _:
            return holds(operator, value, low) or abs(value - low) < margin


def is_refused(condition: Condition, seen: Seen) -> bool:
    """Whether the value is forced where only a measured one will do."""
    return seen.is_forced and not condition.allows_forced


def is_unknown(condition: Condition, seen: Seen) -> bool:
    """Whether the value cannot be used: never come, bad, stale, or too old."""
    if seen.value is None or seen.quality >= Quality.BAD or seen.value != seen.value:
        return True
    return seen.age_s > condition.max_age_s


_LONG = 1000.0  # from here on four digits are too few


def words_of(condition: Condition, seen: Seen) -> str:
    """What the condition saw: `Air flow is 3.2 m³/h (trips below 20)`."""
    limit = text(
        _WORDS[condition.operator], low=condition.threshold, high=condition.threshold_high or 0.0
    )
    if is_refused(condition, seen):
        return text("{name} is forced, not measured", name=condition.name)
    if is_unknown(condition, seen) or seen.value is None:
        return text("{name} is not known ({why})", name=condition.name, why=_why(condition, seen))
    digits = 4 if abs(seen.value) < _LONG else 6
    value = figure(seen.value, f".{digits}g", condition.unit)
    return text("{name} is {seen} (trips {limit})", name=condition.name, seen=value, limit=limit)


def _why(condition: Condition, seen: Seen) -> str:
    if seen.value is None:
        return text("no value")
    if seen.quality >= Quality.BAD:
        return QUALITY_WORDS[seen.quality]
    return text("no value for {age:g} s", age=condition.max_age_s)


def is_tripping(
    conditions: Sequence[Condition], look: Look, *, needs_all: bool, was_tripped: bool
) -> bool:
    """Whether the conditions trip; for every cycle, where nobody asks why."""
    for condition in conditions:
        if trips(condition, look(condition.key), was_tripped=was_tripped) is not needs_all:
            return not needs_all
    return needs_all and bool(conditions)


def tripping(
    conditions: Sequence[Condition], look: Look, *, needs_all: bool, was_tripped: bool
) -> str:
    """Why the conditions trip, in words; "" while they do not."""
    called = [
        words_of(condition, seen)
        for condition in conditions
        if trips(condition, seen := look(condition.key), was_tripped=was_tripped)
    ]
    if not called or (needs_all and len(called) < len(conditions)):
        return ""
    return joined(called, text("{some} and {more}")) if needs_all else joined(called)
