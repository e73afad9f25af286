"""What is said about rules: API input and output."""

from typing import Any

from pydantic import BaseModel, Field

from webmacs_edge.model.rule_definitions import Combine
from webmacs_edge.model.rule_texts import CONDITION, DEFAULTS, Said, old_action
from webmacs_edge.model.rules import ActionType, RuleOperator
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.rules.actions.details import NEEDS
from webmacs_edge.web.schemas.fields import LEFT_OUT, LENIENT, Instant, Number, PublicId, Text
from webmacs_edge.web.schemas.rule_parts import ActionIn, AlarmIn, ConditionIn, RuleParts, WindowIn

MAX_COOLDOWN_S = 366 * 24 * 3600
_COOLDOWN_S = 60
_REQUIRED = ("event_public_id", "operator", "threshold")


class RuleIn(RuleParts):
    """A new rule.

    With the fields of WebMACS 2.x it has one condition (`event_public_id`, `operator`,
    `threshold`, for a range `threshold_high`) and one action; `conditions` and `actions` take
    their place where they are given.
    """

    name: Text
    event_public_id: PublicId = LEFT_OUT
    operator: RuleOperator = LEFT_OUT
    threshold: Number = LEFT_OUT
    threshold_high: Number | None = None
    action_type: ActionType = LEFT_OUT
    webhook_event_type: WebhookEventType | None = None
    enabled: bool = True
    cooldown_seconds: int = Field(_COOLDOWN_S, ge=0, le=MAX_COOLDOWN_S)

    def missing(self) -> list[str]:
        """Fields that have to be given because nothing took their place."""
        needed = () if self.conditions is not None else _REQUIRED
        if self.actions is None and self.alarm is None:
            needed = (*needed, "action_type")
        return [name for name in needed if name not in self.model_fields_set]

    def as_written(self) -> Said:
        """The rule with all conditions and actions in their lists."""
        given = written(self)
        old = {name: getattr(self, name) for name in (*_REQUIRED, "threshold_high")}
        if "conditions" not in given:
            given["conditions"] = [dict(CONDITION) | old]
        if "actions" not in given:
            given["actions"] = [] if self.action_type is None else [old_action(self.model_dump())]
        usual = {**DEFAULTS, "enabled": True, "cooldown_seconds": _COOLDOWN_S}
        return {**usual, **{name: given[name] for name in given if name in usual | _LISTS}}


class RulePatch(RuleParts):
    """Any part of a rule; what is left out stays as it is."""

    model_config = LENIENT

    name: Text = LEFT_OUT
    event_public_id: PublicId = LEFT_OUT
    operator: RuleOperator = LEFT_OUT
    threshold: Number = LEFT_OUT
    threshold_high: Number | None = None
    action_type: ActionType = LEFT_OUT
    webhook_event_type: WebhookEventType | None = None
    enabled: bool = LEFT_OUT
    cooldown_seconds: int = Field(LEFT_OUT, ge=0, le=MAX_COOLDOWN_S)


_LISTS = {"name": "", "conditions": [], "actions": []}


class RuleOut(BaseModel):
    """A rule as programs see it; the first of its conditions and actions also as 2.x told them."""

    public_id: str
    name: str
    event_public_id: str
    operator: RuleOperator
    threshold: float
    threshold_high: float | None
    action_type: ActionType
    webhook_event_type: str | None
    enabled: bool
    cooldown_seconds: int
    last_triggered_at: Instant | None
    created_on: Instant | None
    user_public_id: str | None
    combine: Combine
    conditions: list[ConditionIn]
    on_delay_s: float
    off_delay_s: float
    repeats: bool
    windows: list[WindowIn]
    only_in_experiment: bool
    actions: list[dict[str, Any]]
    alarm: AlarmIn | None
    holds: bool = Field(description="Whether it holds now.")
    needs_look: str | None = Field(description="Why it cannot work as it stands, and what to do.")


def written(given: RuleParts) -> Said:
    """What was given, in plain words; conditions with every field, actions with theirs."""
    said = given.model_dump(mode="json", exclude_unset=True, by_alias=True)
    if given.conditions is not None:
        said["conditions"] = [it.model_dump(mode="json") for it in given.conditions]
    else:
        said.pop("conditions", None)
    if given.actions is not None:
        said["actions"] = [told(it) for it in given.actions]
    else:
        said.pop("actions", None)
    if given.alarm is not None:
        said["alarm"] = given.alarm.model_dump(mode="json")
    return said


def told(action: ActionIn) -> Said:
    """An action with the details that its kind looks at."""
    said = action.model_dump(mode="json")
    details = {it: said[it] for it in NEEDS[action.kind].names if said[it] not in (None, "")}
    return {"kind": said["kind"], "moment": said["moment"], **details}
