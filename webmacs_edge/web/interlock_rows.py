"""Interlocks in the words of the pages: what each looks at now, and whether it has tripped."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.conditions import (
    NEVER_SEEN,
    Condition,
    InterlockAction,
    Seen,
    trips,
    words_of,
)
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import Text, text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.interlocks import all_interlocks
from webmacs_edge.web.keys import CONTROL, DATABASE, HUB, STATION
from webmacs_edge.web.schemas.interlock_forms import conditions_of

if TYPE_CHECKING:
    from webmacs_edge.control.interlocks import Interlock as Lock
    from webmacs_edge.control.interlocks import InterlockView
    from webmacs_edge.store.tables import Interlock

_GONE = text("a removed channel")
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


def _readings(lock: "Lock", seen: Iterable[Seen], *, was_tripped: bool) -> tuple[Reading, ...]:
    pairs = zip(lock.conditions, seen, strict=True)
    return tuple(reading_of(it, known, was_tripped=was_tripped) for it, known in pairs)


def reading_of(condition: Condition, seen: Seen, *, was_tripped: bool = False) -> Reading:
    """A condition and the value that it would be judged by now."""
    return Reading(words_of(condition, seen), trips(condition, seen, was_tripped=was_tripped))


def holding(guards: Sequence[Guard]) -> tuple[Guard, ...]:
    """Those that have tripped."""
    return tuple(guard for guard in guards if guard.is_tripped)


@dataclass(frozen=True, slots=True)
class InterlockRow:
    """One interlock in a list or on its page."""

    public_id: str
    name: str
    does: Text
    enabled: bool
    is_latching: bool
    delay_s: float
    needs_all: bool
    outputs: tuple[tuple[str, str], ...]  # public id and name
    guard: Guard | None  # as it stands now; None while it is not in use

    @property
    def is_tripped(self) -> bool:
        """Whether it holds its outputs now."""
        return self.guard is not None and self.guard.is_tripped


@dataclass(frozen=True, slots=True)
class Preview:
    """Whether an interlock that is being written would be tripped now."""

    is_tripped: bool
    readings: tuple[Reading, ...]


async def all_rows(app: web.Application) -> list[InterlockRow]:
    """Every interlock, in the order they were made."""
    async with app[DATABASE].read() as session:
        rows = await all_interlocks(session)
    return [interlock_row(app, row) for row in rows]


def rows_now(app: web.Application, rows: Sequence[InterlockRow]) -> list[InterlockRow]:
    """The same interlocks as they stand now."""
    return [replace(row, guard=_guard(app, row.public_id)) for row in rows]


def interlock_row(app: web.Application, row: "Interlock") -> InterlockRow:
    """A stored interlock in words."""
    outputs = []
    for public_id in json.loads(row.outputs_json):
        event = app[STATION].event_by_public_id(public_id)
        outputs.append((public_id, event.name if event is not None else _GONE))
    return InterlockRow(
        public_id=row.public_id,
        name=row.name,
        does=DOES[InterlockAction(row.action)],
        enabled=row.enabled,
        is_latching=row.is_latching,
        delay_s=row.delay_s,
        needs_all=row.needs_all,
        outputs=tuple(outputs),
        guard=_guard(app, row.public_id) if row.enabled else None,
    )


def preview_of(
    app: web.Application, rows: Sequence[Mapping[str, str]], *, needs_all: bool
) -> Preview:
    """What typed conditions would say of the present values; unfinished rows are left out."""
    readings = tuple(it for row in rows if (it := _tried(app, row)) is not None)
    called = [it.trips for it in readings]
    is_tripped = bool(called) and (all(called) if needs_all else any(called))
    return Preview(is_tripped, readings)


def _tried(app: web.Application, row: Mapping[str, str]) -> Reading | None:
    event = app[STATION].event_by_public_id(row.get("event_public_id", ""))
    if event is None:
        return None
    try:
        given = conditions_of({name: [value] for name, value in row.items()})[0]
    except InvalidError:
        return None
    values = given.model_dump(exclude={"event_public_id"})
    condition = Condition(key=event.id, name=event.name, unit=event.unit, **values)
    return reading_of(condition, seen_now(app, event.id))


def seen_now(app: web.Application, key: int) -> Seen:
    """What is known of a channel now, as an interlock would see it."""
    sample = app[HUB].latest(key)
    if sample is None:
        return NEVER_SEEN
    age_s = max(0, now_ms() - sample.read_at_ms) / 1000
    return Seen(sample.value, sample.quality, age_s)


def _guard(app: web.Application, public_id: str) -> Guard | None:
    view = app[CONTROL].interlock_view(public_id)
    return guard_of(view) if view is not None else None
