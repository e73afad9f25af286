"""All that the page of one rule shows, for the page and for its stream."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.web.alarm_rows import MOVES
from webmacs_edge.web.rule_changes import written_of
from webmacs_edge.web.rule_rows import (
    conditions_now,
    drives_itself,
    rule_row,
    traces_of,
    waits_ms,
)
from webmacs_edge.web.rule_states import machine_of
from webmacs_edge.web.rule_words import ACTIONS, MOMENTS

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Rule


def rule_now(app: web.Application, rule: "Rule") -> dict[str, Any]:
    """What it says, and how it works now."""
    machine = machine_of(app, rule.public_id)
    return {
        "rule": rule,
        "row": rule_row(app, rule),
        "written": written_of(rule),
        "conditions": conditions_now(app, machine) if machine else [],
        "waits_ms": waits_ms(app, machine) if machine else None,
        "steps": traces_of(app, rule.public_id),
        "drives": drives_itself(machine.definition, app) if machine else [],
        "actions": ACTIONS,
        "moments": MOMENTS,
        "moves": MOVES,
    }
