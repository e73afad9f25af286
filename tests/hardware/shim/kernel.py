"""The kernel's half of the shim: what outlives the process that uses the device."""

import contextlib
import mmap
import os
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from webmacs_edge.hardware.device_list import DEVICE_INFO, devices_of, packed, variables_of
from webmacs_edge.hardware.driver import Direction, Layout
from webmacs_edge.hardware.guard import runs
from webmacs_edge.hardware.pictory import load_layout
from webmacs_edge.hardware.simulator.codec import default_image
from webmacs_edge.hardware.simulator.rig import rig_text

SOURCE = Path(__file__).with_name("picontrol.c")
DEVICE = "/dev/piControl0"
COMPILER = shutil.which("cc")
ABSENT = "There is no C compiler (cc), so the tests on the shim of piControl were not run."

_MAGIC = 0x50694331
_RUNNING, _RESETS, _RESET_WANTED, _ARMED_CLOSES, _RANGE_COUNT, _RANGES = 4, 8, 12, 20, 24, 28
_WATCHES, _WATCH = 288, struct.Struct("<IIQQQ")
_WATCH_COUNT = 16
_COUNTS, _DEVICES, _VARIABLES = 800, 808, 808 + 64 * DEVICE_INFO.size
_VARIABLE = struct.Struct("<32sHBxHxx")
_LENGTH = _VARIABLES + 1024 * _VARIABLE.size
_BEAT_S = 0.003


