"""What is said about calibrations: API input and output, and the form of the page."""

import json
import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, model_validator

from webmacs_edge.model.curves import MAX_POINTS, make_curve
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.web.schemas.fields import FORM, LENIENT, OUTPUT, Instant, Moment, Number, Text

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Calibration

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_PAIR = 2


class CalibrationPoint(BaseModel):
    """What the channel shows, and what is true then."""

    model_config = LENIENT

    shown: Number
    true: Number


class CalibrationIn(BaseModel):
    """A calibration of a channel; without points the channel shows as scaled again."""

    model_config = LENIENT

    points: list[CalibrationPoint] = Field(max_length=MAX_POINTS)
    person: Text
    reference: Text
    calibrated_on: Moment
    due_on: Moment | None = None
    note: Annotated[str, StringConstraints(max_length=255)] = ""

    @model_validator(mode="after")
    def _fits(self) -> "CalibrationIn":
        make_curve(self.pairs())
        return self

    def pairs(self) -> list[tuple[float, float]]:
        """The points as (shown, true)."""
        return [(point.shown, point.true) for point in self.points]


class CalibrationForm(BaseModel):
    """The same as a page posts it: a point a line, dates as days."""

    model_config = FORM

    points: Annotated[str, StringConstraints(max_length=2000)] = ""
    person: Text
    reference: Text
    calibrated_on: Annotated[str, StringConstraints(max_length=40)]
    due_on: Annotated[str, StringConstraints(max_length=40)] = ""
    note: Annotated[str, StringConstraints(max_length=255)] = ""

    @model_validator(mode="after")
    def _fits(self) -> "CalibrationForm":
        make_curve(self.pairs())
        return self

    def pairs(self) -> list[tuple[float, float]]:
        """The points as (shown, true); InvalidError names the line that is none."""
        return [_pair(line) for line in self.points.splitlines() if line.strip()]


class CalibrationOut(BaseModel):
    """A calibration; the newest of a channel holds."""

    model_config = OUTPUT

    public_id: str
    event_public_id: str
    points: list[CalibrationPoint]
    person: str
    reference: str
    note: str
    calibrated_on: Instant
    due_on: Instant | None
    created_on: Instant


def calibration_out(row: "Calibration") -> CalibrationOut:
    """A calibration as programs see it."""
    points: list[Any] = json.loads(row.points_json)
    return CalibrationOut(
        public_id=row.public_id,
        event_public_id=row.event_public_id,
        points=[CalibrationPoint(shown=shown, true=true) for shown, true in points],
        person=row.person,
        reference=row.reference,
        note=row.note,
        calibrated_on=row.calibrated_on_ms,
        due_on=row.due_on_ms,
        created_on=row.created_on_ms,
    )


def _pair(line: str) -> tuple[float, float]:
    numbers = _NUMBER.findall(line.replace("−", "-"))
    rest = _NUMBER.sub("", line.replace("−", "-")).strip(" \t;|→=>:")
    if len(numbers) != _PAIR or rest:
        words = text(
            "“{line}” is no point. Write what is shown and what is true, as 20.4 20.0.",
            line=line.strip()[:60],
        )
        raise InvalidError(words, field="points")
    shown, true = (float(number.replace(",", ".")) for number in numbers)
    return shown, true
