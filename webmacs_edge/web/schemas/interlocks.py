"""What is said about interlocks: API input and output."""

import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, model_validator

from webmacs_edge.model.conditions import InterlockAction, Unknown
from webmacs_edge.model.rules import RuleOperator, check_thresholds
from webmacs_edge.web.schemas.fields import LENIENT, Instant, Number, PublicId, Text

if TYPE_CHECKING:
    from webmacs_edge.control.interlocks import InterlockView
    from webmacs_edge.store.tables import Interlock

MOST_CONDITIONS = 10
_MOST_OUTPUTS = 100
LONGEST_S = 3600.0


class ConditionIn(BaseModel):
    """A condition over one channel; it trips when the comparison holds."""

    model_config = LENIENT

    event_public_id: PublicId
    operator: RuleOperator
    threshold: Number
    threshold_high: Number | None = None
    hysteresis: float = Field(0.0, ge=0, le=1e15)
    max_age_s: float = Field(5.0, ge=0.1, le=LONGEST_S)
    unknown: Unknown = Unknown.trips
    allows_forced: bool = False

    @model_validator(mode="after")
    def _fits(self) -> "ConditionIn":
        check_thresholds(self.operator, self.threshold, self.threshold_high)
        return self


class InterlockIn(BaseModel):
    """What forbids outputs, or forces them to their safe values."""

    model_config = LENIENT

    name: Text
    action: InterlockAction
    outputs: list[PublicId] = Field(min_length=1, max_length=_MOST_OUTPUTS)
    conditions: list[ConditionIn] = Field(min_length=1, max_length=MOST_CONDITIONS)
    needs_all: bool = False
    is_latching: bool = False
    delay_s: float = Field(0.0, ge=0, le=LONGEST_S)
    enabled: bool = True


class InterlockOut(BaseModel):
    """An interlock, and whether it has tripped."""

    public_id: str
    name: str
    action: InterlockAction
    outputs: list[str]
    conditions: list[ConditionIn]
    needs_all: bool
    is_latching: bool
    delay_s: float
    enabled: bool
    is_tripped: bool
    cause: str  # what it saw when it tripped
    is_standing: bool  # whether its conditions hold now
    created_on: Instant


def interlock_out(row: "Interlock", view: "InterlockView | None") -> InterlockOut:
    """An interlock as programs see it."""
    stored: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            "public_id",
            "name",
            "action",
            "needs_all",
            "is_latching",
            "delay_s",
            "enabled",
        )
    }
    cause = (view.cause if view is not None else row.latched) if row.enabled else ""
    return InterlockOut(
        **stored,
        outputs=json.loads(row.outputs_json),
        conditions=json.loads(row.conditions_json),
        is_tripped=bool(cause),
        cause=cause,
        is_standing=view.is_standing if view is not None else False,
        created_on=row.created_on_ms,
    )
