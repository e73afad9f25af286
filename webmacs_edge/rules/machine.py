"""One rule over time: its conditions, delays, cooldown and alarm; decides what is due."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from webmacs_edge.model import alarms
from webmacs_edge.model.alarms import Alarm, AlarmKind, Move, Step
from webmacs_edge.model.delays import Delayed, settle
from webmacs_edge.model.rule_definitions import Action, Combine, Moment, RuleDefinition
from webmacs_edge.rules.judging import Judge, Known

LEAST_REPEAT_MS = 1000  # a cooldown of 0 must not mean an e-mail in every cycle


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, twice: `now_ms` never steps and is what delays count in; `at_ms` is what people read."""

    now_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class World:
    """What a rule may look at besides the clock."""

    known: Callable[[int], Known | None]  # newest state of a channel
    rule_holds: Callable[[str], bool]
    is_open: Callable[[RuleDefinition], bool]  # its schedule, and an experiment if it asks for one


@dataclass(frozen=True, slots=True)
class RuleState:
    """All of a rule that must survive a restart. Times on the engine's scale but the alarm's."""

    delayed: Delayed = field(default_factory=Delayed)
    held: tuple[bool, ...] = ()  # of each condition, for its deadband
    fired_at_ms: int | None = None  # for the cooldown
    has_fired: bool = False  # since it began to hold
    alarm: Alarm = field(default_factory=Alarm)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one look brought about; empty when nothing happened."""

    due: tuple[Action, ...] = ()
    fired: bool = False  # the rule triggered (2.x: last_triggered_at)
    moves: tuple[Move, ...] = ()  # of its alarm
    changed: bool = False  # the state must be stored

    def __bool__(self) -> bool:
        return self.changed or self.fired or bool(self.due or self.moves)


NOTHING = Outcome()


@dataclass(slots=True)
class Machine:
    """A rule at work."""

    definition: RuleDefinition
    state: RuleState = field(default_factory=RuleState)
    judges: list[Judge] = field(default_factory=list)

    def __post_init__(self) -> None:
        conditions, held = self.definition.conditions, self.state.held
        if len(held) != len(conditions):  # new, or its conditions have changed
            held = (False,) * len(conditions)
            self.state = replace(self.state, held=held)
        self.judges = [
            Judge(condition, was_held) for condition, was_held in zip(conditions, held, strict=True)
        ]

    @property
    def holds(self) -> bool:
        """Whether the rule holds now, after its delays."""
        return self.state.delayed.holds

    @property
    def kind(self) -> AlarmKind:
        """How its alarm behaves."""
        return self.definition.alarm.kind if self.definition.alarm else AlarmKind()

    def look(self, world: World, clock: Clock) -> Outcome:
        """Judge the rule once; what is due is to be done by the caller."""
        before = self.state
        raw = self._raw(world, clock)
        delayed = settle(before.delayed, self.definition.delay, raw=raw, at_ms=clock.now_ms)
        held = tuple(judge.held for judge in self.judges)
        alarm, moves = self._alarm(delayed, world, clock)
        after = before
        if delayed is not before.delayed or alarm is not before.alarm or held != before.held:
            after = replace(before, delayed=delayed, held=held, alarm=alarm)
        due: tuple[Action, ...] = ()
        fires = delayed.holds and self._may_fire(clock.now_ms)
        if fires:
            due = self._actions(Moment.raised)
            after = replace(after, fired_at_ms=clock.now_ms, has_fired=True)
        elif before.has_fired and not delayed.holds:
            due = self._actions(Moment.cleared)
            after = replace(after, has_fired=False)
        if after is before or after == before:
            return NOTHING
        self.state = after
        return Outcome(due, fires, moves, changed=True)

    def move_alarm(self, step: Callable[[Alarm, AlarmKind], Step]) -> tuple[Move, ...]:
        """Let an operator acknowledge, reset, shelve …; what happened, empty when refused."""
        alarm, moves = step(self.state.alarm, self.kind)
        self.state = replace(self.state, alarm=alarm)
        return moves

    def compared(self) -> tuple[float | None, ...]:
        """What each condition looked at last, for the live trace."""
        return tuple(judge.seen for judge in self.judges)

    def _raw(self, world: World, clock: Clock) -> bool | None:
        if not world.is_open(self.definition):
            return False
        verdicts = [
            judge.judge(
                world.known(judge.condition.key), now_ms=clock.now_ms, rule_holds=world.rule_holds
            )
            for judge in self.judges
        ]
        return combine(verdicts, self.definition.combine)

    def _may_fire(self, now_ms: int) -> bool:
        """Once each time it begins to hold; again after each cooldown if it repeats."""
        if self.state.has_fired and not self.definition.repeats:
            return False
        pause_ms = self.definition.cooldown_ms
        if self.state.has_fired:
            pause_ms = max(pause_ms, LEAST_REPEAT_MS)
        fired_at_ms = self.state.fired_at_ms
        return fired_at_ms is None or not 0 <= now_ms - fired_at_ms < pause_ms

    def _actions(self, moment: Moment) -> tuple[Action, ...]:
        return tuple(action for action in self.definition.actions if action.moment is moment)

    def _alarm(self, delayed: Delayed, world: World, clock: Clock) -> Step:
        alarm, settings = self.state.alarm, self.definition.alarm
        if settings is None:
            return alarm, ()
        kind, at_ms = settings.kind, clock.at_ms
        alarm, expired = alarms.pass_time(alarm, kind, at_ms=at_ms)
        on = bool(settings.suppressed_by) and world.rule_holds(settings.suppressed_by)
        alarm, suppressed = alarms.suppress(alarm, kind, on=on, at_ms=at_ms)
        alarm, observed = alarms.observe(alarm, kind, holds=delayed.holds, at_ms=at_ms)
        return alarm, expired + suppressed + observed


def combine(verdicts: Sequence[bool | None], how: Combine) -> bool | None:
    """Three-valued: a condition nobody can judge decides nothing if another one decides alone."""
    deciding = how is Combine.any
    if any(verdict is deciding for verdict in verdicts):
        return deciding
    return None if any(verdict is None for verdict in verdicts) else not deciding
