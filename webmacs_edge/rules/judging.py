"""Judges one condition on what is known of its channel; keeps what that needs from look to look."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rule_definitions import Condition, Watch
from webmacs_edge.model.rules import RuleOperator, holds

MOST_RATE_POINTS = 600
MS_PER_MINUTE = 60_000
MS_PER_S = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """The newest state of a channel. `read_at_ms`: when the value was last really read."""

    value: float | None
    quality: Quality
    read_at_ms: int


@dataclass(slots=True)
class Judge:
    """One condition with its memory. `held` and what `restore` takes survive a restart."""

    condition: Condition
    held: bool = False
    seen: float | None = None  # what was compared last: a value, a rate, an age
    _points: deque[tuple[int, float]] = field(default_factory=deque)

    def judge(
        self, known: Known | None, *, now_ms: int, rule_holds: Callable[[str], bool]
    ) -> bool | None:
        """Whether it holds; None when nobody can say. Times on the engine's scale."""
        match self.condition.watch:
            case Watch.rule:
                self.held = rule_holds(self.condition.rule_id)
                return self.held
            case Watch.quality:
                self.held = known is None or known.quality >= self.condition.worst
                return self.held
            case Watch.age:
                return self._age(known, now_ms)
            case Watch.rate:
                return self._compare(self._rate(known, now_ms))
            case _:
                return self._compare(_usable(known))

    def _age(self, known: Known | None, now_ms: int) -> bool | None:
        if known is None:
            return None
        return self._compare(max(0, now_ms - known.read_at_ms) / MS_PER_S)

    def _compare(self, number: float | None) -> bool | None:
        self.seen = number
        if number is None:
            return None
        self.held = crossed(self.condition, number, was_held=self.held)
        return self.held

    def _rate(self, known: Known | None, now_ms: int) -> float | None:
        """Change per minute over the window; None until half of it has been seen."""
        value = _usable(known)
        if known is None or value is None:
            self._points.clear()
            return None
        window_ms = self.condition.window_s * MS_PER_S
        points = self._points
        if not points or now_ms - points[-1][0] >= window_ms / MOST_RATE_POINTS:
            points.append((now_ms, value))
        while len(points) > 1 and now_ms - points[1][0] >= window_ms:
            points.popleft()
        began_ms, began = points[0]
        if now_ms - began_ms < window_ms / 2:
            return None
        return (value - began) / (now_ms - began_ms) * MS_PER_MINUTE


def crossed(condition: Condition, number: float, *, was_held: bool) -> bool:
    """Whether the number holds the condition; once held, it must go back by the deadband to end."""
    operator, low, high = condition.operator, condition.threshold, condition.threshold_high
    margin = condition.deadband if was_held else 0.0
    if operator in (RuleOperator.gt, RuleOperator.gte):
        low -= margin
    elif operator in (RuleOperator.lt, RuleOperator.lte):
        low += margin
    elif high is not None and operator.is_range:
        sign = -1 if operator is RuleOperator.between else 1
        low, high = low + sign * margin, high - sign * margin
    return holds(operator, number, low, threshold_high=high)


def _usable(known: Known | None) -> float | None:
    return None if known is None or known.quality >= Quality.BAD else known.value
