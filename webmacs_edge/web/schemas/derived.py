"""What is said about derived channels: API input and output, and the form of the page."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from webmacs_edge.model.channels import check_limits, check_range
from webmacs_edge.model.formulas import MAX_CHARACTERS
from webmacs_edge.model.scaling import MAX_DECIMALS
from webmacs_edge.web.schemas.fields import FORM, LARGEST_TYPED, LENIENT, OUTPUT, Text

MAX_UNIT = 40


def _one_line(text: str) -> str:
    """A formula may be typed over several lines; it is kept on one."""
    return " ".join(text.split())


FormulaText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_CHARACTERS),
    AfterValidator(_one_line),
]


def _number(default: Any = ..., *, ge: float = -LARGEST_TYPED) -> Any:
    return Field(default, allow_inf_nan=False, ge=ge, le=LARGEST_TYPED)


class DerivedIn(BaseModel):
    """A channel that is worked out of others: `[Flow A] + [Flow B]`."""

    model_config = LENIENT

    name: Text
    formula: FormulaText
    unit: str = Field("", max_length=MAX_UNIT)
    min_value: float = _number(0.0)
    max_value: float = _number(100.0)
    low_limit: float | None = _number(None)
    high_limit: float | None = _number(None)
    decimals: int = Field(2, ge=0, le=MAX_DECIMALS)
    deadband: float = _number(0.0, ge=0)
    recorded: bool = True

    @model_validator(mode="after")
    def _fits_together(self) -> "DerivedIn":
        low, high = self.min_value, self.max_value
        check_range(low, high)
        check_limits(self.low_limit, self.high_limit, min_value=low, max_value=high, unit=self.unit)
        return self


class DerivedForm(DerivedIn):
    """The same as a page posts it; an unticked box is not posted."""

    model_config = FORM

    recorded: bool = False


class FormulaIn(BaseModel):
    """A formula to be tried."""

    model_config = LENIENT

    formula: FormulaText
    public_id: Annotated[str, StringConstraints(max_length=100)] = ""  # of the channel it is for


class PartOut(BaseModel):
    """A channel that a formula reads, as it is now."""

    public_id: str
    name: str
    value: float | None
    unit: str
    quality: str


class TriedOut(BaseModel):
    """What a formula gives now; functions of time start anew."""

    value: float | None
    quality: str
    reason: str
    parts: list[PartOut]


class DerivedOut(BaseModel):
    """A derived channel as programs see it; its value is among all others."""

    model_config = OUTPUT

    public_id: str
    name: str
    formula: str  # with the present names of its channels
    unit: str
    min_value: float
    max_value: float
    low_limit: float | None
    high_limit: float | None
    decimals: int
    deadband: float
    recorded: bool
