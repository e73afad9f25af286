"""When would this rule have fired? Answered from what was recorded, without doing anything.

Conditions are judged on whole arrays; only their changes, and the times at which a delay or a
cooldown ends, are then played to the same machine that works live.
"""

import heapq
import itertools
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from webmacs_edge.model.alarms import Move
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rule_definitions import Condition, RuleDefinition, Watch
from webmacs_edge.model.rules import TOLERANCE, RuleOperator
from webmacs_edge.rules.judging import Judge
from webmacs_edge.rules.machine import LEAST_REPEAT_MS, Clock, Machine, World

MOST_LOOKS = 200_000
MOST_FOUND = 1000
MS_PER_S = 1000
_UNKNOWN, _FALSE, _TRUE = -1, 0, 1
_WINDOW_STEP_MS = 60_000  # schedules begin and end on whole minutes

Times = NDArray[np.int64]
Verdicts = NDArray[np.int8]
_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Samples of one channel in order: UTC ms, values, qualities."""

    times: Times
    values: NDArray[np.float64]
    qualities: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Found:
    """One time at which something would have happened."""

    at_ms: int
    fired: bool
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would have happened. `complete` is False when there was too much to look at."""

    found: tuple[Found, ...]
    fired: int
    held_ms: int
    complete: bool


@dataclass(slots=True)
class _Replayed(Judge):
    """A condition whose verdict was worked out before."""

    verdict: bool | None = None

    def judge(self, *_known: object, **_how: object) -> bool | None:
        """The verdict of this moment."""
        return self.verdict


class _Change(NamedTuple):
    """From then on the verdict on the condition at that position is another one."""

    at_ms: int
    position: int
    verdict: bool | None


def dry_run(
    rule: RuleDefinition,
    recorded: Mapping[int, Recorded],
    *,
    span_ms: tuple[int, int],
    is_open: Callable[[RuleDefinition, int], bool],
) -> DryRun:
    """Play the rule over [from, to). Conditions on other rules count as not held."""
    from_ms, to_ms = span_ms
    machine = Machine(rule)
    judges = [_Replayed(condition) for condition in rule.conditions]
    machine.judges = list(judges)
    changes = heapq.merge(
        *(
            _changes(position, it, recorded.get(it.key), span_ms=span_ms)
            for position, it in enumerate(rule.conditions)
        ),
        key=operator.attrgetter("at_ms"),
    )
    clock = _Course(machine, is_open, to_ms)
    clock.look(from_ms)
    for at_ms, together in itertools.groupby(changes, key=operator.attrgetter("at_ms")):
        clock.until(at_ms)
        for change in together:
            judges[change.position].verdict = change.verdict
        clock.look(at_ms)
        if clock.is_full:
            break
    clock.until(to_ms)
    return clock.result()


