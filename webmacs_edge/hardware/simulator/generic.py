"""Plausible signals for any configuration: something moves at every input, within its span."""

import math
import random
from collections.abc import Mapping

from webmacs_edge.hardware.driver import Direction, Layout, Point, PointKind

_WIDEST_BITS = 32
_BUS_ERRORS = "RS485Error"  # also on a base module of a type that we do not know
_ROOM_C = (20.0, 80.0)
_QUIET_SHARE = 0.15  # of the span stays free at both ends
_NOISE_SHARE = 0.002
_GUESSED_HIGH = 10_000  # of a word whose span nobody knows


class GenericModel:
    """A slow sine with noise for every analog input, toggling bits, running counters."""

    def __init__(self, layout: Layout, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 # noise, not secrets
        self._signals = [
            _Signal(point, self._random)
            for point in layout.points
            if point.direction is Direction.input and _is_moving(point)
        ]
        self._time_s = 0.0

    def step(self, dt_s: float, image: bytes) -> Mapping[str, int]:  # noqa: ARG002 # no feedback
        """Move on by `dt_s`; counts by point id."""
        self._time_s += dt_s
        return {signal.point.id: signal.count(self._time_s) for signal in self._signals}

    def panel(self, image: bytes) -> Mapping[str, int]:  # noqa: ARG002 # nobody stands there
        """Somebody else's plant has no panel that we know."""
        return {}

    def reset(self) -> None:
        """Counters begin at zero."""
        self._time_s = 0.0

    def press_estop(self, *, pressed: bool) -> bool:  # noqa: ARG002 # unknown wiring
        """There is no known emergency stop in somebody else's configuration."""
        return False


class _Signal:
    """One input and how it moves."""

    def __init__(self, point: Point, chance: random.Random) -> None:
        self.point = point
        self._random = chance
        self._period_s = chance.uniform(60.0, 600.0)
        self._phase = chance.uniform(0.0, 2 * math.pi)
        self._pulses_hz = chance.uniform(0.5, 20.0)
        self._low, self._high = _bounds(point)

    def count(self, time_s: float) -> int:
        """The count at that time."""
        wave = math.sin(2 * math.pi * time_s / self._period_s + self._phase)
        match self.point.kind:
            case PointKind.status:
                return 0
            case PointKind.digital:
                return int(wave > 0)
            case PointKind.counter:
                return int(time_s * self._pulses_hz) % (1 << self.point.bits)
            case PointKind.encoder:
                return round(1000 * wave)
        half = (self._high - self._low) / 2
        noise = self._random.gauss(0.0, _NOISE_SHARE * half)
        return round(min(self._high, max(self._low, self._low + half * (1 + wave) + noise)))


def _is_moving(point: Point) -> bool:
    if point.hidden or point.bits > _WIDEST_BITS or point.kind is PointKind.setting:
        return False
    return not point.name.startswith(_BUS_ERRORS)


def _bounds(point: Point) -> tuple[float, float]:
    """Where the signal swings, in counts."""
    if point.unit == "°C":
        return _ROOM_C[0] / point.native_factor, _ROOM_C[1] / point.native_factor
    if point.low is not None and point.high is not None:
        margin = (point.high - point.low) * _QUIET_SHARE
        return point.low + margin, point.high - margin
    widest = (1 << point.bits - 1) - 1
    return 0.0, float(min(_GUESSED_HIGH, widest))
