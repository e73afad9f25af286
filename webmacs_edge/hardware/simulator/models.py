"""What feeds the inputs of the virtual plant: the contract of its models, and the rig's one."""

from collections.abc import Mapping
from typing import Protocol

from webmacs_edge.hardware.driver import Direction, Layout, Point, PointKind
from webmacs_edge.hardware.simulator.codec import take
from webmacs_edge.hardware.simulator.plant import FluidBed, local_panel
from webmacs_edge.hardware.simulator.rig import SIGNALS, Signal

PANEL_INTERVAL_S = 1.0  # of the plant's time


class Model(Protocol):
    """A source of counts for the inputs."""

    def step(self, dt_s: float, image: bytes) -> Mapping[str, int]:
        """Move on by `dt_s` under the outputs in the image; counts by point id."""

    def panel(self, image: bytes) -> Mapping[str, int]:
        """Outputs that the panel beside the plant sets now, as counts by point id."""

    def reset(self) -> None:
        """The driver was reset: counters begin at zero."""

    def press_estop(self, *, pressed: bool) -> bool:
        """Press or release the emergency stop; False when the model has none."""


class RigModel:
    """The fluidised bed behind the rig's own configuration.

    Until somebody else writes an output, the panel beside the rig sets them once a second, as
    another program on the box would; the first foreign value takes over until a reset.
    """

    def __init__(self, layout: Layout, seed: int) -> None:
        points = {(point.device, point.name): point for point in layout.points}
        wired = [(signal, points[signal.position, signal.name]) for signal in SIGNALS]
        self._inputs = [pair for pair in wired if pair[1].direction is Direction.input]
        self._outputs = [pair for pair in wired if pair[1].direction is Direction.output]
        self._bed = FluidBed(seed)
        self._is_remote = False
        self._next_panel_s = 0.0
        self._set_by_panel = self._defaults()

    def step(self, dt_s: float, image: bytes) -> Mapping[str, int]:
        """One step of the physics; counts by point id."""
        commands = {
            signal.name: _from_counts(take(image, point), signal, point)
            for signal, point in self._outputs
        }
        readings = self._bed.step(dt_s, commands)
        return {
            point.id: _to_counts(readings[signal.name], signal, point)
            for signal, point in self._inputs
        }

    def panel(self, image: bytes) -> Mapping[str, int]:
        """Outputs as the panel wants them, once a second; none once somebody else commands."""
        seen = {point.id: take(image, point) for _, point in self._outputs}
        if seen != self._set_by_panel:
            self._is_remote = True
        if self._is_remote or self._bed.time_s < self._next_panel_s:
            return {}
        self._next_panel_s = self._bed.time_s + PANEL_INTERVAL_S
        wanted = local_panel(self._bed.time_s, flow_m3h=self._bed.flow_m3h)
        self._set_by_panel = {
            point.id: _to_counts(wanted[signal.name], signal, point)
            for signal, point in self._outputs
        }
        return self._set_by_panel

    def reset(self) -> None:
        """Counters begin at zero, and the panel is in charge again."""
        self._bed.reset_counters()
        self._is_remote = False
        self._next_panel_s = 0.0
        self._set_by_panel = self._defaults()

    def _defaults(self) -> dict[str, int]:
        return {point.id: point.default for _, point in self._outputs}

    def press_estop(self, *, pressed: bool) -> bool:
        """Press or release the emergency stop."""
        self._bed.estop_ok = not pressed
        return True


def is_rig(layout: Layout) -> bool:
    """Whether the layout has every wire of the rig."""
    names = {(point.device, point.name) for point in layout.points}
    return all((signal.position, signal.name) in names for signal in SIGNALS)


def _to_counts(value: float, signal: Signal, point: Point) -> int:
    if point.kind in {PointKind.digital, PointKind.counter}:
        return int(value) % (1 << point.bits)
    if signal.unit == point.unit or point.low is None or point.high is None:
        return round(value / point.native_factor)
    share = (value - signal.low) / (signal.high - signal.low)
    return round(point.low + share * (point.high - point.low))


def _from_counts(count: int, signal: Signal, point: Point) -> float:
    if signal.unit == point.unit or point.low is None or point.high is None:
        return count * point.native_factor
    share = (count - point.low) / (point.high - point.low)
    return signal.low + share * (signal.high - signal.low)
