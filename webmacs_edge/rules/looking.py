"""Which other rules a rule looks at, at once or through others."""

from collections.abc import Callable
from dataclasses import dataclass

from webmacs_edge.model.rule_definitions import RuleDefinition

MOST_OTHERS = 20


@dataclass(frozen=True, slots=True)
class Company:
    """`rules`: those that others look at come first. `resting`: ids of those that cannot hold."""

    rules: tuple[RuleDefinition, ...]
    resting: tuple[str, ...]  # off, in need of a look, or beyond what is played along


def company_of(rule: RuleDefinition, find: Callable[[str], RuleDefinition | None]) -> Company:
    """The rules that decide about this one; `find` knows those at work."""
    ordered: dict[str, RuleDefinition] = {}
    resting: dict[str, None] = {}
    met = {rule.id}

    def visit(rule_id: str) -> None:
        if rule_id in met:
            return
        met.add(rule_id)
        found = find(rule_id)
        if found is None or not found.enabled or len(met) > MOST_OTHERS + 1:
            resting[rule_id] = None
            return
        for other in sorted(found.rule_ids - _silencers(found)):
            visit(other)
        ordered[rule_id] = found

    for other in sorted(rule.rule_ids):
        visit(other)
    return Company(tuple(ordered.values()), tuple(resting))


def _silencers(rule: RuleDefinition) -> set[str]:
    """What only silences its alarm, and does not decide whether it holds."""
    looked_at = {it.rule_id for it in rule.conditions}
    silencer = rule.alarm.suppressed_by if rule.alarm else ""
    return {silencer} - looked_at
