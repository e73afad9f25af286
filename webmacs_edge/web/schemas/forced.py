"""What is said about forced values: API input and output, and the form of the page."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from webmacs_edge.model.forced import LONGEST_MS, USUAL_MS
from webmacs_edge.model.times import MINUTE_MS
from webmacs_edge.web.schemas.fields import (
    FORM,
    LARGEST_TYPED,
    LENIENT,
    OUTPUT,
    Instant,
    Number,
    printable,
)

_LONGEST_MIN = LONGEST_MS // MINUTE_MS
_USUAL_MIN = USUAL_MS // MINUTE_MS

Reason = Annotated[str, StringConstraints(min_length=3, max_length=255), AfterValidator(printable)]


class ForcedIn(BaseModel):
    """A value that stands in the place of the measured one, for a while."""

    model_config = LENIENT

    value: Number
    reason: Reason
    minutes: int = Field(_USUAL_MIN, ge=1, le=_LONGEST_MIN)


class ForcedForm(BaseModel):
    """The same as a page posts it."""

    model_config = FORM

    value: float = Field(allow_inf_nan=False, ge=-LARGEST_TYPED, le=LARGEST_TYPED)
    reason: Reason
    minutes: int = Field(_USUAL_MIN, ge=1, le=_LONGEST_MIN)


class ForcedOut(BaseModel):
    """A value that is, or was, forced."""

    model_config = OUTPUT

    public_id: str
    event_public_id: str
    value: float
    reason: str
    forced_by: str
    started_on: Instant = Field(validation_alias="started_on_ms")
    until: Instant = Field(validation_alias="until_ms")
    ended_on: Instant | None = Field(validation_alias="ended_on_ms")
    ended_by: str  # "" when its time was up
