"""Forms of the check of a channel."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from webmacs_edge.model.outputs import LONGEST_S
from webmacs_edge.web.schemas.fields import FORM, LARGEST_TYPED

MAX_NOTE = 500
MAX_MOVED = 200


def _number(default: Any = ...) -> Any:
    return Field(default, ge=-LARGEST_TYPED, le=LARGEST_TYPED, allow_inf_nan=False)


class StartForm(BaseModel):
    """How exact the three values must be; not asked for switches and outputs."""

    model_config = FORM

    tolerance: float | None = _number(None)


class CommandCheckForm(BaseModel):
    """What an output under check is set to, and for how long."""

    model_config = FORM

    value: float = _number()
    pulse_s: float = Field(gt=0, le=min(600.0, LONGEST_S), allow_inf_nan=False)


class MovedForm(BaseModel):
    """What moved when the output was set."""

    model_config = FORM

    moved: str = Field(min_length=1, max_length=MAX_MOVED)
    is_right: Literal["yes", "no"]


class StoreForm(BaseModel):
    """The end of a check: passed as it was seen, or failed because somebody says so."""

    model_config = FORM

    result: Literal["passed", "failed"]
    note: str = Field("", max_length=MAX_NOTE)