class _Course:
    """The machine on its way through the recorded time."""

    def __init__(
        self, machine: Machine, is_open: Callable[[RuleDefinition, int], bool], to_ms: int
    ) -> None:
        self._machine = machine
        self._to_ms = to_ms
        self._now_ms = 0
        self._looks = 0
        self._fired = 0
        self._held_ms = 0
        self._found: list[Found] = []
        self._world = World(
            known=lambda _: None,
            rule_holds=lambda _: False,
            is_open=lambda rule: is_open(rule, self._now_ms),
        )

    @property
    def is_full(self) -> bool:
        """Whether more was met than is worth looking at."""
        return self._looks >= MOST_LOOKS or len(self._found) >= MOST_FOUND

    def look(self, at_ms: int) -> None:
        """Let the machine look at this moment."""
        if self._looks and self._machine.holds:
            self._held_ms += at_ms - self._now_ms
        self._now_ms = at_ms
        self._looks += 1
        outcome = self._machine.look(self._world, Clock(at_ms, at_ms))
        if outcome.fired or outcome.moves:
            self._fired += outcome.fired
            self._found.append(Found(at_ms, outcome.fired, outcome.moves))

    def until(self, at_ms: int) -> None:
        """Look whenever a delay, a cooldown or a window ends before this moment."""
        while not self.is_full:
            due_ms = self._next_due()
            if due_ms is None or due_ms >= at_ms:
                break
            self.look(due_ms)
        if at_ms >= self._to_ms and self._machine.holds and not self.is_full:
            self._held_ms += at_ms - self._now_ms
            self._now_ms = at_ms

    def result(self) -> DryRun:
        """What came of it."""
        return DryRun(tuple(self._found), self._fired, self._held_ms, complete=not self.is_full)

    def _next_due(self) -> int | None:
        machine, rule = self._machine, self._machine.definition
        due: list[int] = []
        delay_due_ms = machine.state.delayed.due_ms(rule.delay)
        if delay_due_ms is not None:
            due.append(delay_due_ms)
        fired_at_ms = machine.state.fired_at_ms
        if machine.holds and fired_at_ms is not None:
            if rule.repeats:
                due.append(fired_at_ms + max(rule.cooldown_ms, LEAST_REPEAT_MS))
            elif not machine.state.has_fired:
                due.append(fired_at_ms + rule.cooldown_ms)
        if rule.windows:
            due.append((self._now_ms // _WINDOW_STEP_MS + 1) * _WINDOW_STEP_MS)
        later = [at_ms for at_ms in due if at_ms > self._now_ms]
        return min(later, default=None)


def _changes(
    position: int, condition: Condition, samples: Recorded | None, *, span_ms: tuple[int, int]
) -> Iterator[_Change]:
    if condition.watch is Watch.rule or samples is None or not samples.times.size:
        return
    times, verdicts = _judge(condition, samples, span_ms[1])
    inside = (times >= span_ms[0]) & (times < span_ms[1])
    times, verdicts = times[inside], verdicts[inside]
    if not times.size:
        return
    starts = np.flatnonzero(np.diff(verdicts, prepend=verdicts[:1] - 2))
    for at_ms, verdict in zip(times[starts].tolist(), verdicts[starts].tolist(), strict=True):
        yield _Change(at_ms, position, None if verdict == _UNKNOWN else verdict == _TRUE)


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
    verdicts = np.full(times.size, _UNKNOWN, np.int8)
    verdicts[usable] = _compare(condition, numbers[usable])
    return times, verdicts


def _judge_age(condition: Condition, times: Times, to_ms: int) -> tuple[Times, Verdicts]:
    """False at each sample; true once the next one has let itself be awaited for too long."""
    limit_ms = int(condition.threshold * MS_PER_S) + 1
    late = times + limit_ms
    is_late = late < np.append(times[1:], to_ms)
    both = np.concatenate([times, late[is_late]])
    verdicts = np.concatenate(
        [np.full(times.size, _FALSE, np.int8), np.full(int(is_late.sum()), _TRUE, np.int8)]
    )
    order = np.argsort(both, kind="stable")
    return both[order], verdicts[order]


def _rates(
    condition: Condition, times: Times, values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Change per minute over the window; only where at least half of the window is there."""
    window_ms = int(condition.window_s * MS_PER_S)
    began = np.searchsorted(times, times - window_ms, side="right") - 1
    began = np.maximum(began, 0)
    length_ms = times - times[began]
    has_rate = length_ms >= window_ms / 2
    rates = (values - values[began]) / np.where(has_rate, length_ms, 1) * 60_000
    return rates, has_rate


def _compare(condition: Condition, numbers: NDArray[np.float64]) -> Verdicts:
    """1 where it holds, with its deadband: once it holds, it ends only beyond it."""
    begins = _holds(condition, numbers, 0.0)
    if not condition.deadband:
        return begins.astype(np.int8)
    stays = _holds(condition, numbers, condition.deadband)
    decided = np.where(begins, _TRUE, np.where(stays, _UNKNOWN, _FALSE))
    known = np.where(decided == _UNKNOWN, 0, np.arange(decided.size))
    last = np.maximum.accumulate(known)  # in between, what was decided last goes on
    return np.where(decided[last] == _TRUE, _TRUE, _FALSE).astype(np.int8)


def _holds(condition: Condition, numbers: NDArray[np.float64], margin: float) -> _Flags:
    low, high = condition.threshold, condition.threshold_high
    if condition.operator.is_range:
        if high is None:
            return np.zeros(numbers.size, np.bool_)
        return _RANGES[condition.operator](numbers, low, high, margin)
    return _COMPARISONS[condition.operator](numbers, low, margin)


def _is_equal(numbers: NDArray[np.float64], low: float, _margin: float) -> _Flags:
    return np.asarray((numbers == low) | (np.abs(numbers - low) < TOLERANCE))


_COMPARISONS: dict[RuleOperator, Callable[[NDArray[np.float64], float, float], _Flags]] = {
    RuleOperator.gt: lambda numbers, low, margin: numbers > low - margin,
    RuleOperator.gte: lambda numbers, low, margin: numbers >= low - margin,
    RuleOperator.lt: lambda numbers, low, margin: numbers < low + margin,
    RuleOperator.lte: lambda numbers, low, margin: numbers <= low + margin,
    RuleOperator.eq: _is_equal,
}
_RANGES: dict[RuleOperator, Callable[[NDArray[np.float64], float, float, float], _Flags]] = {
    RuleOperator.between: lambda numbers, low, high, margin: (
        (numbers >= low - margin) & (numbers <= high + margin)
    ),
    RuleOperator.not_between: lambda numbers, low, high, margin: (
        (numbers < low + margin) | (numbers > high - margin)
    ),
}
