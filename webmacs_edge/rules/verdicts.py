"""Judges one condition on whole arrays of recorded samples: when its verdict changes, and how."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rule_definitions import Condition, Watch
from webmacs_edge.model.rules import TOLERANCE, RuleOperator

MS_PER_S = 1000
UNKNOWN, FALSE, TRUE = -1, 0, 1

Times = NDArray[np.int64]
Verdicts = NDArray[np.int8]
_Flags = NDArray[np.bool_]
_Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Samples of one channel in order: UTC ms, values, qualities."""

    times: Times
    values: _Numbers
    qualities: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Turns:
    """From each of these times on, that verdict on a condition."""

    times: Times
    verdicts: Verdicts


NO_TURNS = Turns(np.empty(0, np.int64), np.empty(0, np.int8))


def turns_of(condition: Condition, samples: Recorded | None, *, span_ms: tuple[int, int]) -> Turns:
    """When the verdict changes within [from, to); of another rule nobody knows."""
    if condition.watch is Watch.rule or samples is None or not samples.times.size:
        return NO_TURNS
    times, verdicts = _judge(condition, samples, span_ms[1])
    inside = (times >= span_ms[0]) & (times < span_ms[1])
    times, verdicts = times[inside], verdicts[inside]
    starts = np.flatnonzero(np.diff(verdicts, prepend=verdicts[:1] - 2))
    return Turns(times[starts], verdicts[starts])


def _judge(condition: Condition, samples: Recorded, to_ms: int) -> tuple[Times, Verdicts]:
    times = samples.times
    if condition.watch is Watch.age:
        return _judge_age(condition, times, to_ms)
    if condition.watch is Watch.quality:
        return times, (samples.qualities >= condition.worst).astype(np.int8)
    usable = (samples.qualities < Quality.BAD) & np.isfinite(samples.values)
    numbers = samples.values
    if condition.watch is Watch.rate:
        numbers, has_rate = _rates(condition, times, numbers)
        usable &= has_rate
    verdicts = np.full(times.size, UNKNOWN, np.int8)
    verdicts[usable] = _compare(condition, numbers[usable])
    return times, verdicts


def _judge_age(condition: Condition, times: Times, to_ms: int) -> tuple[Times, Verdicts]:
    """False at each sample; true once the next one has let itself be awaited for too long."""
    limit_ms = int(condition.threshold * MS_PER_S) + 1
    late = times + limit_ms
    is_late = late < np.append(times[1:], to_ms)
    both = np.concatenate([times, late[is_late]])
    verdicts = np.concatenate(
        [np.full(times.size, FALSE, np.int8), np.full(int(is_late.sum()), TRUE, np.int8)]
    )
    order = np.argsort(both, kind="stable")
    return both[order], verdicts[order]


def _rates(condition: Condition, times: Times, values: _Numbers) -> tuple[_Numbers, _Flags]:
    """Change per minute over the window; only where at least half of the window is there."""
    window_ms = int(condition.window_s * MS_PER_S)
    began = np.searchsorted(times, times - window_ms, side="right") - 1
    began = np.maximum(began, 0)
    length_ms = times - times[began]
    has_rate = length_ms >= window_ms / 2
    rates = (values - values[began]) / np.where(has_rate, length_ms, 1) * 60_000
    return rates, has_rate


def _compare(condition: Condition, numbers: _Numbers) -> Verdicts:
    """1 where it holds, with its deadband: once it holds, it ends only beyond it."""
    begins = _holds(condition, numbers, 0.0)
    if not condition.deadband:
        return begins.astype(np.int8)
    stays = _holds(condition, numbers, condition.deadband)
    decided = np.where(begins, TRUE, np.where(stays, UNKNOWN, FALSE))
    known = np.where(decided == UNKNOWN, 0, np.arange(decided.size))
    last = np.maximum.accumulate(known)  # in between, what was decided last goes on
    return np.where(decided[last] == TRUE, TRUE, FALSE).astype(np.int8)


def _holds(condition: Condition, numbers: _Numbers, margin: float) -> _Flags:
    low, high = condition.threshold, condition.threshold_high
    if condition.operator.is_range:
        if high is None:
            return np.zeros(numbers.size, np.bool_)
        return _RANGES[condition.operator](numbers, low, high, margin)
    return _COMPARISONS[condition.operator](numbers, low, margin)


def _is_equal(numbers: _Numbers, low: float, _margin: float) -> _Flags:
    return np.asarray((numbers == low) | (np.abs(numbers - low) < TOLERANCE))


_COMPARISONS: dict[RuleOperator, Callable[[_Numbers, float, float], _Flags]] = {
    RuleOperator.gt: lambda numbers, low, margin: numbers > low - margin,
    RuleOperator.gte: lambda numbers, low, margin: numbers >= low - margin,
    RuleOperator.lt: lambda numbers, low, margin: numbers < low + margin,
    RuleOperator.lte: lambda numbers, low, margin: numbers <= low + margin,
    RuleOperator.eq: _is_equal,
}
_RANGES: dict[RuleOperator, Callable[[_Numbers, float, float, float], _Flags]] = {
    RuleOperator.between: lambda numbers, low, high, margin: (
        (numbers >= low - margin) & (numbers <= high + margin)
    ),
    RuleOperator.not_between: lambda numbers, low, high, margin: (
        (numbers < low + margin) | (numbers > high - margin)
    ),
}
