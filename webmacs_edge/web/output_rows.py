"""Outputs in the words of the pages: set point, image and state, and what holds each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.control.places import place_words
from webmacs_edge.model.channels import group_words
from webmacs_edge.model.outputs import Activity, OutputState
from webmacs_edge.model.text import Text, text
from webmacs_edge.model.words import state_word
from webmacs_edge.web.interlock_rows import Guard, guards_of
from webmacs_edge.web.keys import CONTROL, STATION
from webmacs_edge.web.tiles import NO_VALUE
from webmacs_edge.web.wording import duration, number, short_number

if TYPE_CHECKING:
    from webmacs_edge.control.orders import Binding, Order, View
    from webmacs_edge.model.outputs import Claim
    from webmacs_edge.store.tables import Event

_STATES = {
    OutputState.idle: text("Not commanded"),
    OutputState.pending: text("On its way"),
    OutputState.confirmed: text("Confirmed"),
    OutputState.overridden: text("Taken over"),
    OutputState.forced: text("Forced safe"),
}
_CANNOT = text("Cannot be commanded")
_WARNS = (OutputState.overridden, OutputState.forced)
_NO_GROUP = text("Other channels")


@dataclass(frozen=True, slots=True)
class OutputRow:
    """One output as the pages show it."""

    public_id: str
    name: str
    unit: str
    is_digital: bool
    state: OutputState
    words: Text
    warns: bool
    is_on: bool
    on_text: str
    off_text: str
    image: str
    set_point: str  # "" where there is none
    image_at: str  # percent of the range; "" when unknown
    set_at: str
    safe_at: str
    low: str
    high: str
    safe: str
    activity: Activity
    running: str  # what it does by itself, in words
    ends: str  # when it goes safe by itself
    problem: str
    moved_to: str
    confirmed_at: str  # the place that somebody confirmed
    reasons: tuple[str, ...]
    guards: tuple[Guard, ...]
    order: "Order | None"
    claim: "Claim"

    @property
    def is_blocked(self) -> bool:
        """Whether only the way to safe is open now."""
        return any(guard.is_tripped for guard in self.guards)


def output_groups(app: web.Application) -> dict[str, list[OutputRow]]:
    """Every claimed output by module, in the order of pages."""
    groups: dict[str, list[OutputRow]] = {}
    for binding in app[CONTROL].bindings:
        event = app[STATION].event(binding.key)
        name = (group_words(event.group_name) if event is not None else "") or _NO_GROUP
        groups.setdefault(name, []).append(_row(app, binding, event))
    return groups


def output_row(app: web.Application, public_id: str) -> OutputRow | None:
    """One claimed output; None when the channel is not claimed."""
    for binding in app[CONTROL].bindings:
        if binding.public_id == public_id:
            return _row(app, binding, app[STATION].event(binding.key))
    return None


def value_words(event: "Event | None", binding: "Binding", value: float | None) -> str:
    """A value of the output with its decimals and words; the unit stands beside it."""
    if value is None:
        return NO_VALUE
    if event is None:
        return short_number(round(value, 2))
    if binding.is_digital:
        return state_word(event.on_text if value else event.off_text)
    return number(value, event.decimals)


def _row(app: web.Application, binding: "Binding", event: "Event | None") -> OutputRow:
    view, claim = app[CONTROL].view(binding.public_id), binding.claim
    state = view.state if view is not None else OutputState.idle
    image = view.image if view is not None else None
    goal = view.set_point if view is not None else None
    at, guards = _Scale(event, binding), guards_of(app, binding.key)
    return OutputRow(
        public_id=binding.public_id,
        name=binding.name,
        unit="" if binding.is_digital else binding.unit,
        is_digital=binding.is_digital,
        state=state,
        words=_CANNOT if binding.problem else _STATES[state],
        warns=state in _WARNS or bool(binding.problem),
        is_on=bool(image),
        on_text=event.on_text if event is not None else "1",
        off_text=event.off_text if event is not None else "0",
        image=value_words(event, binding, image),
        set_point="" if goal is None else value_words(event, binding, goal),
        image_at=at.percent(image),
        set_at=at.percent(goal),
        safe_at=at.percent(claim.safe_value),
        low=short_number(at.low),
        high=short_number(at.high),
        safe=value_words(event, binding, claim.safe_value),
        activity=view.activity if view is not None else Activity.none,
        running=_running(view),
        ends=_ends(view),
        problem=binding.problem,
        moved_to=place_words(binding.moved_to) if binding.moved_to else "",
        confirmed_at=place_words(claim.place) if claim.place else "",
        reasons=_reasons(view, guards),
        guards=guards,
        order=view.order if view is not None else None,
        claim=claim,
    )


class _Scale:
    """Where a value lies on the bar of an output: the range that its claim allows."""

    def __init__(self, event: "Event | None", binding: "Binding") -> None:
        self.low, self.high = binding.claim.min_value, binding.claim.max_value
        if event is not None:
            self.low = min(self.low, event.min_value)
            self.high = max(self.high, event.max_value)

    def percent(self, value: float | None) -> str:
        if value is None:
            return ""
        share = 100 * (value - self.low) / (self.high - self.low)
        return f"{min(100.0, max(0.0, share)):.1f}%"


def _running(view: "View | None") -> str:
    if view is None or view.order is None:
        return ""
    order = view.order
    match view.activity:
        case Activity.ramp:
            return text("Ramp to {value:g} {unit}", value=order.value, unit=view.binding.unit)
        case Activity.pulse:
            return text("Pulse of {length}", length=duration((order.pulse_s or 0.0) * 1000))
        case Activity.cycle if order.cycle is not None:
            return text(
                "Valve cycle {repeat} of {repeats}",
                repeat=view.repeat,
                repeats=order.cycle.repeats,
            )
        case _:
            return ""


def _ends(view: "View | None") -> str:
    if view is None or view.left_s is None:
        return ""
    return text("goes safe in {left}", left=duration(view.left_s * 1000))


def _reasons(view: "View | None", guards: Sequence[Guard]) -> tuple[str, ...]:
    """Why it stands as it does, beside the interlocks that are shown by themselves."""
    if view is None:
        return ()
    shown = {
        text("Interlock “{name}”: {cause}.", name=guard.name, cause=guard.cause)
        for guard in guards
        if guard.is_tripped
    }
    said = (it for it in (view.reason, *view.blocked_by) if it and it not in shown)
    return tuple(dict.fromkeys(said))
