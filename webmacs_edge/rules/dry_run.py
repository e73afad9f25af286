"""When would this rule have fired? Answered from what was recorded, without doing anything.

Conditions are judged on whole arrays; only their changes, and the times at which a delay or a
cooldown ends, are then played to the same machine that works live.
"""

import heapq
import itertools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from webmacs_edge.model.alarms import Move
from webmacs_edge.model.rule_definitions import RuleDefinition
from webmacs_edge.rules.judging import Judge
from webmacs_edge.rules.machine import LEAST_REPEAT_MS, Clock, Machine, World
from webmacs_edge.rules.verdicts import TRUE, UNKNOWN, Recorded, Turns, turns_of

MOST_LOOKS = 200_000
MOST_FOUND = 1000
_BITE = 1000
_NO_CHANGE = -1
_WINDOW_STEP_MS = 60_000  # schedules begin and end on whole minutes


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
    turns = [turns_of(it, recorded.get(it.key), span_ms=span_ms) for it in rule.conditions]
    return play(rule, turns, span_ms=span_ms, is_open=is_open)


def play(
    rule: RuleDefinition,
    turns: Sequence[Turns],
    *,
    span_ms: tuple[int, int],
    is_open: Callable[[RuleDefinition, int], bool],
    looks: Sequence[int] = (),
) -> DryRun:
    """The same from what was judged before, condition by condition.

    `looks`: further times at which something outside may have changed.
    """
    from_ms, to_ms = span_ms
    machine = Machine(rule)
    judges = [_Replayed(condition) for condition in rule.conditions]
    machine.judges = list(judges)
    changes = heapq.merge(
        *(_changes(position, it) for position, it in enumerate(turns)),
        (_Change(at_ms, _NO_CHANGE, verdict=None) for at_ms in looks),
        key=operator.attrgetter("at_ms"),
    )
    clock = _Course(machine, is_open, to_ms)
    clock.look(from_ms)
    for at_ms, together in itertools.groupby(changes, key=operator.attrgetter("at_ms")):
        clock.until(at_ms)
        for change in together:
            if change.position != _NO_CHANGE:
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


def _changes(position: int, turns: Turns) -> Iterator[_Change]:
    for start in range(0, turns.times.size, _BITE):  # a list of all of them would be large
        part = slice(start, start + _BITE)
        pairs = zip(turns.times[part].tolist(), turns.verdicts[part].tolist(), strict=True)
        for at_ms, verdict in pairs:
            yield _Change(at_ms, position, None if verdict == UNKNOWN else verdict == TRUE)
