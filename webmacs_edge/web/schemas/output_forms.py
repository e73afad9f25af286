"""Forms of the pages of outputs: commands, reasons, claims."""

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, field_validator, model_validator

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.outputs import MOST_HOLDS, Claim, DuringUpdate
from webmacs_edge.model.text import text
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.schemas.fields import FORM, LARGEST_TYPED

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

MAX_WHY = 200
_MAX_OWNER = 100
_DASHBOARD = re.compile(r"/dashboards/[A-Za-z0-9-]{1,64}")


def _number(default: Any = ...) -> Any:
    return Field(default, ge=-LARGEST_TYPED, le=LARGEST_TYPED, allow_inf_nan=False)


class Way(StrEnum):
    """How an output gets to where it shall be."""

    at_once = "at_once"
    ramp = "ramp"
    pulse = "pulse"
    cycle = "cycle"


_NEEDED = {  # besides the way itself
    Way.at_once: ("value",),
    Way.ramp: ("value", "over_s"),
    Way.pulse: ("value", "pulse_s"),
    Way.cycle: ("open_s", "close_s", "repeats"),
}


class CommandForm(BaseModel):
    """A command as a page sends it; InvalidError names the field that is missing."""

    model_config = FORM

    way: Way = Way.at_once
    value: float | None = _number(None)
    over_s: float | None = _number(None)
    pulse_s: float | None = _number(None)
    open_s: float | None = _number(None)
    close_s: float | None = _number(None)
    repeats: int | None = None
    why: str = Field("", max_length=MAX_WHY)
    confirmed: bool = False
    back: str = ""

    @field_validator("back")
    @classmethod
    def _is_a_dashboard(cls, back: str) -> str:
        return dashboard_path(back)

    @model_validator(mode="after")
    def _is_whole(self) -> "CommandForm":
        for field in _NEEDED[self.way]:
            if getattr(self, field) is None:
                raise InvalidError(text("Please fill this in."), field=field)
        return self


def dashboard_path(path: str) -> str:
    """The path of the dashboard that a command came from; "" for any other place."""
    return path if _DASHBOARD.fullmatch(path) else ""


class WhyForm(BaseModel):
    """A reason, as a page sends it."""

    model_config = FORM

    why: str = Field("", max_length=MAX_WHY)


class ClaimForm(BaseModel):
    """What an output may be asked for, as its page sends it."""

    model_config = FORM

    safe_value: float = _number()
    min_value: float = _number()
    max_value: float = _number()
    rate_per_s: float | None = _number(None)
    min_on_s: float = _number(0.0)
    min_off_s: float = _number(0.0)
    max_on_s: float | None = _number(None)
    role: UserRole = UserRole.operator
    needs_confirmation: bool = False
    during_update: DuringUpdate = DuringUpdate.safe
    holds: int = Field(0, ge=0, le=MOST_HOLDS)
    owner: str = Field("", max_length=_MAX_OWNER)

    def claim(self, *, place: str = "") -> Claim:
        """The same as the rules know it."""
        return Claim(**self.model_dump(), place=place)

    @classmethod
    def of(cls, claim: Claim) -> "ClaimForm":
        """What the page shows of a claim."""
        return cls(**{name: getattr(claim, name) for name in cls.model_fields})

    @classmethod
    def proposed(cls, event: "Event") -> "ClaimForm":
        """What is offered for a channel that nobody has set up: off is safe, its whole range."""
        low, high = (0.0, 1.0) if event.is_digital else (event.min_value, event.max_value)
        return cls(safe_value=min(high, max(low, 0.0)), min_value=low, max_value=high)


class PlaceForm(BaseModel):
    """The place of an output that somebody has looked at."""

    model_config = FORM

    place: str = Field(min_length=1)
