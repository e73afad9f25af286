"""The parts of rules: conditions, windows, actions, alarms; for the API and for pages."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from webmacs_edge.model.rule_definitions import (
    MAX_ACTIONS,
    MAX_CONDITIONS,
    MAX_WINDOWS,
    Combine,
    Moment,
    Priority,
    Watch,
)
from webmacs_edge.model.rules import RuleOperator
from webmacs_edge.model.text import text
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.model.words import LoggingType
from webmacs_edge.web.schemas.fields import LENIENT, MAX_ID, MAX_NAME, Number, email_address

LONGEST_DELAY_S = 24 * 3600.0
MOST_ADDRESSES = 20
_LONG = LENIENT | ConfigDict(str_max_length=1000)

Ref = Annotated[str, StringConstraints(max_length=MAX_ID)]
DelayS = Annotated[float, Field(ge=0, le=LONGEST_DELAY_S, allow_inf_nan=False)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weekday = Annotated[int, Field(ge=0, le=6)]
Words = Annotated[str, StringConstraints(max_length=500)]


def addresses(typed: str) -> str:
    """E-mail addresses with commas in between; ValueError names the one that is none."""
    found = [it.strip() for it in typed.replace(";", ",").split(",") if it.strip()]
    if len(found) > MOST_ADDRESSES:
        raise ValueError(
            text("Please name at most {most_addresses} addresses.", most_addresses=MOST_ADDRESSES)
        )
    return ", ".join(email_address(it) for it in found)


class ConditionIn(BaseModel):
    """One comparison: of a value, its change per minute, its age or its quality; another rule."""

    model_config = LENIENT

    watch: Watch = Watch.value
    event_public_id: Ref = ""
    operator: RuleOperator = RuleOperator.gt
    threshold: Number | None = None
    threshold_high: Number | None = None
    deadband: float = Field(0.0, ge=0, le=1e15, description="How far back it goes before it ends.")
    window_s: float = Field(60.0, ge=1, le=24 * 3600.0, description="Over which a rate is taken.")
    worst: Literal["uncertain", "bad", "stale"] = "bad"
    rule_public_id: Ref = ""


class WindowIn(BaseModel):
    """A part of the week in the site's time; 0 is Monday. It may run over midnight."""

    model_config = LENIENT | ConfigDict(populate_by_name=True, serialize_by_alias=True)

    days: list[Weekday] = Field(min_length=1, max_length=7)
    from_: Clock = Field(alias="from")
    to: Clock


class ActionIn(BaseModel):
    """Something to do when the rule begins to hold, or ends; details that fit its kind."""

    model_config = _LONG

    kind: Literal[
        "log",
        "webhook",
        "email",
        "output",
        "all_safe",
        "start_experiment",
        "stop_experiment",
        "annotate",
    ]
    moment: Moment = Moment.raised
    text: Words = ""
    level: LoggingType | None = None
    event_type: WebhookEventType | None = None
    to: Annotated[str, AfterValidator(addresses)] = ""
    event_public_id: Ref = ""
    value: Number | None = None
    over_s: DelayS | None = None
    pulse_s: Annotated[float, Field(gt=0, le=LONGEST_DELAY_S)] | None = None
    name: Annotated[str, StringConstraints(max_length=MAX_NAME - 5)] = ""


class AlarmIn(BaseModel):
    """How a rule shows as an alarm."""

    model_config = _LONG

    priority: Priority = Priority.medium
    latching: bool = False
    needs_acknowledge: bool = True
    group: Annotated[str, StringConstraints(max_length=100)] = ""
    cause: Words = ""
    consequence: Words = ""
    response: Words = ""
    suppressed_by: Ref = Field("", description="Silent while this other rule holds.")


class RuleParts(BaseModel):
    """What a rule may say beyond WebMACS 2.x; what is left out has its usual value."""

    model_config = LENIENT

    combine: Combine = Combine.all
    conditions: list[ConditionIn] | None = Field(None, max_length=MAX_CONDITIONS)
    on_delay_s: DelayS = 0.0
    off_delay_s: DelayS = 0.0
    repeats: bool = True
    windows: list[WindowIn] = Field(default_factory=list, max_length=MAX_WINDOWS)
    only_in_experiment: bool = False
    actions: list[ActionIn] | None = Field(None, max_length=MAX_ACTIONS)
    alarm: AlarmIn | None = None
