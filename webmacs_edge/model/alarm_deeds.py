"""What operators do to alarms: each deed as a step of the alarm machine, and why it is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from webmacs_edge.model import alarms
from webmacs_edge.model.alarms import Alarm, AlarmKind, AlarmState, Move, Step
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS

LONGEST_SHELF_MS = 7 * DAY_MS
MAX_COMMENT = 500

# Moves that people make; all others happen by themselves.
BY_PEOPLE = frozenset(
    {
        Move.acknowledged, Move.reset, Move.shelved, Move.unshelved, Move.taken_out, Move.put_back,
    }
)  # fmt: skip


class DeedKind(StrEnum):
    """What is to be done; also the last part of its address."""

    acknowledge = "acknowledge"
    reset = "reset"
    shelve = "shelve"
    unshelve = "unshelve"
    take_out = "out-of-service"
    put_back = "in-service"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing an operator wants; `until_ms` is the end of a shelf."""

    kind: DeedKind
    at_ms: int
    comment: str = ""
    until_ms: int | None = None

    def step(self, alarm: Alarm, kind: AlarmKind) -> Step:
        """The alarm afterwards; no moves where this is not possible now."""
        return _STEPS[self.kind](self, alarm, kind)


def check(deed: Deed) -> None:
    """InvalidError where a shelf ends too early or too late, or nobody says why."""
    if deed.kind is not DeedKind.shelve:
        return
    if deed.until_ms is None or deed.until_ms <= deed.at_ms:
        raise InvalidError(text("Choose a time that is still to come."), field="until")
    if deed.until_ms > deed.at_ms + LONGEST_SHELF_MS:
        raise InvalidError(
            text(
                "An alarm is shelved for 7 days at most. Choose an earlier time, or take it out of "
                "service."
            ),
            field="until",
        )
    if not deed.comment:
        raise InvalidError(text("Say why it is shelved."), field="why")


def refusal(deed: Deed, alarm: Alarm, name: str) -> str:
    """Why nothing happened to that alarm, in a sentence."""
    still_active = deed.kind is DeedKind.reset and alarm.active
    if still_active and alarm.state is not AlarmState.normal:
        return text("The condition of “{name}” still holds. Reset it when that is over.", name=name)
    return text(_REFUSALS[deed.kind], name=name)


def _shelve(deed: Deed, alarm: Alarm, _kind: AlarmKind) -> Step:
    return alarms.shelve(alarm, until_ms=deed.until_ms or 0, at_ms=deed.at_ms)


_STEPS: dict[DeedKind, Callable[[Deed, Alarm, AlarmKind], Step]] = {
    DeedKind.acknowledge: lambda it, alarm, kind: alarms.acknowledge(alarm, kind, at_ms=it.at_ms),
    DeedKind.reset: lambda it, alarm, _kind: alarms.reset(alarm, at_ms=it.at_ms),
    DeedKind.shelve: _shelve,
    DeedKind.unshelve: lambda it, alarm, kind: alarms.unshelve(alarm, kind, at_ms=it.at_ms),
    DeedKind.take_out: lambda it, alarm, kind: alarms.take_out(
        alarm, kind, on=True, at_ms=it.at_ms
    ),
    DeedKind.put_back: lambda it, alarm, kind: alarms.take_out(
        alarm, kind, on=False, at_ms=it.at_ms
    ),
}
_REFUSALS: dict[DeedKind, str] = {
    DeedKind.acknowledge: text(
        "“{name}” does not wait for anybody: it has been acknowledged or is normal."
    ),
    DeedKind.reset: text("“{name}” is not latched: there is nothing to reset."),
    DeedKind.shelve: text("“{name}” cannot be shelved until a time that has passed."),
    DeedKind.unshelve: text("“{name}” is not shelved."),
    DeedKind.take_out: text("“{name}” is out of service already."),
    DeedKind.put_back: text("“{name}” is in service already."),
}
