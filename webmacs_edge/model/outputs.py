"""What an output may be asked for and how it moves; pure rules, in the channel's unit."""

import math
from dataclasses import dataclass
from enum import StrEnum

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import UserRole

LONGEST_S = 7 * 24 * 3600.0  # of a ramp, a pulse, a phase, a least or a most time
MOST_REPEATS = 10_000
MOST_HOLDS = 10  # how often a value that somebody else overwrote is written again


class OutputState(StrEnum):
    """Where an output stands; a refused command changes nothing of it."""

    idle = "idle"  # nobody has commanded it through us: whatever is in the image stays
    pending = "pending"  # on its way: a ramp, or written and not yet seen in the image
    confirmed = "confirmed"  # the image shows the set point
    overridden = "overridden"  # somebody else has written it since; we do not fight
    forced = "forced"  # at its safe value by an interlock, a fault or “all outputs safe”


class Activity(StrEnum):
    """What an output does by itself, over time, until it is stopped."""

    none = ""
    ramp = "ramp"
    pulse = "pulse"
    cycle = "cycle"


class DuringUpdate(StrEnum):
    """What an output does while the software is exchanged."""

    safe = "safe"
    hold = "hold"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the site says of an output before it may be commanded.

    An output is “on” while it is not at its safe value. Times in seconds.
    """

    safe_value: float
    min_value: float
    max_value: float
    rate_per_s: float | None = None  # fastest change by command; forcing safe is never slowed
    min_on_s: float = 0.0
    min_off_s: float = 0.0
    max_on_s: float | None = None  # dead man: then it goes to safe unless commanded again
    role: UserRole = UserRole.operator  # least role that may command it
    needs_confirmation: bool = False
    during_update: DuringUpdate = DuringUpdate.safe
    holds: int = 0  # how often to write again what somebody else has overwritten
    owner: str = ""  # who answers for it, in words
    place: str = ""  # where in the image it was when somebody confirmed this claim

    @property
    def is_held_over_update(self) -> bool:
        """Whether it stays as it is; with a dead man that nobody winds up meanwhile it does not."""
        return self.during_update is DuringUpdate.hold and self.max_on_s is None


@dataclass(frozen=True, slots=True)
class ValveCycle:
    """Open for a while, close for a while, so many times; the 2.x valve cycle."""

    open_s: float
    close_s: float
    repeats: int = 1


def check_claim(claim: Claim) -> None:
    """InvalidError, naming the field, unless the claim makes sense."""
    numbers = (claim.min_value, claim.max_value, claim.safe_value)
    if not all(math.isfinite(number) for number in numbers):
        raise InvalidError(text("Safe value and range need finite numbers."), field="safe_value")
    if claim.min_value >= claim.max_value:
        raise InvalidError(text("The minimum must be below the maximum."), field="max_value")
    if not claim.min_value <= claim.safe_value <= claim.max_value:
        raise InvalidError(
            text(
                "The safe value must lie in the allowed range, {min_value:g} to {max_value:g}.",
                min_value=claim.min_value,
                max_value=claim.max_value,
            ),
            field="safe_value",
        )
    if claim.rate_per_s is not None and not 0 < claim.rate_per_s < math.inf:
        raise InvalidError(
            text("The fastest change must be above 0. Leave it empty for no limit."),
            field="rate_per_s",
        )
    if not 0 <= claim.holds <= MOST_HOLDS:
        raise InvalidError(
            text("Choose 0 to {most_holds} times.", most_holds=MOST_HOLDS), field="holds"
        )
    _check_times(claim)


def _check_times(claim: Claim) -> None:
    for field in ("min_on_s", "min_off_s"):
        if not 0 <= getattr(claim, field) <= LONGEST_S:
            raise InvalidError(
                text("Choose 0 to {longest_s:g} seconds.", longest_s=LONGEST_S), field=field
            )
    if claim.max_on_s is None:
        return
    if not 0 < claim.max_on_s <= LONGEST_S:
        raise InvalidError(
            text(
                "Choose up to {longest_s:g} seconds, or leave it empty for no limit.",
                longest_s=LONGEST_S,
            ),
            field="max_on_s",
        )
    if claim.max_on_s < claim.min_on_s:
        raise InvalidError(
            text("The longest time on must not be below the shortest one."), field="max_on_s"
        )


def check_value(claim: Claim, value: float, *, unit: str) -> None:
    """InvalidError unless the output may be asked for this value."""
    if not math.isfinite(value):
        raise InvalidError(text("The value must be a finite number."), field="value")
    if not claim.min_value <= value <= claim.max_value:
        raise InvalidError(
            f"{value:g} is outside of what this output may be set to, {claim.min_value:g} to "
            f"{claim.max_value:g} {unit}".rstrip()
            + ".",
            field="value",
        )


def check_duration(claim: Claim, duration_s: float, *, field: str, is_on: bool) -> None:
    """InvalidError unless a pulse or phase of this length is possible."""
    if not 0 < duration_s <= LONGEST_S:  # NaN is in no range
        raise InvalidError(
            text("Choose above 0 and up to {longest_s:g} seconds.", longest_s=LONGEST_S),
            field=field,
        )
    least_s = claim.min_on_s if is_on else claim.min_off_s
    if duration_s < least_s:
        raise InvalidError(
            text("This output has to stay on for {least_s:g} s at least.", least_s=least_s)
            if is_on
            else text("This output has to stay off for {least_s:g} s at least.", least_s=least_s),
            field=field,
        )
    if is_on and claim.max_on_s is not None and duration_s > claim.max_on_s:
        raise InvalidError(
            text("This output may be on for {max_on_s:g} s at most.", max_on_s=claim.max_on_s),
            field=field,
        )


def check_cycle(claim: Claim, cycle: ValveCycle) -> None:
    """InvalidError unless the output may run this valve cycle."""
    check_duration(claim, cycle.open_s, field="open_s", is_on=True)
    check_duration(claim, cycle.close_s, field="close_s", is_on=False)
    if not 1 <= cycle.repeats <= MOST_REPEATS:
        raise InvalidError(
            text("Choose 1 to {most_repeats} repeats.", most_repeats=MOST_REPEATS), field="repeats"
        )


def approach(present: float, target: float, *, slope_per_s: float | None, dt_s: float) -> float:
    """The next set point on the way to `target`; without a slope it is reached at once."""
    if slope_per_s is None:
        return target
    step = slope_per_s * dt_s
    if abs(target - present) <= step:
        return target
    return present + math.copysign(step, target - present)


def slope_of(claim: Claim, distance: float, *, over_s: float) -> float | None:
    """How fast a command may move the output: as it asks, never above the limit of the claim."""
    if not 0 <= over_s <= LONGEST_S:
        raise InvalidError(
            text("Choose 0 to {longest_s:g} seconds for a ramp.", longest_s=LONGEST_S),
            field="over_s",
        )
    asked = abs(distance) / over_s if over_s > 0 else None
    slopes = [slope for slope in (asked, claim.rate_per_s) if slope is not None]
    return min(slopes) if slopes else None


def wait_s(least_s: float, since_ns: int, *, mono_ns: int) -> float:
    """How long until something that began at `since_ns` has lasted for `least_s`; 0 when over."""
    return max(0.0, least_s - (mono_ns - since_ns) / 1e9)
