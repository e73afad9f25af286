"""What is said about outputs: claims and commands in, set point, image and state out."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from webmacs_edge.model.outputs import (
    LONGEST_S,
    MOST_HOLDS,
    MOST_REPEATS,
    Claim,
    DuringUpdate,
    OutputState,
)
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.schemas.fields import (
    LENIENT,
    OUTPUT,
    Instant,
    Number,
)

if TYPE_CHECKING:
    from webmacs_edge.control.orders import Binding, Outcome, View

_MAX_WHY = 200


class OutputIn(BaseModel):
    """What an output may be asked for; see docs/outputs.md."""

    model_config = LENIENT

    safe_value: Number
    min_value: Number
    max_value: Number
    rate_per_s: Number | None = None
    min_on_s: float = Field(0.0, ge=0, le=LONGEST_S)
    min_off_s: float = Field(0.0, ge=0, le=LONGEST_S)
    max_on_s: float | None = Field(None, gt=0, le=LONGEST_S)
    role: UserRole = UserRole.operator
    needs_confirmation: bool = False
    during_update: DuringUpdate = DuringUpdate.safe
    holds: int = Field(0, ge=0, le=MOST_HOLDS)
    owner: str = Field("", max_length=100)

    def claim(self, *, place: str = "") -> Claim:
        """The same as the rules know it."""
        return Claim(**self.model_dump(), place=place)


class CommandIn(BaseModel):
    """A command to one output."""

    model_config = LENIENT

    value: Number
    over_s: float = Field(0.0, ge=0, le=LONGEST_S, description="Seconds of a ramp to the value.")
    pulse_s: float | None = Field(None, gt=0, le=LONGEST_S, description="Then back to safe.")
    why: str = Field("", max_length=_MAX_WHY)
    confirmed: bool = Field(default=False, description="Whoever commands was asked back.")


class ValveCycleIn(BaseModel):
    """Open for a while, close for a while, so many times."""

    model_config = LENIENT

    open_s: float = Field(gt=0, le=LONGEST_S)
    close_s: float = Field(gt=0, le=LONGEST_S)
    repeats: int = Field(1, ge=1, le=MOST_REPEATS)
    why: str = Field("", max_length=_MAX_WHY)
    confirmed: bool = False


class WhyIn(BaseModel):
    """A reason, for whoever reads the log."""

    model_config = LENIENT

    why: str = Field("", max_length=_MAX_WHY)


class OutcomeOut(BaseModel):
    """What became of a command that was accepted."""

    model_config = OUTPUT

    event_public_id: str
    state: OutputState
    set_point: float | None
    image: float | None
    reason: str


class OutputOut(BaseModel):
    """An output: its claim, its set point, what the image shows, and where that stands."""

    event_public_id: str
    name: str
    unit: str
    is_digital: bool
    state: OutputState
    set_point: float | None
    image: float | None
    reason: str
    problem: str  # why it cannot be commanded at all
    blocked_by: list[str]  # why it cannot be commanded now, except to safe
    refusal: str  # of the last command
    is_cycling: bool
    commanded_by: str
    commanded_why: str
    commanded_on: Instant | None
    safe_value: float
    min_value: float
    max_value: float
    rate_per_s: float | None
    min_on_s: float
    min_off_s: float
    max_on_s: float | None
    role: UserRole
    needs_confirmation: bool
    during_update: DuringUpdate
    holds: int
    owner: str


class OutputsOut(BaseModel):
    """All outputs, and what keeps every one of them from being commanded."""

    locks: list[str]
    data: list[OutputOut]


def output_out(binding: "Binding", view: "View | None") -> OutputOut:
    """An output as programs see it; before the device was read there is no view."""
    claim = binding.claim
    order = view.order if view is not None else None
    return OutputOut(
        event_public_id=binding.public_id,
        name=binding.name,
        unit=binding.unit,
        is_digital=binding.is_digital,
        problem=binding.problem,
        commanded_by=order.actor.name if order else "",
        commanded_why=order.why if order else "",
        commanded_on=order.at_ms if order else None,
        **_standing(view),
        **{name: getattr(claim, name) for name in OutputIn.model_fields},
    )


def outcome_out(outcome: "Outcome") -> OutcomeOut:
    """An outcome as programs see it."""
    return OutcomeOut.model_validate(outcome)


def _standing(view: "View | None") -> dict[str, object]:
    if view is None:
        return {
            "state": OutputState.idle, "set_point": None, "image": None, "reason": "",
            "blocked_by": [], "refusal": "", "is_cycling": False,
        }  # fmt: skip
    return {
        "state": view.state,
        "set_point": view.set_point,
        "image": view.image,
        "reason": view.reason,
        "blocked_by": list(view.blocked_by),
        "refusal": view.refusal,
        "is_cycling": view.is_cycling,
    }
