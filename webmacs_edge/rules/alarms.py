"""Alarms as people see them: every alarm of the engine, the most urgent first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from webmacs_edge.model.alarms import Alarm, AlarmState, Aside
from webmacs_edge.model.rule_definitions import (
    AlarmSettings,
    AlarmTexts,
    Condition,
    Priority,
    RuleDefinition,
    Watch,
)
from webmacs_edge.rules.engine import Engine
from webmacs_edge.rules.machine import Machine


class Shown(StrEnum):
    """Which alarms are asked for."""

    active = "active"  # what operators are told now
    aside = "aside"  # shelved, suppressed or out of service
    normal = "normal"
    all = "all"


@dataclass(frozen=True, slots=True)
class AlarmView:
    """One alarm as it stands. Times are UTC milliseconds."""

    rule_id: str
    name: str
    priority: Priority
    alarm: Alarm
    texts: AlarmTexts
    group: str
    latching: bool
    key: int | None  # of the channel that the first condition looks at
    value: float | None  # what it compared last
    condition: Condition
    first_out: bool = False  # the first of its group to be raised

    @property
    def since_ms(self) -> int | None:
        """Since when it is told."""
        return self.alarm.raised_at_ms if self.alarm.is_annunciated else None

    @property
    def is_told(self) -> bool:
        """Whether operators see it among what is active."""
        return self.alarm.is_annunciated

    @property
    def may_be_reset(self) -> bool:
        """Whether it is latched and its condition has gone."""
        return self.alarm.state is AlarmState.latched and not self.alarm.active


def alarm_views(engine: Engine, shown: Shown = Shown.all) -> list[AlarmView]:
    """Alarms of rules that are on; unacknowledged first, then by priority, the newest first."""
    machines = (it for it in engine.machines() if it.definition.enabled)
    views = [
        _view(it.definition, it.definition.alarm, it)
        for it in machines
        if it.definition.alarm is not None
    ]
    first = _first_out(views)
    marked = (replace(it, first_out=first.get(it.group) == it.rule_id) for it in views)
    return sorted((it for it in marked if _is_shown(it, shown)), key=_urgency)


def count_told(views: Iterable[AlarmView]) -> dict[Priority, int]:
    """How many are told, by priority."""
    counts = dict.fromkeys(Priority, 0)
    for view in views:
        counts[view.priority] += view.is_told
    return counts


def is_first_out(engine: Engine, rule: RuleDefinition) -> bool:
    """Whether this rule's alarm came first in its group; False without a group."""
    if rule.alarm is None or not rule.alarm.group:
        return False
    views = alarm_views(engine, Shown.active)
    return any(it.rule_id == rule.id and it.first_out for it in views)


def _view(rule: RuleDefinition, settings: AlarmSettings, machine: Machine) -> AlarmView:
    judge = machine.judges[0]
    is_rule = judge.condition.watch is Watch.rule
    return AlarmView(
        rule_id=rule.id,
        name=rule.name,
        priority=settings.priority,
        alarm=machine.state.alarm,
        texts=settings.texts,
        group=settings.group,
        latching=settings.kind.latching,
        key=None if is_rule else judge.condition.key,
        value=judge.seen,
        condition=judge.condition,
    )


def _first_out(views: Sequence[AlarmView]) -> dict[str, str]:
    """By group: the alarm that was raised first of those told."""
    found: dict[str, AlarmView] = {}
    for view in views:
        if not view.group or not view.is_told:
            continue
        known = found.get(view.group)
        if known is None or (view.since_ms or 0) < (known.since_ms or 0):
            found[view.group] = view
    return {group: view.rule_id for group, view in found.items()}


def _is_shown(view: AlarmView, shown: Shown) -> bool:
    if shown is Shown.active:
        return view.is_told
    is_aside = view.alarm.aside is not Aside.none
    if shown is Shown.aside:
        return is_aside
    return shown is Shown.all or not (view.is_told or is_aside)


_ORDER = {
    AlarmState.unacknowledged: 0,
    AlarmState.returned: 1,
    AlarmState.acknowledged: 2,
    AlarmState.latched: 3,
    AlarmState.normal: 4,
}


def _urgency(view: AlarmView) -> tuple[int, int, int, str]:
    return _ORDER[view.alarm.state], view.priority.rank, -(view.since_ms or 0), view.name
