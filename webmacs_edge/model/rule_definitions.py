"""What a rule is: conditions over channels, how long they must last, when, and what follows."""

from dataclasses import dataclass, field
from enum import StrEnum

from webmacs_edge.model.alarms import AlarmKind
from webmacs_edge.model.delays import Delay
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rules import RuleOperator

MAX_CONDITIONS = 8
MAX_ACTIONS = 8
MAX_WINDOWS = 14
MINUTES_A_DAY = 24 * 60


class Combine(StrEnum):
    """How several conditions become one."""

    all = "all"
    any = "any"


class Watch(StrEnum):
    """What a condition looks at."""

    value = "value"
    rate = "rate"  # change of the value per minute
    quality = "quality"
    age = "age"  # seconds since the value was last read
    rule = "rule"  # whether another rule holds


class Moment(StrEnum):
    """When an action is due."""

    raised = "raised"  # the rule begins to hold, and again after each cooldown if it repeats
    cleared = "cleared"


class Priority(StrEnum):
    """Of an alarm; by what happens if nobody acts, and how soon."""

    critical = "critical"
    high = "high"
    medium = "medium"
    low = "low"

    @property
    def rank(self) -> int:
        """1 is the most urgent."""
        return _RANKS[self]


_RANKS = {it: rank for rank, it in enumerate(Priority, start=1)}


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `key`: of the channel; `rule_id`: of the other rule for `Watch.rule`.

    `threshold` is in the channel's unit; for `rate` in units per minute, for `age` in seconds.
    """

    watch: Watch = Watch.value
    key: int = 0
    operator: RuleOperator = RuleOperator.gt
    threshold: float = 0.0
    threshold_high: float | None = None
    deadband: float = 0.0  # how far back the value must go before the condition ends
    window_s: float = 60.0  # over which a rate is taken
    worst: Quality = Quality.BAD  # `quality` holds when it is as bad as this or worse
    rule_id: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the week in the site's local time; it may run over midnight."""

    days: frozenset[int]  # 0 is Monday; of the day on which it begins
    from_minute: int  # of the day
    to_minute: int  # not part of it any more; smaller than `from_minute`: of the next day


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do. `kind` names a file of `rules/actions`; `details` are what it needs."""

    kind: str
    moment: Moment = Moment.raised
    details: tuple[tuple[str, str | float | bool | None], ...] = ()

    def detail(self, name: str) -> str | float | bool | None:
        """One of the details; None when it was not given."""
        return dict(self.details).get(name)


@dataclass(frozen=True, slots=True)
class AlarmTexts:
    """What an operator reads when the alarm is raised."""

    cause: str = ""
    consequence: str = ""
    response: str = ""


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """How a rule shows as an alarm."""

    priority: Priority = Priority.medium
    kind: AlarmKind = field(default_factory=AlarmKind)
    group: str = ""  # alarms of a group show which of them came first
    texts: AlarmTexts = field(default_factory=AlarmTexts)
    suppressed_by: str = ""  # silent while this other rule holds


@dataclass(frozen=True, slots=True)
class RuleDefinition:
    """A rule as it was configured; compiled by `rules.engine`."""

    id: str  # public id
    name: str
    conditions: tuple[Condition, ...]
    combine: Combine = Combine.all
    delay: Delay = field(default_factory=Delay)
    cooldown_ms: int = 60_000
    repeats: bool = True  # fires again after each cooldown while it holds, as WebMACS 2.x did
    windows: tuple[Window, ...] = ()  # empty: always
    only_in_experiment: bool = False
    actions: tuple[Action, ...] = ()
    alarm: AlarmSettings | None = None
    enabled: bool = True

    @property
    def keys(self) -> frozenset[int]:
        """The channels that it looks at."""
        return frozenset(it.key for it in self.conditions if it.watch is not Watch.rule)

    @property
    def rule_ids(self) -> frozenset[str]:
        """The other rules that it looks at."""
        others = {it.rule_id for it in self.conditions if it.watch is Watch.rule}
        if self.alarm is not None and self.alarm.suppressed_by:
            others.add(self.alarm.suppressed_by)
        return frozenset(others)


def is_open(windows: tuple[Window, ...], *, weekday: int, minute: int) -> bool:
    """Whether a moment lies in one of the windows; always when there is none.

    `weekday`: 0 is Monday; `minute`: of the day, local time.
    """
    if not windows:
        return True
    return any(_is_in(window, weekday, minute) for window in windows)


def _is_in(window: Window, weekday: int, minute: int) -> bool:
    if window.from_minute < window.to_minute:
        return weekday in window.days and window.from_minute <= minute < window.to_minute
    began_today = weekday in window.days and minute >= window.from_minute
    began_yesterday = (weekday - 1) % 7 in window.days and minute < window.to_minute
    return began_today or began_yesterday
