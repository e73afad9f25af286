"""What happened to this box's clock: it was set, ran free, or is held by a time server again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from webmacs_edge.model.text import Text, text

MS_PER_S = 1000


class ClockEvent(StrEnum):
    """What happened."""

    set = "set"
    free = "free"  # no time server holds it, for long already
    held = "held"


@dataclass(frozen=True, slots=True)
class ClockMark:
    """Something that happened to the clock, at the time it showed then, or after it was set."""

    event: ClockEvent
    at_ms: int
    step_ms: int = 0  # of a set clock: how far it jumped, negative when back

    @property
    def words(self) -> Text:
        """A sentence for the log, and beside the values."""
        if self.event is ClockEvent.free:
            return text("No time server has held the clock since then; stamps may be wrong.")
        if self.event is ClockEvent.held:
            return text("A time server holds the clock again.")
        span = _span(abs(self.step_ms))
        if self.step_ms < 0:
            return text("The clock was set back by {span}; stamps repeat.", span=span)
        return text("The clock was set forward by {span}.", span=span)


def merged(known: Sequence[ClockMark], news: Iterable[ClockMark]) -> list[ClockMark]:
    """What is new of these: free and held take turns, whatever restarts there were."""
    fresh: list[ClockMark] = []
    states = [mark.event for mark in known if mark.event is not ClockEvent.set]
    state = states[-1] if states else ClockEvent.held
    for mark in news:
        if mark.event is ClockEvent.set:
            fresh.append(mark)
        elif mark.event is not state:
            state = mark.event
            fresh.append(mark)
    return fresh


def spans(marks: Iterable[ClockMark]) -> Iterator[tuple[ClockEvent, int, int | None]]:
    """When stamps are doubtful, [from, to): while it ran free, and what it showed twice."""
    free_since: int | None = None
    for mark in marks:
        if mark.event is ClockEvent.set and mark.step_ms < 0:
            yield ClockEvent.set, mark.at_ms, mark.at_ms - mark.step_ms
        elif mark.event is ClockEvent.free and free_since is None:
            free_since = mark.at_ms
        elif mark.event is ClockEvent.held and free_since is not None:
            yield ClockEvent.free, min(free_since, mark.at_ms), max(free_since, mark.at_ms)
            free_since = None
    if free_since is not None:
        yield ClockEvent.free, free_since, None


def _span(length_ms: int) -> str:
    """`12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`."""
    seconds = round(length_ms / MS_PER_S)
    units = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
    for place, (unit, size) in enumerate(units):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            smaller = units[place + 1] if place + 1 < len(units) else None
            more = rest // smaller[1] if smaller else 0
            return f"{whole} {unit}" + (f" {more} {smaller[0]}" if smaller and more else "")
    return f"{length_ms} ms"
