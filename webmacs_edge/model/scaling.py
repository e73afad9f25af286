"""From native units to the channel's unit: y = factor * x + offset."""

import math
from dataclasses import dataclass

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text

MAX_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Scaling:
    """A straight line from native counts (mV, µA, 0.1 °C, pulses) to the channel's unit."""

    factor: float = 1.0
    offset: float = 0.0

    def apply(self, native: float) -> float:
        """The value in the channel's unit."""
        return self.factor * native + self.offset

    def invert(self, value: float) -> float:
        """The native number that shows as `value`."""
        return (value - self.offset) / self.factor


def line_through(native: tuple[float, float], scaled: tuple[float, float]) -> Scaling:
    """The line through two points; InvalidError when the points do not define one."""
    numbers = (*native, *scaled)
    if not all(math.isfinite(number) for number in numbers):
        raise InvalidError(text("All four numbers of the two-point scaling must be finite."))
    if native[0] == native[1]:
        raise InvalidError(
            text(
                "The two native values must differ; take the lower and the upper end of the sensor."
            ),
            field="native_high",
        )
    if scaled[0] == scaled[1]:
        raise InvalidError(
            text(
                "The two scaled values must differ; otherwise every reading becomes the same "
                "number."
            ),
            field="scaled_high",
        )
    factor = (scaled[1] - scaled[0]) / (native[1] - native[0])
    return Scaling(factor, scaled[0] - factor * native[0])


def decimals_for(factor: float) -> int:
    """Decimals that keep every native step visible: ceil(-log10(|factor|)), 0 to 9."""
    if factor == 0 or not math.isfinite(factor):
        return 0
    return min(MAX_DECIMALS, max(0, math.ceil(-math.log10(abs(factor)) - 1e-9)))
