"""When would this rule have fired? Answered from what was recorded, without doing anything.

Conditions are judged on whole arrays; only their changes, and the times at which a delay or a
cooldown ends, are then played to the same machine that works live.
"""

import heapq
import itertools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from webmacs_edge.model.alarms import Move
from webmacs_edge.model.rule_definitions import Condition, RuleDefinition, Watch
from webmacs_edge.rules.judging import Judge
from webmacs_edge.rules.machine import LEAST_REPEAT_MS, Clock, Machine, World
from webmacs_edge.rules.verdicts import NO_TURNS, TRUE, UNKNOWN, Recorded, Turns, turns_of

MOST_LOOKS = 200_000
MOST_FOUND = 1000
_BITE = 1000
_NO_CHANGE, _SILENCE = -1, -2
_NEVER_AGAIN_MS = 1 << 62
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
    held: Turns  # when it began and ended to hold


@dataclass(slots=True)
class _Replayed(Judge):
    """A condition whose verdict was worked out before."""

    verdict: bool | None = None

    def judge(self, *_known: object, **_how: object) -> bool | None:
        """The verdict of this moment."""
        return self.verdict


def _at_first(condition: Condition) -> bool | None:
    """Another rule does not hold before it begins to; of a channel nobody knows."""
    return False if condition.watch is Watch.rule else None


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
    others: Sequence[RuleDefinition] = (),
) -> DryRun:
    """Play the rule over [from, to).

    `others`: the rules that it looks at, in the order in which they look at one another. Any
    other rule counts as not holding.
    """
    played: dict[str, Turns] = {}
    for it in (*(quiet(other) for other in others), rule):
        turns = [turns_of(one, recorded.get(one.key), span_ms=span_ms) for one in it.conditions]
        run = play(it, turns, span_ms=span_ms, is_open=is_open, others=played)
        played[it.id] = run.held
    return run


def quiet(rule: RuleDefinition) -> RuleDefinition:
    """The same rule where only matters when it holds."""
    return replace(rule, alarm=None, actions=(), repeats=False, cooldown_ms=_NEVER_AGAIN_MS)


def play(
    rule: RuleDefinition,
    turns: Sequence[Turns],
    *,
    span_ms: tuple[int, int],
    is_open: Callable[[RuleDefinition, int], bool],
    looks: Sequence[int] = (),
    others: Mapping[str, Turns] | None = None,
) -> DryRun:
    """The same from what was judged before, condition by condition.

    `looks`: further times at which something outside may have changed. `others`: when other rules
    held.
    """
    from_ms, to_ms = span_ms
    machine = Machine(rule)
    judges = [_Replayed(it, verdict=_at_first(it)) for it in rule.conditions]
    machine.judges = list(judges)
    changes = heapq.merge(
        *_all_changes(rule, turns, others or {}),
        (_Change(at_ms, _NO_CHANGE, verdict=None) for at_ms in looks),
        key=operator.attrgetter("at_ms"),
    )
    clock = _Course(machine, is_open, to_ms)
    clock.look(from_ms)
    for at_ms, together in itertools.groupby(changes, key=operator.attrgetter("at_ms")):
        clock.until(at_ms)
        for change in together:
            if change.position == _SILENCE:
                clock.is_silenced = bool(change.verdict)
            elif change.position != _NO_CHANGE:
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
        self._turned: list[int] = []  # when it began to hold, when it ended, and so on
        self.is_silenced = False  # the rule that suppresses its alarm holds
        self._world = World(
            known=lambda _: None,
            rule_holds=lambda _: self.is_silenced,
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
        if self._machine.holds != bool(len(self._turned) % 2):
            self._turned.append(at_ms)
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
        times = np.array(self._turned, np.int64)
        return DryRun(
            tuple(self._found),
            self._fired,
            self._held_ms,
            complete=not self.is_full,
            held=Turns(times, (1 - np.arange(times.size) % 2).astype(np.int8)),
        )

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


def _all_changes(
    rule: RuleDefinition, turns: Sequence[Turns], others: Mapping[str, Turns]
) -> Iterator[Iterator[_Change]]:
    for position, condition in enumerate(rule.conditions):
        is_rule = condition.watch is Watch.rule
        its = others.get(condition.rule_id, NO_TURNS) if is_rule else turns[position]
        yield _changes(position, its)
    if rule.alarm is not None and rule.alarm.suppressed_by:
        yield _changes(_SILENCE, others.get(rule.alarm.suppressed_by, NO_TURNS))


def _changes(position: int, turns: Turns) -> Iterator[_Change]:
    for start in range(0, turns.times.size, _BITE):  # a list of all of them would be large
        part = slice(start, start + _BITE)
        pairs = zip(turns.times[part].tolist(), turns.verdicts[part].tolist(), strict=True)
        for at_ms, verdict in pairs:
            yield _Change(at_ms, position, None if verdict == UNKNOWN else verdict == TRUE)
