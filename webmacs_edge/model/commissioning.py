"""The check of one channel from its terminal to the screen: steps, and when each is done."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text

SETTLES_MS = 1500  # so long a value must stay within its tolerance
USUAL_TOLERANCE = 0.01  # of the span
LONGEST_RUN_MS = 3_600_000


class CheckKind(StrEnum):
    """What is done at the terminal."""

    digital = "digital"  # somebody presses the button
    analogue = "analogue"  # somebody feeds three values
    counter = "counter"  # somebody lets it count
    output = "output"  # we command, somebody says what moved


class CheckState(StrEnum):
    """What is known of a channel's wiring."""

    unchecked = "unchecked"
    passed = "passed"
    failed = "failed"
    stale = "stale"  # its place, scaling or calibration has changed since


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, what shall be seen then, and what was seen."""

    action: str  # such as `feed 12 mA`
    expected: float
    tolerance: float = 0.0
    value: float | None = None
    at_ms: int | None = None
    passed: bool | None = None  # None: not done yet
    at_least: bool = False  # more is right as well: a counter goes on
    answer: str = ""  # of whoever stood at the plant

    def fits(self, value: float) -> bool:
        """Whether that is what shall be seen."""
        if self.at_least:
            return value >= self.expected
        return abs(value - self.expected) <= self.tolerance + 1e-9 * max(1.0, abs(self.expected))


@dataclass(slots=True)
class CheckRun:
    """A check under way: it takes what it waits for by itself."""

    kind: CheckKind
    steps: list[Step]
    started_ms: int
    _since_ms: int | None = field(default=None)

    @property
    def position(self) -> int | None:
        """Which step waits; None when all are done."""
        return next((n for n, step in enumerate(self.steps) if step.passed is None), None)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.position is None

    @property
    def has_passed(self) -> bool:
        """Whether everything was seen as it shall be."""
        return self.is_done and all(step.passed for step in self.steps)

    def observe(self, value: float | None, quality: Quality, *, at_ms: int) -> None:
        """Look at the present value; a step is done once it has been there long enough."""
        position = self.position
        if position is None or self.kind is CheckKind.output:
            return
        step = self.steps[position]
        if value is None or quality > Quality.UNCERTAIN or not step.fits(value):
            self._since_ms = None
            return
        if self._since_ms is None:
            self._since_ms = at_ms
        settles_ms = SETTLES_MS if self.kind is CheckKind.analogue else 0
        if at_ms - self._since_ms >= settles_ms:
            self._finish(position, value, at_ms=at_ms, passed=True)

    def take(self, value: float | None, *, at_ms: int) -> None:
        """Somebody says that this is all that will come: the step is judged by it."""
        position = self.position
        if position is None:
            return
        fits = value is not None and self.steps[position].fits(value)
        self._finish(position, value, at_ms=at_ms, passed=fits)

    def answer(self, position: int, words: str) -> None:
        """What somebody saw at the plant."""
        self.steps[position] = replace(self.steps[position], answer=words)

    def note(self, value: float, *, at_ms: int, passed: bool) -> None:
        """What an output did."""
        position = self.position
        if position is not None:
            self._finish(position, value, at_ms=at_ms, passed=passed)

    def _finish(self, position: int, value: float | None, *, at_ms: int, passed: bool) -> None:
        self.steps[position] = replace(
            self.steps[position], value=value, at_ms=at_ms, passed=passed
        )
        self._since_ms = None


def digital_steps(now: float, *, words: tuple[str, str]) -> list[Step]:
    """Away from what it shows now, and back: `words` are of off and on."""
    there, back = (1.0, 0.0) if now < 1 else (0.0, 1.0)
    said = text("Press the button, or make the contact change, until it shows {word}.",
                word=words[int(there)])  # fmt: skip
    again = text("Let go: it shows {word} again.", word=words[int(back)])
    return [Step(said, there), Step(again, back)]


def counter_steps(now: float) -> list[Step]:
    """It must have gone on since the check began."""
    return [Step(text("Let it count at least once."), now + 1, at_least=True)]


def analogue_steps(
    actions: Sequence[str], expected: Sequence[float], *, tolerance: float
) -> list[Step]:
    """Three values, each to be fed and seen; InvalidError for a tolerance that says nothing."""
    if not math.isfinite(tolerance) or tolerance <= 0:
        raise InvalidError(text("The tolerance must be above 0."), field="tolerance")
    span = abs(expected[-1] - expected[0])
    if tolerance >= span / 2:
        raise InvalidError(
            text("The tolerance must be below half of the span, {half:g}.", half=span / 2),
            field="tolerance",
        )
    pairs = zip(actions, expected, strict=True)
    return [Step(action, value, tolerance) for action, value in pairs]


def fingerprint(*parts: object) -> str:
    """Changes whenever the place, the scaling or the calibration of a channel does."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def state_of(passed: bool | None, then: str, now: str) -> CheckState:  # noqa: FBT001 as stored
    """What the last check (`passed`, None without any) says of the channel as it is now."""
    if passed is None:
        return CheckState.unchecked
    if then != now:
        return CheckState.stale
    return CheckState.passed if passed else CheckState.failed


def told_steps(steps: Sequence[Step]) -> list[dict[str, object]]:
    """The steps as they are stored."""
    return [asdict(step) for step in steps]
