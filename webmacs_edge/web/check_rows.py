"""Checks of channels in the words of the pages, and what there is to check."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.control.places import fingerprint as place_fingerprint
from webmacs_edge.model.channels import group_words
from webmacs_edge.model.commissioning import CheckKind, CheckState, Step, fingerprint, state_of
from webmacs_edge.model.scaling import Scaling
from webmacs_edge.model.text import text
from webmacs_edge.model.words import state_word
from webmacs_edge.store.calibrations import read_curves
from webmacs_edge.store.channel_checks import latest_checks
from webmacs_edge.web.channel_rows import place_of
from webmacs_edge.web.keys import DATABASE, STATION
from webmacs_edge.web.tiles import NO_VALUE
from webmacs_edge.web.wording import number, short_number

if TYPE_CHECKING:
    from webmacs_edge.hardware.driver import Point
    from webmacs_edge.model.curves import Curve
    from webmacs_edge.store.tables import ChannelCheck, Event

STATES = {
    CheckState.unchecked: text("Unchecked"),
    CheckState.passed: text("Checked"),
    CheckState.failed: text("Failed its check"),
    CheckState.stale: text("Changed since its check"),
}
_NO_GROUP = text("Other channels")
_OUTPUT, _COUNTING = "output", ("counter", "encoder")
_NO_WIRE = ("status", "setting")  # of the module itself
_MICRO = "µA"
_PER_MILLI = 1000.0


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One channel and what is known of its wiring."""

    event: "Event"
    kind: CheckKind
    place: str
    state: CheckState
    words: str
    last: "ChannelCheck | None"
    steps: tuple[Step, ...]  # of the last check
    fingerprint: str  # of the channel as it is now


async def check_rows(app: web.Application) -> dict[str, list[CheckRow]]:
    """Every channel that has a terminal, by module."""
    known = await _known(app)
    groups: dict[str, list[CheckRow]] = {}
    for event in app[STATION].events:
        row = _row(app, event, known)
        if row is not None:
            groups.setdefault(group_words(event.group_name) or _NO_GROUP, []).append(row)
    return groups


async def check_states(app: web.Application) -> dict[str, CheckState]:
    """What is known of each channel that has a terminal, by public id."""
    known = await _known(app)
    events = app[STATION].events
    return {it.public_id: known.state(it) for it in events if known.kind(it) is not None}


async def check_row(app: web.Application, event: "Event") -> CheckRow | None:
    """One channel; None where there is no terminal."""
    return _row(app, event, await _known(app))


@dataclass(frozen=True, slots=True)
class _Known:
    """All that says what the checks of channels are worth now."""

    points: Mapping[str, "Point"]
    checks: Mapping[str, "ChannelCheck"]
    curves: Mapping[str, "Curve"]

    def kind(self, event: "Event") -> CheckKind | None:
        """How the channel is checked; None for what has no terminal."""
        point = self.points.get(event.point_id or "")
        if point is None or point.kind.value in _NO_WIRE:
            return None
        if point.direction.value == _OUTPUT:
            return CheckKind.output
        if point.kind.value in _COUNTING:
            return CheckKind.counter
        return CheckKind.digital if event.is_digital else CheckKind.analogue

    def fingerprint(self, event: "Event") -> str:
        """Of its place, scaling and calibration as they are now."""
        point = self.points.get(event.point_id or "")
        place = place_fingerprint(point) if point is not None else ""
        curve = self.curves.get(event.public_id)
        return fingerprint(place, event.factor, event.offset, event.unit, curve)

    def state(self, event: "Event") -> CheckState:
        """What its last check says of it now."""
        last = self.checks.get(event.public_id)
        if last is None:
            return CheckState.unchecked
        return state_of(last.passed, last.fingerprint, self.fingerprint(event))


async def _known(app: web.Application) -> _Known:
    async with app[DATABASE].read() as session:
        checks, curves = await latest_checks(session), await read_curves(session)
    layout = app[STATION].layout
    points = {} if layout is None else {point.id: point for point in layout.points}
    return _Known(points, checks, curves)


def points_to_feed(
    app: web.Application, event: "Event", curve: "Curve | None"
) -> tuple[list[str], list[float]]:
    """What is fed at the terminal, in its own unit, and what shall be seen then."""
    point = app[STATION].point(event.point_id)
    if point is None or point.low is None or point.high is None:
        ends = (event.min_value, (event.min_value + event.max_value) / 2, event.max_value)
        said = [text("Make it {value} {unit}.", value=short_number(it), unit=event.unit)
                for it in ends]  # fmt: skip
        return [str(it) for it in said], list(ends)
    line = Scaling(event.factor, event.offset)
    counts = (point.low, (point.low + point.high) / 2, point.high)
    values = [line.apply(count) for count in counts]
    if curve is not None:
        values = [curve.apply(value) for value in values]
    return [str(text("Feed {fed}.", fed=_fed(point, count))) for count in counts], values


def value_text(event: "Event", value: float | None) -> str:
    """A value with its unit, as the channel writes it."""
    if value is None:
        return NO_VALUE
    if event.is_digital:
        return state_word(event.on_text if value else event.off_text)
    return f"{number(value, event.decimals)} {event.unit}".rstrip()


def steps_of(check: "ChannelCheck") -> tuple[Step, ...]:
    """The steps of a stored check."""
    stored: Sequence[Mapping[str, Any]] = json.loads(check.steps_json)
    return tuple(Step(**it) for it in stored)


def _row(app: web.Application, event: "Event", known: _Known) -> CheckRow | None:
    kind = known.kind(event)
    if kind is None:
        return None
    last, state = known.checks.get(event.public_id), known.state(event)
    return CheckRow(
        event=event,
        kind=kind,
        place=place_of(app, event),
        state=state,
        words=STATES[state],
        last=last,
        steps=steps_of(last) if last is not None else (),
        fingerprint=known.fingerprint(event),
    )


def _fed(point: "Point", count: float) -> str:
    value, unit = count * point.native_factor, point.unit
    if unit in (_MICRO, "mV"):
        value, unit = value / _PER_MILLI, {"µA": "mA", "mV": "V"}[unit]
    return f"{short_number(round(value, 3))} {unit}".rstrip()
