"""A sink of scans: looks at every rule for every sample, in memory, and hands on what is due."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from webmacs_edge.model.alarms import Alarm, AlarmKind, Move, Step
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rule_definitions import Action, RuleDefinition, Watch
from webmacs_edge.model.samples import Arrivals, Scan
from webmacs_edge.rules.judging import Known
from webmacs_edge.rules.machine import Clock, Machine, Outcome, RuleState, World

log = logging.getLogger(__name__)

NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Happening:
    """What one look at a rule brought about; stored and done by whoever takes it."""

    rule: RuleDefinition
    state: RuleState
    at_ms: int  # UTC
    due: tuple[Action, ...] = ()
    fired: bool = False
    moves: tuple[Move, ...] = ()
    key: int | None = None  # of the channel that the first condition looks at
    value: float | None = None  # what it compared
    seen: tuple[float | None, ...] = ()  # what each condition compared


class Engine:
    """All rules of the site. `on_happenings` is called in the scan that caused them.

    `is_open(rule, at_ms)` says whether its schedule lets the rule look at all.
    """

    def __init__(
        self,
        on_happenings: Callable[[list[Happening]], None],
        *,
        is_open: Callable[[RuleDefinition, int], bool],
    ) -> None:
        self._on_happenings = on_happenings
        self._is_open = is_open
        self._machines: dict[str, Machine] = {}
        self._order: tuple[Machine, ...] = ()
        self._by_key: dict[int, tuple[Machine, ...]] = {}
        self._last_concerned: tuple[tuple[int, ...], tuple[Machine, ...]] = ((), ())
        self._known: dict[int, Known] = {}
        self._anchor: tuple[int, int] | None = None  # UTC and monotonic ms when it began
        self._clock = Clock(0, 0)
        self._world = World(self._known.get, self.holds, self._opens)

    def use(
        self, rules: Iterable[RuleDefinition], states: Mapping[str, RuleState] | None = None
    ) -> None:
        """Look by these rules from now on; those that stay keep their state.

        `states` are taken for rules that are new here (what was stored before a restart).
        """
        stored = states or {}
        machines: dict[str, Machine] = {}
        for rule in rules:
            present = self._machines.get(rule.id)
            state = present.state if present else stored.get(rule.id, RuleState())
            machines[rule.id] = Machine(rule, state)
        self._machines = machines
        self._order = tuple(_in_order(machines))
        self._by_key = _by_key(self._order)
        self._last_concerned = ((), self._order)

    def take(self, scan: Scan) -> None:
        """Look at every rule on a channel of this scan, and at those that wait for a time."""
        self._set_clock(scan.at_ms, scan.mono_ns // NS_PER_MS)
        now_ms = self._clock.now_ms
        known = self._known
        for position, key in enumerate(scan.keys):
            if key not in self._by_key:
                continue
            old = known.get(key)
            read_at_ms = now_ms if scan.fresh or old is None else old.read_at_ms
            known[key] = Known(scan.values[position], scan.qualities[position], read_at_ms)
        self._look(self._concerned(scan.keys))

    def take_arrivals(self, arrivals: Arrivals) -> None:
        """Look at every value that was sent from outside, in its order: none is passed over."""
        watched = self._by_key
        if watched.keys().isdisjoint(arrivals.keys):
            return
        self._set_clock(arrivals.at_ms, arrivals.mono_ns // NS_PER_MS)
        now_ms = self._clock.now_ms
        for key, value in zip(arrivals.keys, arrivals.values, strict=True):
            if key in watched:
                self._known[key] = Known(value, Quality.GOOD, now_ms)
                self._look(self._concerned((key,)))

    def tick(self, *, at_ms: int, mono_ms: int) -> None:
        """Look at rules that wait for a time; called when no scan comes."""
        self._set_clock(at_ms, mono_ms)
        self._look(self._order)

    def holds(self, rule_id: str) -> bool:
        """Whether that rule holds now; a rule that is gone or off does not."""
        machine = self._machines.get(rule_id)
        return machine is not None and machine.definition.enabled and machine.holds

    def now_ms(self, *, at_ms: int) -> int:
        """The time of the engine's own scale at about this moment."""
        return self._clock.now_ms + at_ms - self._clock.at_ms

    def machine(self, rule_id: str) -> Machine | None:
        """That rule at work; None where there is none."""
        return self._machines.get(rule_id)

    def alarm(self, rule_id: str) -> Alarm | None:
        """The alarm of a rule; None when it has none."""
        machine = self._machines.get(rule_id)
        return machine.state.alarm if machine and machine.definition.alarm else None

    def machines(self) -> tuple[Machine, ...]:
        """Every rule at work, those that others look at first."""
        return self._order

    def move_alarm(
        self, rule_id: str, step: Callable[[Alarm, AlarmKind], Step], *, at_ms: int
    ) -> Happening | None:
        """Let an operator do something to an alarm; None when that is not possible now."""
        machine = self._machines.get(rule_id)
        if machine is None or machine.definition.alarm is None:
            return None
        moves = machine.move_alarm(step)
        return _happening(machine, Outcome(moves=moves), at_ms) if moves else None

    def plan_alarm(
        self, rule_id: str, step: Callable[[Alarm, AlarmKind], Step], *, at_ms: int
    ) -> Happening | None:
        """What `move_alarm` would bring about now; nothing moves."""
        machine = self._machines.get(rule_id)
        if machine is None or machine.definition.alarm is None:
            return None
        alarm, moves = step(machine.state.alarm, machine.kind)
        if not moves:
            return None
        planned = _happening(machine, Outcome(moves=moves), at_ms)
        return replace(planned, state=replace(machine.state, alarm=alarm))

    def _concerned(self, keys: tuple[int, ...]) -> tuple[Machine, ...]:
        """The rules on these channels and those that wait for a time; scans repeat their keys."""
        if self._last_concerned[0] != keys:
            touched = {id(it) for key in keys for it in self._by_key.get(key, ())}
            machines = tuple(
                it for it in self._order if id(it) in touched or _is_timed(it.definition)
            )
            self._last_concerned = (keys, machines)
        return self._last_concerned[1]

    def _look(self, machines: Iterable[Machine]) -> None:
        found = []
        for machine in machines:
            if not machine.definition.enabled:
                continue
            outcome = machine.look(self._world, self._clock)
            if outcome:
                found.append(_happening(machine, outcome, self._clock.at_ms))
        if found:
            self._on_happenings(found)

    def _opens(self, rule: RuleDefinition) -> bool:
        return self._is_open(rule, self._clock.at_ms)

    def _set_clock(self, at_ms: int, mono_ms: int) -> None:
        if self._anchor is None:
            self._anchor = (at_ms, mono_ms)
        began_at_ms, began_mono_ms = self._anchor
        self._clock = Clock(now_ms=began_at_ms + mono_ms - began_mono_ms, at_ms=at_ms)


