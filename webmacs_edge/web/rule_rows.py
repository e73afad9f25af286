"""Rules as their pages show them: a row of the list, and one rule followed while it works."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.rule_definitions import Condition, RuleDefinition, Watch
from webmacs_edge.model.text import Text, text
from webmacs_edge.model.times import now_ms
from webmacs_edge.rules.machine import Machine
from webmacs_edge.rules.traces import Trace
from webmacs_edge.web.keys import RULES, STATION
from webmacs_edge.web.rule_states import machine_of, why_not
from webmacs_edge.web.rule_words import ACTIONS, condition_words

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Rule

PAGE_SIZE = 100  # of the list
_UNKNOWN = text("something of another version")
_UNITS = {Watch.rate: "/min", Watch.age: "s", Watch.rule: "", Watch.quality: ""}

_NOT_NEEDED = text("not needed")
_LACKS = {
    Watch.value: text("no usable value"),
    Watch.rate: text("not long enough yet"),
    Watch.age: text("never read"),
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule in the list."""

    public_id: str
    name: str
    enabled: bool
    words: tuple[Text, ...]  # its conditions
    joint: str  # "all" or "any" of them
    actions: tuple[Text, ...]
    priority: str  # of its alarm; "" where it has none
    state: str  # look, off, held_back, holds, waits, rests
    state_words: Text
    hint: str  # why it needs a look, or is held back
    fired_at_ms: int | None


@dataclass(frozen=True, slots=True)
class ConditionNow:
    """A condition as it is judged now."""

    words: Text
    seen: float | None
    decimals: int | None  # of the channel, where its value is compared
    unit: str
    lack: Text  # why there is nothing to see
    held: bool
    href: str  # of what it looks at


def rule_row(app: web.Application, rule: "Rule") -> RuleRow:
    """One rule, and how it stands now."""
    machine = machine_of(app, rule.public_id)
    look, slowed = why_not(app, rule.public_id), app[RULES].doer.slowed.get(rule.public_id, "")
    definition = machine.definition if machine else None
    state, words = _state(machine, look=look or "", slowed=slowed, enabled=rule.enabled)
    alarm = definition.alarm if definition else None
    return RuleRow(
        rule.public_id,
        rule.name,
        rule.enabled,
        words=tuple(_words(app, definition)),
        joint=definition.combine.value if definition else "all",
        actions=tuple(ACTIONS.get(it.kind, _UNKNOWN) for it in definition.actions)
        if definition
        else (),
        priority=alarm.priority.value if alarm else "",
        state=state,
        state_words=words,
        hint=look or slowed,
        fired_at_ms=rule.last_triggered_at_ms,
    )


def conditions_now(app: web.Application, machine: Machine) -> list[ConditionNow]:
    """Every condition, what it saw last and whether that holds."""
    names = rule_names(app)
    found = []
    for judge in machine.judges:
        it = judge.condition
        event = app[STATION].event(it.key) if it.watch is not Watch.rule else None
        unit = _UNITS.get(it.watch, "")
        if event and it.watch in (Watch.value, Watch.rate):
            unit = event.unit + unit
        found.append(
            ConditionNow(
                condition_words(app, it, names),
                judge.seen,
                event.decimals if event and it.watch is Watch.value else None,
                unit,
                _LACKS.get(it.watch, _NOT_NEEDED),
                judge.held,
                _href(it, event),
            )
        )
    return found


def waits_ms(app: web.Application, machine: Machine) -> int | None:
    """How long until it changes by its delay; None where nothing is under way."""
    due_ms = machine.state.delayed.due_ms(machine.definition.delay)
    return None if due_ms is None else max(0, due_ms - app[RULES].engine.now_ms(at_ms=now_ms()))


def traces_of(app: web.Application, public_id: str) -> list[Trace]:
    """What it did lately, newest first."""
    return app[RULES].traces.of(public_id)


def rule_names(app: web.Application) -> dict[str, str]:
    """Every rule by its public id."""
    return {it.definition.id: it.definition.name for it in app[RULES].engine.machines()}


def drives_itself(rule: RuleDefinition, app: web.Application) -> Sequence[str]:
    """Names of channels that it looks at and sets: a loop, which is held back where it swings."""
    driven = {it.detail("event_public_id") for it in rule.actions if it.kind == "output"}
    events = (app[STATION].event(key) for key in rule.keys)
    return [it.name for it in events if it is not None and it.public_id in driven]


def _state(machine: Machine | None, *, look: str, slowed: str, enabled: bool) -> tuple[str, Text]:
    if machine is None or look:
        return "look", text("Needs a look")
    if not enabled:
        return "off", text("Off")
    if slowed:
        return "held_back", text("Held back")
    if machine.holds:
        return "holds", text("Holds")
    if machine.state.delayed.differs_since_ms is not None:
        return "waits", text("Delay runs")
    return "rests", text("Does not hold")


def _words(app: web.Application, rule: RuleDefinition | None) -> list[Text]:
    names = rule_names(app) if rule and rule.rule_ids else {}
    return [condition_words(app, it, names) for it in rule.conditions] if rule else []


def _href(it: Condition, event: object) -> str:
    if it.watch is Watch.rule:
        return f"/rules/{it.rule_id}"
    public_id = getattr(event, "public_id", "")
    return f"/trends?channels={public_id}" if public_id else ""
