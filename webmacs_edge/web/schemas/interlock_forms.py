"""The form of an interlock: its conditions are rows of fields of the same names."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, ValidationError

from webmacs_edge.model.conditions import InterlockAction, Unknown
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.rules import RuleOperator
from webmacs_edge.model.text import text
from webmacs_edge.web.forms import sentence_of
from webmacs_edge.web.schemas.fields import FORM, PublicId, Text
from webmacs_edge.web.schemas.interlocks import LONGEST_S, MOST_CONDITIONS, ConditionIn

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Interlock

COLUMNS = (
    "event_public_id",
    "operator",
    "threshold",
    "threshold_high",
    "hysteresis",
    "max_age_s",
    "unknown",
    "allows_forced",
)
_NUMBERS = ("threshold", "threshold_high", "hysteresis", "max_age_s")
EMPTY_ROW: Mapping[str, str] = {
    **dict.fromkeys(COLUMNS, ""),
    "operator": RuleOperator.lt.value,
    "hysteresis": "0",
    "max_age_s": "5",
    "unknown": Unknown.trips.value,
    "allows_forced": "false",
}


class InterlockForm(BaseModel):
    """An interlock as its page sends it; a row of a condition without a channel is left out."""

    model_config = FORM

    name: Text
    action: InterlockAction = InterlockAction.force_safe
    outputs: list[PublicId] = Field(default_factory=list)
    event_public_id: list[str] = Field(default_factory=list)
    operator: list[str] = Field(default_factory=list)
    threshold: list[str] = Field(default_factory=list)
    threshold_high: list[str] = Field(default_factory=list)
    hysteresis: list[str] = Field(default_factory=list)
    max_age_s: list[str] = Field(default_factory=list)
    unknown: list[str] = Field(default_factory=list)
    allows_forced: list[str] = Field(default_factory=list)
    needs_all: bool = False
    is_latching: bool = False
    delay_s: float = Field(0.0, ge=0, le=LONGEST_S, allow_inf_nan=False)
    enabled: bool = False  # an unticked box is not posted
    more: bool = False  # asks for one more row

    def values(self) -> dict[str, Any]:
        """What is stored; InvalidError when there is nothing to look at or to hold."""
        if not self.outputs:
            raise InvalidError(text("Choose at least one output."), field="outputs")
        rows = self.model_dump(include=set(COLUMNS), mode="json")
        return {
            "name": self.name,
            "action": self.action.value,
            "outputs": list(self.outputs),
            "conditions": [it.model_dump(mode="json") for it in conditions_of(rows)],
            "needs_all": self.needs_all,
            "is_latching": self.is_latching,
            "delay_s": self.delay_s,
            "enabled": self.enabled,
        }


def rows_typed(typed: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of conditions as they were typed; the form sends each column whole."""
    columns = {name: typed.get(name, "").split("\n") for name in COLUMNS}
    count = min(MOST_CONDITIONS, max(len(column) for column in columns.values()))
    return [
        {name: column[n] if n < len(column) else "" for name, column in columns.items()}
        for n in range(count)
    ]


def rows_of(row: "Interlock") -> list[dict[str, str]]:
    """The rows of a stored interlock."""
    stored = [ConditionIn.model_validate(it) for it in json.loads(row.conditions_json)]
    return [_typed(it) for it in stored]


def conditions_of(columns: Mapping[str, list[str]]) -> list[ConditionIn]:
    """The conditions of a form; InvalidError names the column and the row: `threshold-2`."""
    count = max((len(column) for column in columns.values()), default=0)
    rows = [
        {name: column[n] for name, column in columns.items() if n < len(column) and column[n]}
        for n in range(min(count, MOST_CONDITIONS))
    ]
    found = [_condition(row, n) for n, row in enumerate(rows) if row.get("event_public_id")]
    if not found:
        raise InvalidError(text("Choose a channel to look at."), field="event_public_id-0")
    return found


def _condition(row: Mapping[str, str], position: int) -> ConditionIn:
    given = dict(row)
    for name in _NUMBERS:
        if name in given:
            given[name] = given[name].strip().replace("−", "-").replace(",", ".")
    try:
        return ConditionIn.model_validate(given)
    except ValidationError as error:
        fault = error.errors()[0]
        field = fault["loc"][0] if fault["loc"] else "threshold"
        raise InvalidError(sentence_of(fault), field=f"{field}-{position}") from error
    except InvalidError as error:
        raise InvalidError(str(error), field=f"{error.field or 'threshold'}-{position}") from error


def _typed(condition: ConditionIn) -> dict[str, str]:
    def words(value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return f"{value:.12g}" if isinstance(value, float) else str(value)

    return {name: words(value) for name, value in condition.model_dump(mode="json").items()}
