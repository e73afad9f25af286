"""Whether a rule as written makes sense: every fault names its field, such as `conditions.2`."""

from collections.abc import Mapping, Sequence
from typing import Any

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.rule_definitions import RuleDefinition, Watch
from webmacs_edge.model.rule_texts import Said
from webmacs_edge.model.rules import RuleOperator, check_thresholds
from webmacs_edge.model.text import text
from webmacs_edge.rules.actions.details import NEEDS


def check_rule(said: Said) -> None:
    """InvalidError at the first field that does not fit the others."""
    if not said["conditions"]:
        raise InvalidError(text("A rule needs a condition."), field="conditions")
    for place, condition in enumerate(said["conditions"]):
        _at(f"conditions.{place}", _check_condition, condition)
    for place, action in enumerate(said["actions"]):
        _at(f"actions.{place}", _check_action, action)
    for place, window in enumerate(said["windows"]):
        _at(f"windows.{place}", _check_window, window)
    if not said["actions"] and said["alarm"] is None:
        raise InvalidError(text("Choose at least one action, or make it an alarm."), field="alarm")


def check_circle(said: Said, rule_id: str, rules: Sequence[RuleDefinition]) -> None:
    """InvalidError when this rule would look at itself, through others or at once."""
    others = {it.id: it for it in rules if it.id != rule_id}
    for field, first in _looks_at(said):
        path = _way_back(first, rule_id, others, seen=set()) if rule_id else None
        if path is not None:
            names = [said["name"], *(others[it].name for it in path), said["name"]]
            raise InvalidError(
                text(
                    "These rules would look at one another in a circle: {circle}.",
                    circle=" → ".join(names),
                ),
                field=field,
            )


def _looks_at(said: Said) -> list[tuple[str, str]]:
    found = [
        (f"conditions.{place}.rule_public_id", str(it["rule_public_id"]))
        for place, it in enumerate(said["conditions"])
        if it["watch"] == Watch.rule
    ]
    silent = (said["alarm"] or {}).get("suppressed_by")
    return [*found, ("alarm.suppressed_by", silent)] if silent else found


def _way_back(
    here: str, home: str, others: Mapping[str, RuleDefinition], *, seen: set[str]
) -> list[str] | None:
    """The rules on the way from one to another one; None where there is no way."""
    if here == home:
        return []
    if here in seen or here not in others:
        return None
    seen.add(here)
    for following in sorted(others[here].rule_ids):
        path = _way_back(following, home, others, seen=seen)
        if path is not None:
            return [here, *path]
    return None


def _at(field: str, check: Any, part: Mapping[str, Any]) -> None:
    try:
        check(part)
    except InvalidError as error:
        raise InvalidError(error.args[0], field=f"{field}.{error.field}") from error


def _check_condition(it: Mapping[str, Any]) -> None:
    watch = Watch(it["watch"])
    if watch is Watch.rule:
        if not it["rule_public_id"]:
            raise InvalidError(text("Choose the other rule."), field="rule_public_id")
        return
    if not it["event_public_id"]:
        raise InvalidError(text("Choose the channel."), field="event_public_id")
    if watch is Watch.quality:
        return
    if it["threshold"] is None:
        raise InvalidError(text("Please fill this in."), field="threshold")
    check_thresholds(RuleOperator(it["operator"]), it["threshold"], it["threshold_high"])
    if watch is Watch.age and it["operator"] not in ("gt", "gte"):
        raise InvalidError(
            text("An age is compared with “above”: nobody can wait for a value to get younger."),
            field="operator",
        )


def _check_action(it: Mapping[str, Any]) -> None:
    for name, request in NEEDS[it["kind"]].must:
        if it.get(name) in (None, ""):
            raise InvalidError(request, field=name)


def _check_window(it: Mapping[str, Any]) -> None:
    if it["from"] == it["to"]:
        raise InvalidError(text("It must end at another time than it begins."), field="to")
