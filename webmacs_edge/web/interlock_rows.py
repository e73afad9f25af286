"""Interlocks in the words of the pages: what each looks at now, and whether it has tripped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.conditions import Condition, InterlockAction, Seen, trips, words_of
from webmacs_edge.model.text import Text, text
from webmacs_edge.web.keys import CONTROL

if TYPE_CHECKING:
    from webmacs_edge.control.interlocks import Interlock, InterlockView

DOES = {
    InterlockAction.forbid: text("Forbids"),
    InterlockAction.force_safe: text("Forces safe"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One condition with what it sees now."""

    words: str
    trips: bool


@dataclass(frozen=True, slots=True)
class Guard:
    """An interlock as it stands now."""

    public_id: str
    name: str
    does: Text
    is_tripped: bool
    is_latched: bool  # tripped although its conditions do not hold any more
    cause: str  # what it saw when it tripped
    needs_all: bool
    readings: tuple[Reading, ...]


def guards_of(app: web.Application, key: int) -> tuple[Guard, ...]:
    """The interlocks over this output, those that have tripped first."""
    views = app[CONTROL].board.interlocks.values()
    found = [guard_of(view) for view in views if key in view.interlock.outputs]
    return tuple(sorted(found, key=lambda it: not it.is_tripped))


def guard_of(view: "InterlockView") -> Guard:
    """An interlock as the acquisition thread saw it last."""
    lock, is_tripped = view.interlock, bool(view.cause)
    return Guard(
        public_id=view.public_id,
        name=lock.name,
        does=DOES[lock.action],
        is_tripped=is_tripped,
        is_latched=is_tripped and not view.is_standing,
        cause=view.cause,
        needs_all=lock.needs_all,
        readings=_readings(lock, view.seen, was_tripped=is_tripped),
    )


def _readings(lock: "Interlock", seen: Iterable[Seen], *, was_tripped: bool) -> tuple[Reading, ...]:
    pairs = zip(lock.conditions, seen, strict=True)
    return tuple(reading_of(it, known, was_tripped=was_tripped) for it, known in pairs)


def reading_of(condition: Condition, seen: Seen, *, was_tripped: bool = False) -> Reading:
    """A condition and the value that it would be judged by now."""
    return Reading(words_of(condition, seen), trips(condition, seen, was_tripped=was_tripped))


def holding(guards: Sequence[Guard]) -> tuple[Guard, ...]:
    """Those that have tripped."""
    return tuple(guard for guard in guards if guard.is_tripped)
