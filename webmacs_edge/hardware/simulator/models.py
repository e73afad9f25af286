"""What feeds the inputs of the virtual plant: the contract of its models, and the rig's one."""

from collections.abc import Mapping
from typing import Protocol

from webmacs_edge.hardware.driver import Direction, Layout, Point, PointKind
from webmacs_edge.hardware.simulator.codec import take
from webmacs_edge.hardware.simulator.plant import FluidBed, local_panel
from webmacs_edge.hardware.simulator.rig import SIGNALS, Signal


class Model(Protocol):
    """A source of counts for the inputs."""

    def step(self, dt_s: float, image: bytes) -> Mapping[str, int]:
        """Move on by `dt_s` under the outputs in the image; counts by point id."""

    def reset(self) -> None:
        """The driver was reset: counters begin at zero."""

    def press_estop(self, *, pressed: bool) -> bool:
        """Press or release the emergency stop; False when the model has none."""


class RigModel:
    """The fluidised bed behind the rig's own configuration.

    As long as nobody has written an output, the panel beside the rig drives it; the first
    output that differs from its PiCtory default takes over for good, until a reset.
    """

    def __init__(self, layout: Layout, seed: int) -> None:
        points = {(point.device, point.name): point for point in layout.points}
        wired = [(signal, points[signal.position, signal.name]) for signal in SIGNALS]
        self._inputs = [pair for pair in wired if pair[1].direction is Direction.input]
        self._outputs = [pair for pair in wired if pair[1].direction is Direction.output]
        self._bed = FluidBed(seed)
        self._is_remote = False

    def step(self, dt_s: float, image: bytes) -> Mapping[str, int]:
        """One step of the physics; counts by point id."""
        readings = self._bed.step(dt_s, self._commands(image))
        return {
            point.id: _to_counts(readings[signal.name], signal, point)
            for signal, point in self._inputs
        }

    def reset(self) -> None:
        """Counters begin at zero, and the panel is in charge again."""
        self._bed.reset_counters()
        self._is_remote = False

    def press_estop(self, *, pressed: bool) -> bool:
        """Press or release the emergency stop."""
        self._bed.estop_ok = not pressed
        return True

    def _commands(self, image: bytes) -> Mapping[str, float]:
        counts = [(signal, point, take(image, point)) for signal, point in self._outputs]
        if any(count != point.default for _, point, count in counts):
            self._is_remote = True
        if not self._is_remote:
            return local_panel(self._bed.time_s)
        return {signal.name: _from_counts(count, signal, point) for signal, point, count in counts}


def is_rig(layout: Layout) -> bool:
    """Whether the layout has every wire of the rig."""
    names = {(point.device, point.name) for point in layout.points}
    return all((signal.position, signal.name) in names for signal in SIGNALS)


def _to_counts(value: float, signal: Signal, point: Point) -> int:
    if point.kind in {PointKind.digital, PointKind.counter}:
        return int(value) % (1 << point.bits)
    if not signal.has_range or point.low is None or point.high is None:
        return round(value / point.native_factor)
    share = (value - signal.low) / (signal.high - signal.low)
    return round(point.low + share * (point.high - point.low))


def _from_counts(count: int, signal: Signal, point: Point) -> float:
    if not signal.has_range or point.low is None or point.high is None:
        return float(count)
    share = (count - point.low) / (point.high - point.low)
    return signal.low + share * (signal.high - signal.low)