def _happening(machine: Machine, outcome: Outcome, at_ms: int) -> Happening:
    judge = machine.judges[0]
    is_rule = judge.condition.watch is Watch.rule
    return Happening(
        machine.definition,
        machine.state,
        at_ms,
        due=outcome.due,
        fired=outcome.fired,
        moves=outcome.moves,
        key=None if is_rule else judge.condition.key,
        value=judge.seen,
        seen=machine.compared(),
    )


def _in_order(machines: Mapping[str, Machine]) -> Iterable[Machine]:
    """Rules that others look at come first; within a circle the order of the names decides."""
    done: dict[str, Machine] = {}

    def visit(machine: Machine, path: frozenset[str]) -> None:
        rule = machine.definition
        if rule.id in done or rule.id in path:
            return
        for other in sorted(rule.rule_ids & machines.keys()):
            visit(machines[other], path | {rule.id})
        done[rule.id] = machine

    for machine in sorted(machines.values(), key=lambda it: it.definition.name):
        visit(machine, frozenset())
    return done.values()


def _by_key(machines: Iterable[Machine]) -> dict[int, tuple[Machine, ...]]:
    found: dict[int, list[Machine]] = {}
    for machine in machines:
        for key in machine.definition.keys:
            found.setdefault(key, []).append(machine)
    return {key: tuple(its) for key, its in found.items()}


def _is_timed(rule: RuleDefinition) -> bool:
    """Whether it may change by time, an experiment or another rule alone."""
    watches = {condition.watch for condition in rule.conditions}
    return bool(
        rule.windows
        or rule.only_in_experiment
        or rule.alarm
        or rule.rule_ids
        or rule.delay.on_ms
        or rule.delay.off_ms
        or watches & {Watch.age, Watch.rate}
    )
