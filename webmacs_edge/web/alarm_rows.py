"""Alarms in the words of the pages: rows of the list, and the head that every page shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp_jinja2
from aiohttp import web

from webmacs_edge.model.alarms import AlarmState, Aside
from webmacs_edge.model.rule_definitions import Priority, Watch
from webmacs_edge.model.text import text
from webmacs_edge.rules.actions.words import limit
from webmacs_edge.rules.alarms import AlarmView, Shown, alarm_views, count_told
from webmacs_edge.web.keys import RULES, STATION
from webmacs_edge.web.tiles import NO_VALUE
from webmacs_edge.web.wording import number

MOST_SHOWN = 200
STATES = {
    AlarmState.normal: text("Normal"),
    AlarmState.unacknowledged: text("Not acknowledged"),
    AlarmState.acknowledged: text("Acknowledged"),
    AlarmState.returned: text("Returned, not acknowledged"),
    AlarmState.latched: text("Latched, waits for a reset"),
}
ASIDES = {
    Aside.shelved: text("Shelved"),
    Aside.suppressed: text("Suppressed by design"),
    Aside.out_of_service: text("Out of service"),
}
MOVES = {
    "raised": text("Raised"),
    "returned": text("Returned to normal"),
    "acknowledged": text("Acknowledged"),
    "reset": text("Reset"),
    "shelved": text("Shelved"),
    "unshelved": text("Taken from the shelf"),
    "shelf_expired": text("Shelf expired"),
    "suppressed": text("Suppressed by design"),
    "unsuppressed": text("No longer suppressed"),
    "taken_out": text("Taken out of service"),
    "put_back": text("Put back into service"),
}
PRIORITIES = {
    Priority.critical: text("critical"),
    Priority.high: text("high"),
    Priority.medium: text("medium"),
    Priority.low: text("low"),
}
_ICONS = {
    AlarmState.unacknowledged: "alarm",
    AlarmState.acknowledged: "check",
    AlarmState.returned: "clock",
    AlarmState.latched: "pause",
    AlarmState.normal: "check",
}


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm as the pages show it."""

    view: AlarmView
    channel: str
    value: str  # with its unit
    limit: str  # such as "above 410 °C"
    words: str
    icon: str


@dataclass(frozen=True, slots=True)
class AlarmHead:
    """What every page shows of alarms: counts by priority, and the most urgent one."""

    counts: dict[Priority, int]
    label: str
    top: AlarmRow | None
    waiting: int  # for somebody to acknowledge


def alarm_rows(app: web.Application, shown: Shown) -> list[AlarmRow]:
    """The alarms asked for, the most urgent first."""
    return [alarm_row(app, it) for it in alarm_views(app[RULES].engine, shown)]


def alarm_row(app: web.Application, view: AlarmView) -> AlarmRow:
    """An alarm in words."""
    event = None if view.key is None else app[STATION].event(view.key)
    is_value = view.condition.watch is Watch.value
    unit = f" {event.unit}" if event and event.unit and is_value else ""
    decimals = event.decimals if event and is_value else 1
    value = NO_VALUE if view.value is None else number(view.value, decimals) + unit
    aside = view.alarm.aside
    return AlarmRow(
        view=view,
        channel=event.name if event else "",
        value=value,
        limit=limit(view.condition) + unit if is_value else "",
        words=STATES[view.alarm.state] if aside is Aside.none else ASIDES[aside],
        icon=_ICONS[view.alarm.state] if aside is Aside.none else "shelf",
    )


def alarm_head(app: web.Application) -> AlarmHead:
    """As it is now."""
    if RULES not in app:  # the appliance is still starting
        return AlarmHead(dict.fromkeys(Priority, 0), _label({}), None, 0)
    views = alarm_views(app[RULES].engine, Shown.active)
    counts = count_told(views)
    waiting = sum(it.alarm.needs_acknowledge for it in views)
    top = alarm_row(app, views[0]) if views else None
    return AlarmHead(counts, _label(counts), top, waiting)


def head_message(app: web.Application, *, at_ms: int) -> str:
    """The head as parts of a message to pages: the same for all who watch."""
    template = aiohttp_jinja2.get_env(app).get_template("alarms/_head.html")
    return template.render(alarms=alarm_head(app), now_ms=at_ms)


def count_waiting(rows: Sequence[AlarmRow]) -> int:
    """How many of them wait for somebody."""
    return sum(it.view.alarm.needs_acknowledge for it in rows)


def _label(counts: dict[Priority, int]) -> str:
    if not any(counts.values()):
        return text("Active alarms: none")
    told = ", ".join(f"{count} {PRIORITIES[it]}" for it, count in counts.items())
    return text("Active alarms: {told}", told=told)
