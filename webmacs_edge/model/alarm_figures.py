"""Weekly figures of alarms: how many when, floods, chattering; counted entry by entry.

By ISA-18.2: a flood begins with more than 10 alarms in 10 minutes and ends with fewer than 5.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from webmacs_edge.model.times import HOUR_MS, MINUTE_MS

FLOOD_MS = 10 * MINUTE_MS
FLOOD_BEGINS = 11  # alarms within it
FLOOD_ENDS = 5  # fewer than so many
CHATTER = 3  # times within a minute
CHATTER_MS = MINUTE_MS
MOST_ALARMS = 2000  # told apart; there are never more rules
TOP = 10


@dataclass(frozen=True, slots=True)
class Raised:
    """One annunciation, as the journal holds it."""

    at_ms: int
    rule_id: str
    name: str
    priority: str


@dataclass(slots=True)
class Count:
    """How often one alarm was raised, and how often too fast."""

    rule_id: str
    name: str
    priority: str
    raised: int = 0
    chattered: int = 0  # annunciations that were the third or later within a minute
    _recent: deque[int] = field(default_factory=lambda: deque(maxlen=CHATTER))

    def add(self, at_ms: int) -> None:
        """It was raised once more."""
        self.raised += 1
        self._recent.append(at_ms)
        if len(self._recent) == CHATTER and at_ms - self._recent[0] <= CHATTER_MS:
            self.chattered += 1


@dataclass(frozen=True, slots=True)
class Flood:
    """A stretch of time with more alarms than anybody can follow."""

    from_ms: int
    to_ms: int
    alarms: int


class Figures:
    """Counts the annunciations of [from, to) in their order, in bounded memory."""

    def __init__(self, *, from_ms: int, to_ms: int) -> None:
        self.from_ms, self.to_ms = from_ms, to_ms
        self.hours = [0] * max(1, -(-(to_ms - from_ms) // HOUR_MS))
        self.total = 0
        self.by_priority: dict[str, int] = {}
        self.floods: list[Flood] = []
        self._counts: dict[str, Count] = {}
        self._recent: deque[int] = deque(maxlen=FLOOD_BEGINS)
        self._flood_from_ms: int | None = None
        self._flood_alarms = 0

    def take(self, entries: Iterable[Raised]) -> None:
        """Count these in; oldest first."""
        for it in entries:
            self.total += 1
            self.hours[min((it.at_ms - self.from_ms) // HOUR_MS, len(self.hours) - 1)] += 1
            self.by_priority[it.priority] = self.by_priority.get(it.priority, 0) + 1
            self._count(it).add(it.at_ms)
            self._follow(it.at_ms)

    def finish(self) -> None:
        """Nothing more comes: a flood that still runs is counted up to the end."""
        if self._flood_from_ms is not None:
            self._end(min(self.to_ms, self._quiet_at()))

    @property
    def flood_share(self) -> float:
        """Share of the time in floods, 0 to 1."""
        return sum(it.to_ms - it.from_ms for it in self.floods) / max(1, self.to_ms - self.from_ms)

    @property
    def top(self) -> list[Count]:
        """The alarms raised most often."""
        return sorted(self._counts.values(), key=lambda it: (-it.raised, it.name))[:TOP]

    @property
    def chattering(self) -> list[Count]:
        """Alarms that came several times within a minute, the worst first."""
        found = [it for it in self._counts.values() if it.chattered]
        return sorted(found, key=lambda it: (-it.chattered, it.name))[:TOP]

    @property
    def counts(self) -> list[Count]:
        """Every alarm, the most frequent first."""
        return sorted(self._counts.values(), key=lambda it: (-it.raised, it.name))

    def _count(self, it: Raised) -> Count:
        key = it.rule_id if it.rule_id in self._counts or len(self._counts) < MOST_ALARMS else ""
        if key not in self._counts:
            name = it.name if key else "…"
            self._counts[key] = Count(key, name, it.priority)
        return self._counts[key]

    def _follow(self, at_ms: int) -> None:
        if self._flood_from_ms is not None and at_ms >= self._quiet_at():
            self._end(self._quiet_at())
        self._recent.append(at_ms)
        if self._flood_from_ms is not None:
            self._flood_alarms += 1
        elif len(self._recent) == FLOOD_BEGINS and at_ms - self._recent[0] <= FLOOD_MS:
            self._flood_from_ms, self._flood_alarms = self._recent[0], FLOOD_BEGINS

    def _quiet_at(self) -> int:
        """When fewer than 5 are left in the last 10 minutes, if no more come."""
        return self._recent[-FLOOD_ENDS] + FLOOD_MS

    def _end(self, at_ms: int) -> None:
        if self._flood_from_ms is not None:
            self.floods.append(Flood(self._flood_from_ms, at_ms, self._flood_alarms))
        self._flood_from_ms = None
        self._recent.clear()
