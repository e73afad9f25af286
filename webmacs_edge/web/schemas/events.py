"""What is said about events (channels): API input and output, and the form of the page."""

from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from webmacs_edge.model.channels import check_limits, check_range
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.scaling import MAX_DECIMALS, Scaling, line_through
from webmacs_edge.model.text import text
from webmacs_edge.model.words import EventType
from webmacs_edge.store.site_settings import check_days
from webmacs_edge.web.schemas.channel_groups import GroupName
from webmacs_edge.web.schemas.fields import (
    FORM,
    LARGEST_TYPED,
    LEFT_OUT,
    LENIENT,
    OUTPUT,
    Number,
    Text,
)

MAX_DIVIDER = 10_000
MAX_WORD = 40
_TWO_POINTS = ("native_low", "native_high", "scaled_low", "scaled_high")


class EventIn(BaseModel):
    """A new channel that is fed from outside."""

    model_config = LENIENT

    name: Text
    min_value: Number
    max_value: Number
    unit: Text
    type: EventType


class EventPatch(BaseModel):
    """Any part of a channel; what is left out stays as it is, and nothing may become null."""

    model_config = LENIENT

    name: Text = LEFT_OUT
    min_value: Number = LEFT_OUT
    max_value: Number = LEFT_OUT
    unit: Text = LEFT_OUT
    type: EventType = LEFT_OUT


class EventOut(BaseModel):
    """A channel as programs see it."""

    model_config = OUTPUT

    public_id: str
    name: str
    min_value: float
    max_value: float
    unit: str
    type: EventType
    user_public_id: str | None


def _number(default: Any = ..., *, ge: float = -LARGEST_TYPED) -> Any:
    return Field(default, allow_inf_nan=False, ge=ge, le=LARGEST_TYPED)


class EventForm(BaseModel):
    """The settings of a channel on its page. InvalidError names the field that does not fit."""

    model_config = FORM

    name: Text
    unit: str = ""
    type: EventType
    scaling: Literal["factor", "two_point"] = "factor"
    factor: float = _number(1.0)
    offset: float = _number(0.0)
    native_low: float | None = _number(None)
    native_high: float | None = _number(None)
    scaled_low: float | None = _number(None)
    scaled_high: float | None = _number(None)
    min_value: float = _number()
    max_value: float = _number()
    low_limit: float | None = _number(None)
    high_limit: float | None = _number(None)
    decimals: int = Field(2, ge=0, le=MAX_DECIMALS)
    recorded: bool = False  # an unticked box is not posted
    group_name: GroupName | None = None  # None: by module, or not on this form
    divider: int = Field(1, ge=1, le=MAX_DIVIDER)
    deadband: float = _number(0.0, ge=0)
    frozen_s: float | None = _number(None, ge=0)  # None: by its kind
    retention_days: int | None = None  # None: as the site
    rollup_days: int | None = None
    on_text: str = Field("On", min_length=1, max_length=MAX_WORD)
    off_text: str = Field("Off", min_length=1, max_length=MAX_WORD)
    seen: str = ""  # fingerprint of what the page showed; "" changes the channel regardless

    @model_validator(mode="after")
    def _fits_together(self) -> "EventForm":
        check_range(self.min_value, self.max_value)
        check_limits(
            self.low_limit,
            self.high_limit,
            min_value=self.min_value,
            max_value=self.max_value,
            unit=self.unit,
        )
        check_days(self.retention_days, self.rollup_days)
        self.line()
        return self

    def line(self) -> Scaling:
        """The scaling that was asked for, by factor and offset or by two points."""
        if self.scaling == "two_point":
            return line_through(
                (self._point("native_low"), self._point("native_high")),
                (self._point("scaled_low"), self._point("scaled_high")),
            )
        if self.factor == 0:
            raise InvalidError(
                text("The factor must not be 0; otherwise every reading becomes the same number."),
                field="factor",
            )
        return Scaling(self.factor, self.offset)

    def columns(self) -> dict[str, Any]:
        """The columns of the `events` row, for `update_event(…, values=…)` and `create_event`."""
        values = self.model_dump(exclude={"scaling", "seen", *_TWO_POINTS})
        line = self.line()
        if self.group_name is None:
            del values["group_name"]
        return values | {"factor": line.factor, "offset": line.offset}

    def _point(self, field: str) -> float:
        number: float | None = getattr(self, field)
        if number is None:
            raise InvalidError(text("Two-point scaling needs all four numbers."), field=field)
        return number
