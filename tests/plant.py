"""A fake device for tests of the acquisition: an image in RAM and a layout made by hand."""

import time
from collections.abc import Mapping
from dataclasses import replace

from webmacs_edge.hardware.driver import (
    Device,
    Direction,
    DriverInfo,
    Image,
    Layout,
    Point,
    PointKind,
)
from webmacs_edge.model.errors import DriverError


def make_point(name: str = "x", **given) -> Point:
    """A 16-bit analogue input at byte 0 of device 32, unless told otherwise."""
    point = Point(
        device=32,
        name=name,
        direction=Direction.input,
        kind=PointKind.analog,
        address=0,
        bit=None,
        bits=16,
        signed=True,
        default=0,
        exported=True,
        used=True,
    )
    return replace(point, **given)


def make_layout(*points: Point, length: int = 64) -> Layout:
    """A layout of one base and one AIO module with these points."""
    devices = (
        Device(0, 136, "RevPi Connect 4", "Connect 4", "Base module", 0, 0, is_base=True),
        Device(32, 103, "RevPi AIO", "AIO", "Analogue in and out", 0, length),
    )
    return Layout(devices=devices, points=points, length=length, source="made by hand")


class FakeDriver:
    """Implements `Driver` on an image in RAM; `error` makes every read fail."""

    def __init__(self, layout: Layout) -> None:
        self.plan = layout
        self.image = bytearray(layout.length)
        self.error: DriverError | None = None
        self.open_error: DriverError | None = None
        self.slow_s = 0.0
        self.opened = 0
        self.happened: tuple[str, ...] = ()

    def open(self) -> None:
        if self.open_error:
            raise self.open_error
        self.opened += 1

    def layout(self) -> Layout:
        return self.plan

    def read(self) -> Image:
        if self.slow_s:
            time.sleep(self.slow_s)
        if self.error:
            raise self.error
        return Image(bytes(self.image), time.monotonic_ns())

    def write(self, changes: Mapping[int, tuple[int, int]]) -> None:
        for address, (mask, value) in changes.items():
            self.image[address] = self.image[address] & ~mask | value & mask

    watchdog_problem = ""
    lost: tuple[int, ...] | None = None

    cycles: Mapping[int, tuple[int, ...]] = {}

    def relay_cycles(self) -> Mapping[int, tuple[int, ...]]:
        return self.cycles

    def lost_modules(self) -> tuple[int, ...] | None:
        return self.lost

    def feed(self) -> None:
        return None

    def disarm(self) -> None:
        return None

    def events(self) -> tuple[str, ...]:
        happened, self.happened = self.happened, ()
        return happened

    def info(self) -> DriverInfo:
        return DriverInfo(name="Fake", place="RAM", simulated=True)

    def close(self) -> None:
        return None
