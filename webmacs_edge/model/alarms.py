"""The life of one alarm by ISA-18.2 / IEC 62682: pure decisions, no clock, no I/O.

An alarm is *annunciated* in one of four states; apart from that it may be set aside (shelved by
an operator, suppressed by design, out of service), and then it stays silent while its condition
is still watched, so that it speaks up by itself if the condition holds when it comes back.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class AlarmState(StrEnum):
    """What operators are told; the letters are those of ISA-18.2-2016, figure 4."""

    normal = "normal"  # A
    unacknowledged = "unacknowledged"  # B: active, nobody has said "seen"
    acknowledged = "acknowledged"  # C: active and seen
    returned = "returned"  # D: the condition has gone, nobody has said "seen"
    latched = "latched"  # F: gone and seen, waits for a reset


class Aside(StrEnum):
    """Why an alarm is not annunciated; the strongest reason is shown."""

    none = ""
    shelved = "shelved"  # G
    suppressed = "suppressed"  # H: by design, by the state of the plant
    out_of_service = "out_of_service"  # I


class Move(StrEnum):
    """What can happen to an alarm; also what the journal calls it."""

    raised = "raised"
    returned = "returned"
    acknowledged = "acknowledged"
    reset = "reset"
    shelved = "shelved"
    unshelved = "unshelved"
    shelf_expired = "shelf_expired"
    suppressed = "suppressed"
    unsuppressed = "unsuppressed"
    taken_out = "taken_out"
    put_back = "put_back"


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """How an alarm behaves."""

    latching: bool = False  # stays until it is reset, even when the condition has gone
    needs_acknowledge: bool = True


@dataclass(frozen=True, slots=True)
class Alarm:
    """All that must be remembered about one alarm. Times are UTC milliseconds."""

    state: AlarmState = AlarmState.normal
    active: bool = False  # the condition, after its delays; watched also while set aside
    shelved_until_ms: int | None = None
    suppressed: bool = False
    out_of_service: bool = False
    raised_at_ms: int | None = None  # of the annunciation that is running or was the last
    returned_at_ms: int | None = None
    acknowledged_at_ms: int | None = None

    @property
    def aside(self) -> Aside:
        """Why it is silent; `Aside.none` while it may speak."""
        if self.out_of_service:
            return Aside.out_of_service
        if self.suppressed:
            return Aside.suppressed
        return Aside.none if self.shelved_until_ms is None else Aside.shelved

    @property
    def is_annunciated(self) -> bool:
        """Whether operators see it in the list of alarms."""
        return self.state is not AlarmState.normal

    @property
    def needs_acknowledge(self) -> bool:
        """Whether somebody has to say "seen"."""
        return self.state in (AlarmState.unacknowledged, AlarmState.returned)


Step = tuple[Alarm, tuple[Move, ...]]  # the alarm afterwards, and what happened to it in order


def observe(alarm: Alarm, kind: AlarmKind, *, holds: bool, at_ms: int) -> Step:
    """The condition was looked at; delays are already taken into account."""
    if holds == alarm.active:
        return alarm, ()
    alarm = replace(alarm, active=holds)
    if alarm.aside is not Aside.none:
        return alarm, ()
    return _raise(alarm, kind, at_ms) if holds else _return(alarm, kind, at_ms)


def acknowledge(alarm: Alarm, kind: AlarmKind, *, at_ms: int) -> Step:
    """Somebody has seen it; nothing happens to an alarm that waits for nobody."""
    if not alarm.needs_acknowledge:
        return alarm, ()
    if alarm.state is AlarmState.unacknowledged:
        state = AlarmState.acknowledged
    else:
        state = AlarmState.latched if kind.latching else AlarmState.normal
    return replace(alarm, state=state, acknowledged_at_ms=at_ms), (Move.acknowledged,)


def reset(alarm: Alarm, *, at_ms: int) -> Step:
    """Let go of a latched alarm; refused (no move) as long as its condition holds."""
    if alarm.state is not AlarmState.latched or alarm.active:
        return alarm, ()
    return replace(alarm, state=AlarmState.normal, returned_at_ms=at_ms), (Move.reset,)


def shelve(alarm: Alarm, *, until_ms: int, at_ms: int) -> Step:
    """Silence it until a time; a time that has passed does nothing."""
    if until_ms <= at_ms:
        return alarm, ()
    return _silence(replace(alarm, shelved_until_ms=until_ms)), (Move.shelved,)


def unshelve(alarm: Alarm, kind: AlarmKind, *, at_ms: int) -> Step:
    """Take it from the shelf before its time."""
    if alarm.shelved_until_ms is None:
        return alarm, ()
    return _come_back(replace(alarm, shelved_until_ms=None), kind, at_ms, why=Move.unshelved)


def pass_time(alarm: Alarm, kind: AlarmKind, *, at_ms: int) -> Step:
    """Take it from the shelf when its time is over."""
    if alarm.shelved_until_ms is None or at_ms < alarm.shelved_until_ms:
        return alarm, ()
    return _come_back(replace(alarm, shelved_until_ms=None), kind, at_ms, why=Move.shelf_expired)


def suppress(alarm: Alarm, kind: AlarmKind, *, on: bool, at_ms: int) -> Step:
    """Silence it, or let it speak again, because of the state of the plant."""
    if on == alarm.suppressed:
        return alarm, ()
    alarm = replace(alarm, suppressed=on)
    if on:
        return _silence(alarm), (Move.suppressed,)
    return _come_back(alarm, kind, at_ms, why=Move.unsuppressed)


def take_out(alarm: Alarm, kind: AlarmKind, *, on: bool, at_ms: int) -> Step:
    """Take it out of service for maintenance, or put it back."""
    if on == alarm.out_of_service:
        return alarm, ()
    alarm = replace(alarm, out_of_service=on)
    if on:
        return _silence(alarm), (Move.taken_out,)
    return _come_back(alarm, kind, at_ms, why=Move.put_back)


def _silence(alarm: Alarm) -> Alarm:
    return replace(alarm, state=AlarmState.normal)


def _come_back(alarm: Alarm, kind: AlarmKind, at_ms: int, *, why: Move) -> Step:
    """One reason for silence has gone; if it was the last, the alarm speaks as its condition is."""
    if alarm.aside is not Aside.none or not alarm.active:
        return alarm, (why,)
    alarm, moves = _raise(alarm, kind, at_ms)
    return alarm, (why, *moves)


def _raise(alarm: Alarm, kind: AlarmKind, at_ms: int) -> Step:
    acknowledged = AlarmState.acknowledged
    state = AlarmState.unacknowledged if kind.needs_acknowledge else acknowledged
    alarm = replace(
        alarm, state=state, raised_at_ms=at_ms, returned_at_ms=None, acknowledged_at_ms=None
    )
    return alarm, (Move.raised,)


def _return(alarm: Alarm, kind: AlarmKind, at_ms: int) -> Step:
    if alarm.state is AlarmState.unacknowledged:
        state = AlarmState.returned
    else:
        state = AlarmState.latched if kind.latching else AlarmState.normal
    return replace(alarm, state=state, returned_at_ms=at_ms), (Move.returned,)
