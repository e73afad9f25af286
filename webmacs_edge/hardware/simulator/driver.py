"""The driver process of the virtual plant: 50 times a second outputs in, physics, inputs out."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from webmacs_edge.hardware.device_list import devices_of
from webmacs_edge.hardware.driver import Device, Direction, Layout, Point, PointKind
from webmacs_edge.hardware.pictory import load_layout
from webmacs_edge.hardware.resets import write_plate
from webmacs_edge.hardware.simulator.bus import Bus
from webmacs_edge.hardware.simulator.codec import default_image, put
from webmacs_edge.hardware.simulator.disturbances import Disturbances
from webmacs_edge.hardware.simulator.generic import GenericModel
from webmacs_edge.hardware.simulator.imagefile import ImageFile
from webmacs_edge.hardware.simulator.models import Model, RigModel, is_rig
from webmacs_edge.hardware.simulator.poller import Poller
from webmacs_edge.model.errors import ConfigurationError

RESET_HOLD_S = 1.5  # how long the image stays untouched while the driver is being reset


@dataclass(frozen=True, slots=True)
class _Module:
    """The inputs of one module and the runs of bytes they cover (one, as modules are made)."""

    position: int
    runs: tuple[range, ...]
    points: tuple[Point, ...]


@dataclass(slots=True)
class VirtualDriver:
    """Everything the command channel can turn; `cycle` is called by `run_loop`."""

    layout: Layout
    model: Model
    image: ImageFile
    bus: Bus
    speed: float = 1.0
    disturbances: Disturbances = field(default_factory=Disturbances)
    paused_until_s: float = 0.0  # monotonic; nothing is written before
    is_resetting: bool = False
    is_quitting: bool = False
    cycles: int = 0
    overruns: int = 0
    resets: int = 0
    read_saved: Callable[[], Layout | None] = lambda: None  # what PiCtory has saved
    model_of: Callable[[Layout], Model] | None = None
    _told: frozenset[int] = frozenset()
    _modules: list[_Module] = field(default_factory=list)
    _outputs: list[Point] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """Work by this layout from now on, and say so as a driver would."""
        self._outputs = [p for p in self.layout.points if p.direction is Direction.output]
        self._modules = [module for d in self.layout.devices if (module := _module(d, self.layout))]
        self._tell()

    def _tell(self) -> None:
        """Say of ourselves what a driver would."""
        self._told = self.bus.given_up
        devices = [
            replace(it, state=0) if it.position in self._told else it
            for it in devices_of(self.layout)
        ]
        write_plate(self.image.path, self.resets, tuple(devices))

    def cycle(self, dt_s: float) -> None:
        """One turn of the driver: `dt_s` of real time have passed since the last."""
        if time.monotonic() < self.paused_until_s:
            return
        if self.is_resetting:
            self._finish_reset()
        image = self._set_by_panel(self.image.read())
        counts = dict(self.model.step(dt_s * self.speed, image))
        counts = self.disturbances.apply(counts) | self.bus.cycle(dt_s)
        for module in self._modules:
            if module.position not in self.bus.unplugged:
                self._write_module(module, counts, image)
        if self.bus.given_up != self._told:
            self._tell()
        self.cycles += 1

    def start_reset(self) -> None:
        """Stop writing for a while; then the image is filled with the defaults."""
        self.is_resetting = True
        self.paused_until_s = time.monotonic() + RESET_HOLD_S

    def _finish_reset(self) -> None:
        self.is_resetting = False
        self.resets += 1
        saved = self.read_saved()
        if saved is not None and saved != self.layout and self.model_of is not None:
            self.layout, self.model = saved, self.model_of(saved)
            self.bus, self.disturbances = Bus(saved), Disturbances()
        self.image.refill(default_image(self.layout))
        self.model.reset()
        self._lay_out()

    def _set_by_panel(self, image: bytes) -> bytes:
        """The image with the outputs that the panel beside the plant sets."""
        wanted = self.model.panel(image)
        if not wanted:
            return image
        with self.image.alone():
            now = self.image.read()
            if any(now[a] != image[a] for p in self._outputs for a in _bytes_of(p)):
                return now  # somebody commands just now: the panel must not write over it
            fresh = bytearray(image)
            for point in self._outputs:
                if point.id in wanted:
                    put(fresh, point, wanted[point.id])
            for address in (a for a in range(self.layout.length) if fresh[a] != image[a]):
                self.image.write(address, bytes(fresh[address : address + 1]))
        return bytes(fresh)

    def _write_module(self, module: _Module, counts: Mapping[str, int], image: bytes) -> None:
        fresh = bytearray(image)
        for point in module.points:
            if point.id in counts:
                put(fresh, point, counts[point.id])
            elif point.kind is PointKind.status:
                put(fresh, point, 0)
        for address, bits in self.disturbances.status_bits():
            fresh[address] |= bits
        for run in module.runs:
            self.image.write(run.start, bytes(fresh[run.start : run.stop]))


def make_driver(
    image_path: Path, config_path: Path, *, seed: int = 1, speed: float = 1.0
) -> VirtualDriver:
    """The driver for that configuration: the rig's physics for the rig, else generic signals."""
    layout = load_layout(config_path)
    image = ImageFile(image_path, default_image(layout))

    def model_of(layout: Layout) -> Model:
        return RigModel(layout, seed) if is_rig(layout) else GenericModel(layout, seed)

    def read_saved() -> Layout | None:
        try:
            return load_layout(config_path)
        except ConfigurationError:
            return None  # a driver that cannot use the file keeps what it has

    return VirtualDriver(
        layout, model_of(layout), image, Bus(layout), speed, read_saved=read_saved,
        model_of=model_of,
    )  # fmt: skip


def run_loop(driver: VirtualDriver, poller: Poller, *, hz: float, parent_pid: int) -> None:
    """Turn until told to quit or left alone by the parent; deadlines are absolute."""
    period_s = 1.0 / hz
    periods = 1
    next_s = time.monotonic()
    while not driver.is_quitting and os.getppid() == parent_pid:
        driver.cycle(periods * period_s)
        late_s = time.monotonic() - next_s
        periods = int(late_s / period_s) + 1
        driver.overruns += periods - 1
        next_s += periods * period_s
        poller.serve_until(next_s)


def _module(device: Device, layout: Layout) -> _Module | None:
    points = tuple(
        point
        for point in layout.points
        if point.device == device.position and point.direction is Direction.input
    )
    covered = {address for point in points for address in _bytes_of(point)}
    return _Module(device.position, _runs(covered), points) if points else None


def _bytes_of(point: Point) -> range:
    return range(point.address, point.address + max(point.bits // 8, 1))


def _runs(addresses: set[int]) -> tuple[range, ...]:
    starts = sorted(a for a in addresses if a - 1 not in addresses)
    stops = sorted(a + 1 for a in addresses if a + 1 not in addresses)
    return tuple(range(start, stop) for start, stop in zip(starts, stops, strict=True))