def build(directory: Path) -> Path:
    """Compile the shim; the compiler's words when that fails."""
    library = directory / "picontrol.so"
    command = [str(COMPILER), "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    built = subprocess.run(  # noqa: S603 # our own source
        [*command, "-o", str(library), str(SOURCE), "-ldl"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return library


@dataclass(frozen=True, slots=True)
class Watch:
    """A handle whose output watchdog is armed, as the driver sees it."""

    pid: int
    period_ms: int
    fed_ns: int  # CLOCK_MONOTONIC
    feeds: int

    @property
    def due_ns(self) -> int:
        """When the outputs are zeroed unless it is fed before."""
        return self.fed_ns + self.period_ms * 1_000_000


@dataclass(frozen=True, slots=True)
class Trip:
    """The driver has zeroed the outputs."""

    watch: Watch
    is_death: bool  # the process ended; else it was not fed in time
    zeroed_ns: int


class Kernel:
    """The image, the block beside it, and a thread that does what the driver does by itself."""

    def __init__(self, directory: Path, library: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.config_path = directory / "config.rsc"
        self.image_path = directory / "image"
        self.trips: list[Trip] = []
        self._library = library
        self._state_path = directory / "state"
        self.config_path.write_text(rig_text())
        self.layout: Layout = load_layout(self.config_path)
        self.image_path.write_bytes(default_image(self.layout))
        self._state_path.write_bytes(bytes(_LENGTH))
        with self._state_path.open("r+b") as file:
            self._block = mmap.mmap(file.fileno(), _LENGTH)
        self._put(0, _MAGIC)
        self._put(_RUNNING, 1)
        self._use(self.layout)
        self._ended = threading.Event()
        self._late: set[int] = set()
        self._thread = threading.Thread(target=self._run, name="stand-in of piControl")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._block.close()

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a process that shall see the device."""
        return {
            "LD_PRELOAD": str(self._library),
            "PICONTROL_PATH": DEVICE,
            "PICONTROL_IMAGE": str(self.image_path),
            "PICONTROL_STATE": str(self._state_path),
        }

    def is_running(self, *, running: bool) -> None:
        """Start or stop the driver: without it reading and writing give EAGAIN."""
        self._put(_RUNNING, int(running))

    def watches(self) -> list[Watch]:
        """The handles whose watchdog is armed."""
        return [watch for _, watch in self._armed()]

    @property
    def armed_closes(self) -> int:
        """How many handles were closed with their watchdog armed: each zeroed the outputs."""
        return self._get(_ARMED_CLOSES)

    def image(self) -> bytes:
        """The image as it is now."""
        return self.image_path.read_bytes()

    def poke(self, address: int, data: bytes) -> None:
        """Write as another program, or a module, would."""
        with self.image_path.open("r+b", buffering=0) as file:
            os.pwrite(file.fileno(), data, address)

    def reset(self, *, pause_s: float) -> None:
        """What PiCtory's reset does: a while of EAGAIN, then the defaults, then the event."""
        self.is_running(running=False)
        time.sleep(pause_s)
        self._use(load_layout(self.config_path))
        self.poke(0, default_image(self.layout))
        self.is_running(running=True)
        self._put(_RESETS, self._get(_RESETS) + 1)

    def give_up(self, position: int) -> None:
        """What the driver does with a module that does not answer for long."""
        for index, info in enumerate(devices_of(self.layout)):
            if info.position == position:
                start = _DEVICES + index * DEVICE_INFO.size
                self._block[start : start + DEVICE_INFO.size] = packed(replace(info, state=0))

    def _run(self) -> None:
        while not self._ended.wait(_BEAT_S):
            if self._get(_RESET_WANTED):
                self._put(_RESET_WANTED, 0)
                self.reset(pause_s=0.05)
            for slot, watch in self._armed():
                self._look_at(slot, watch)

    def _look_at(self, slot: int, watch: Watch) -> None:
        is_death = _has_ended(watch.pid)
        if not is_death and time.monotonic_ns() <= watch.due_ns:
            self._late.discard(slot)
            return
        for run in self._outputs:
            self.poke(run.start, bytes(len(run)))
        if is_death or slot not in self._late:
            self.trips.append(Trip(watch, is_death, time.monotonic_ns()))
        self._late.add(slot)
        if is_death:
            self._late.discard(slot)
            _WATCH.pack_into(self._block, _WATCHES + slot * _WATCH.size, 0, 0, 0, 0, 0)

    def _armed(self) -> Iterator[tuple[int, Watch]]:
        for slot in range(_WATCH_COUNT):
            offset = _WATCHES + slot * _WATCH.size
            pid, _, period_ms, fed_ns, feeds = _WATCH.unpack_from(self._block, offset)
            if pid and period_ms:
                yield slot, Watch(pid, period_ms, fed_ns, feeds)

    def _use(self, layout: Layout) -> None:
        """What the driver does with a configuration when it starts or is reset."""
        self.layout = layout
        self._outputs = _output_runs(layout)
        self._put(_RANGE_COUNT, len(self._outputs))
        for index, run in enumerate(self._outputs):
            struct.pack_into("<HH", self._block, _RANGES + 4 * index, run.start, len(run))
        devices, variables = devices_of(layout), variables_of(layout)[:1024]
        struct.pack_into("<II", self._block, _COUNTS, len(devices), len(variables))
        for index, info in enumerate(devices):
            start = _DEVICES + index * DEVICE_INFO.size
            self._block[start : start + DEVICE_INFO.size] = packed(info)
        for index, point in enumerate(variables):
            _VARIABLE.pack_into(
                self._block, _VARIABLES + index * _VARIABLE.size, point.name.encode(),
                point.address, point.bit or 0, point.bits,
            )  # fmt: skip

    def _get(self, offset: int) -> int:
        return int(struct.unpack_from("<I", self._block, offset)[0])

    def _put(self, offset: int, value: int) -> None:
        struct.pack_into("<I", self._block, offset, value)


def _output_runs(layout: Layout) -> list[range]:
    """The bytes that the driver takes for outputs."""
    outputs = [point for point in layout.points if point.direction is Direction.output]
    found = runs(
        {p.address + byte for p in outputs for byte in range(max(p.bits // 8, 1))}
    )  # fmt: skip
    assert len(found) <= 64
    return found


def _has_ended(pid: int) -> bool:
    """A zombie has let go of its handles, too."""
    with contextlib.suppress(OSError):
        status = Path(f"/proc/{pid}/stat").read_bytes()
        return status.rpartition(b")")[2].split()[0] in b"ZX"
    return True
