"""From what is stored of a rule to its definition; says what is missing instead of failing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from webmacs_edge.model.alarms import AlarmKind
from webmacs_edge.model.delays import Delay
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.rule_definitions import (
    Action,
    AlarmSettings,
    AlarmTexts,
    Combine,
    Condition,
    Moment,
    Priority,
    RuleDefinition,
    Watch,
    Window,
)
from webmacs_edge.model.rule_texts import old_action
from webmacs_edge.model.rules import RuleOperator
from webmacs_edge.model.text import text

MS_PER_S = 1000
_ACTION_WORDS = ("kind", "moment")

# Public id of a channel -> its key; None: removed; MissingError says why it cannot be used now.
KeyOf = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class StoredRule:
    """The columns of a rule that matter here; `more` is its JSON beyond what 2.x knew."""

    public_id: str
    name: str
    event_public_id: str
    operator: str
    threshold: float
    threshold_high: float | None
    action_type: str
    webhook_event_type: str | None
    enabled: bool
    cooldown_seconds: int
    more: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NeedsLook:
    """A rule that cannot work as it stands, and why, in a sentence."""

    public_id: str
    name: str
    why: str


def define(
    rule: StoredRule, key_of: KeyOf, *, other_rules: Sequence[str] = ()
) -> RuleDefinition | NeedsLook:
    """The rule ready for the engine, or what somebody has to mend first."""
    more = rule.more
    try:
        conditions = (
            _first(rule, key_of),
            *(_condition(it, key_of) for it in _list(more, "conditions")),
        )
        _check_others(conditions, other_rules)
        return RuleDefinition(
            id=rule.public_id,
            name=rule.name,
            conditions=conditions,
            combine=Combine(more.get("combine", Combine.all)),
            delay=Delay(_ms(more.get("on_delay_s")), _ms(more.get("off_delay_s"))),
            cooldown_ms=rule.cooldown_seconds * MS_PER_S,
            repeats=bool(more.get("repeats", True)),
            windows=tuple(_window(it) for it in _list(more, "windows")),
            only_in_experiment=bool(more.get("only_in_experiment", False)),
            actions=_actions(rule),
            alarm=_alarm(more.get("alarm")),
            enabled=rule.enabled,
        )
    except MissingError as error:
        return NeedsLook(rule.public_id, rule.name, str(error))
    except (ValueError, TypeError, KeyError, AttributeError):
        why = text(
            "It was stored by another version and cannot be read. Open it and save it again."
        )
        return NeedsLook(rule.public_id, rule.name, why)


class MissingError(Exception):
    """Something that the rule looks at is gone, or needs somebody's eyes first."""


def _first(rule: StoredRule, key_of: KeyOf) -> Condition:
    """The condition that 2.x knew; its extras stand in `more` as `first`."""
    extras = dict(rule.more.get("first") or {})
    said = {
        "event_public_id": rule.event_public_id,
        "operator": rule.operator,
        "threshold": rule.threshold,
        "threshold_high": rule.threshold_high,
        **extras,
    }
    return _condition(said, key_of)


def _condition(said: Mapping[str, Any], key_of: KeyOf) -> Condition:
    watch = Watch(said.get("watch", Watch.value))
    high = said.get("threshold_high")
    return Condition(
        watch=watch,
        key=0 if watch is Watch.rule else _key(str(said.get("event_public_id", "")), key_of),
        operator=RuleOperator(said.get("operator", RuleOperator.gt)),
        threshold=float(said.get("threshold") or 0.0),
        threshold_high=None if high is None else float(high),
        deadband=float(said.get("deadband") or 0.0),
        window_s=float(said.get("window_s") or 60.0),
        worst=Quality[str(said.get("worst") or "bad").upper()],
        rule_id=str(said.get("rule_public_id") or ""),
    )


def _key(public_id: str, key_of: KeyOf) -> int:
    key = key_of(public_id)
    if key is None:
        raise MissingError(
            text(
                "A channel that it looks at was removed. Choose another channel, or remove the "
                "rule."
            )
        )
    return key


def _check_others(conditions: Sequence[Condition], other_rules: Sequence[str]) -> None:
    for condition in conditions:
        if condition.watch is Watch.rule and condition.rule_id not in other_rules:
            raise MissingError(
                text(
                    "A rule that it looks at was removed. Choose another one, or remove the "
                    "condition."
                )
            )


def _actions(rule: StoredRule) -> tuple[Action, ...]:
    """All of them; a rule that names none does what WebMACS 2.x knew."""
    if "actions" in rule.more:
        return tuple(_action(it) for it in _list(rule.more, "actions"))
    return (_action(old_action(asdict(rule))),)


def _action(said: Mapping[str, Any]) -> Action:
    details = tuple((name, value) for name, value in said.items() if name not in _ACTION_WORDS)
    return Action(str(said["kind"]), Moment(said.get("moment", Moment.raised)), details)


def _window(said: Mapping[str, Any]) -> Window:
    return Window(frozenset(said["days"]), _minute(said["from"]), _minute(said["to"]))


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _alarm(said: Mapping[str, Any] | None) -> AlarmSettings | None:
    if said is None:
        return None
    return AlarmSettings(
        priority=Priority(said.get("priority", Priority.medium)),
        kind=AlarmKind(
            latching=bool(said.get("latching", False)),
            needs_acknowledge=bool(said.get("needs_acknowledge", True)),
        ),
        group=str(said.get("group") or ""),
        texts=AlarmTexts(
            *(str(said.get(word) or "") for word in ("cause", "consequence", "response"))
        ),
        suppressed_by=str(said.get("suppressed_by") or ""),
    )


def _list(said: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    return list(said.get(name) or [])


def _ms(seconds: float | None) -> int:
    return round((seconds or 0.0) * MS_PER_S)
