"""The Revolution Pi: its process image read in one piece, and the virtual one in its place."""

import errno
import logging
import os
import stat
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from webmacs_edge.hardware import faults
from webmacs_edge.hardware.device_list import (
    DeviceInfo,
    first_difference,
    first_wrong_variable,
    given_up,
    read_device_list,
    wrong_settings,
)
from webmacs_edge.hardware.driver import DriverInfo, Image, Layout
from webmacs_edge.hardware.entries import IMAGE_LENGTH
from webmacs_edge.hardware.guard import OutputGuard, runs
from webmacs_edge.hardware.pictory import load_layout
from webmacs_edge.hardware.relays import read_cycles, relay_modules
from webmacs_edge.hardware.resets import EventWatch, plate_stamp, read_plate
from webmacs_edge.hardware.turns import turn
from webmacs_edge.hardware.watch import ConfigWatch, Pulse

log = logging.getLogger(__name__)

SILENCE_LIMIT_S = 0.7  # a stand-in writes 50 times a second
_IDENTITY_INTERVAL_NS = 1_000_000_000
_NO_WRITING = {errno.EACCES, errno.EPERM, errno.EROFS}


class RevPi:
    """Driver for `/dev/piControl0`, or for a regular file that a virtual plant keeps writing."""

    def __init__(
        self,
        image_path: Path,
        config_path: Path,
        *,
        simulated: bool = False,
        watchdog_ms: int = 0,
        verifies: bool = True,
    ) -> None:
        self._image_path = image_path
        self._config_path = config_path
        self._simulated = simulated
        self._layout: Layout | None = None
        self._watch: ConfigWatch | None = None
        self._handle = -1
        self._is_file = False
        self._pulse = Pulse()
        self._next_identity_ns = 0
        self._watchdog_ms = watchdog_ms
        self._guard: OutputGuard | None = None
        self._verifies = verifies
        self._event_watch = EventWatch(image_path)
        self._resets = 0  # as of the last look
        self._plate_stamp = 0
        self._is_out_of_use = False
        self.is_verified = False  # the driver has said that it uses the same configuration
        self.writable = False

    def open(self) -> None:
        """Read the configuration and open the image; it is read once as a trial."""
        self.close()
        self._layout = None
        self._watch = ConfigWatch(self._config_path)
        self._layout = load_layout(self._config_path)
        self._open_image()
        image = self.read()
        self._is_out_of_use = self.is_verified and bool(wrong_settings(self._layout, image.data))

    def layout(self) -> Layout:
        """The configuration read by `open`, also when only the image could not be opened."""
        if self._layout is None:
            raise faults.not_open(self._image_path)
        return self._layout

    def read(self) -> Image:
        """One consistent copy of the image; a lost handle is opened again first."""
        needed = self.layout().length
        if self._handle < 0:
            self._open_image()
        mono_ns = time.monotonic_ns()
        try:
            data = os.pread(self._handle, IMAGE_LENGTH, 0)
        except OSError as error:
            self._lose(error)
            raise faults.driver_error(error, self._image_path) from error
        if len(data) < needed:
            self._follow(mono_ns)
            raise faults.short_read(self._image_path, got=len(data), needed=needed)
        if self._is_file:
            self._check_alive(mono_ns)
        return Image(data, mono_ns)

    def write(self, changes: Mapping[int, tuple[int, int]]) -> None:
        """Change the masked bits, one read and one write per run of neighbouring bytes."""
        if self._handle < 0:
            raise faults.not_open(self._image_path)
        if not self.writable:
            raise faults.read_only(self._image_path)
        try:
            if self._guard is not None:
                self._guard.write(changes)
                return
            with turn(self._handle):  # without a guard it is a file
                for run in runs(set(changes)):
                    self._write_run(run, changes)
            self._pulse.ignore_own_write(os.fstat(self._handle))
        except OSError as error:
            self._lose(error)
            raise faults.driver_error(error, self._image_path) from error

    def feed(self) -> None:
        """Keep the driver's output watchdog quiet in a cycle that writes nothing."""
        if self._guard is None:
            return
        try:
            self._guard.feed()
        except OSError as error:
            self._lose(error)
            raise faults.driver_error(error, self._image_path) from error

    def disarm(self) -> None:
        """Outputs are as they shall stay: the watchdog must not zero them when we close."""
        if self._guard is None:
            return
        try:
            self._guard.disarm()
        except OSError as error:
            raise faults.driver_error(error, self._image_path) from error

    @property
    def watchdog_problem(self) -> str:
        """Why the driver's output watchdog could not be armed; "" when it is, or is not wanted."""
        return self._guard.problem if self._guard is not None else ""

    def events(self) -> tuple[str, ...]:
        """What happened since the last call; see `Driver`."""
        if self._was_reset():
            return ("driver-reset",)
        if self._is_out_of_use:
            self._is_out_of_use = False
            return ("configuration-not-in-use",)
        if self._watch is not None and self._watch.has_changed(time.monotonic_ns()):
            is_back = self._watch.is_as_at_first
            return ("configuration-restored" if is_back else "configuration-changed",)
        return ()

    def lost_modules(self) -> Collection[int] | None:
        """Positions of modules that the driver has given up; None where it cannot say."""
        try:
            devices = self._list_devices()
        except OSError:
            return None
        virtual = {it.position for it in self.layout().devices if it.is_virtual or it.is_base}
        return None if devices is None else given_up(devices) - virtual

    def relay_cycles(self) -> Mapping[int, tuple[int, ...]]:
        """How often each relay has switched; a regular file knows of none."""
        found: dict[int, tuple[int, ...]] = {}
        for position in relay_modules(self.layout()):
            if self._handle < 0 or self._is_file:
                break
            try:
                found[position] = read_cycles(self._handle, position)
            except OSError:
                continue  # an old driver, or one that does not run just now
        return found

    def info(self) -> DriverInfo:
        """What to tell people about the device."""
        name = "Virtual plant" if self._simulated else "Revolution Pi"
        return DriverInfo(name, str(self._image_path), self._simulated)

    def close(self) -> None:
        """Let go of the image; outputs stay as they are."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        self._guard = None
        self.writable = False

    def _open_image(self) -> None:
        try:
            self._handle, self.writable = _open_best(self._image_path)
            status = os.fstat(self._handle)
        except OSError as error:
            self.close()
            raise faults.driver_error(error, self._image_path) from error
        self._is_file = stat.S_ISREG(status.st_mode)
        if not self._is_file and not stat.S_ISCHR(status.st_mode):
            self.close()
            raise faults.is_no_image(self._image_path)
        self._pulse = Pulse()
        self._resets = self._count_resets()
        self._verify()
        if self.writable and not self._is_file:
            self._take_guard()
        access = "reading and writing" if self.writable else "reading only"
        log.info("Opened the process image %s for %s.", self._image_path, access)

    def _verify(self) -> None:
        """Refuse to read bytes by a configuration that the driver does not use.

        The handle is not armed yet, so that letting go of it changes no output.
        """
        self.is_verified = False
        if not self._verifies:
            return
        try:
            difference = self._difference()
        except OSError as error:
            self.close()
            raise faults.driver_error(error, self._image_path) from error
        if difference:
            self.close()
            raise faults.not_in_use(self._config_path, difference)

    def _difference(self) -> str:
        """Where the driver's configuration is another one; sets `is_verified` if it can be told."""
        layout, devices = self.layout(), self._list_devices()
        self.is_verified = devices is not None
        if devices is None:
            return ""
        difference = first_difference(layout, devices)
        if difference or self._is_file:
            return difference
        return first_wrong_variable(self._handle, layout)

    def _list_devices(self) -> tuple[DeviceInfo, ...] | None:
        if not self._is_file:
            return read_device_list(self._handle)
        plate = read_plate(self._image_path)
        return plate[1] if plate is not None else None

    def _was_reset(self) -> bool:
        count, before = self._count_resets(), self._resets
        self._resets = count
        return count != before

    def _count_resets(self) -> int:
        if not self._is_file:
            self._event_watch.start()
            return self._event_watch.count
        stamp = plate_stamp(self._image_path)
        if stamp == self._plate_stamp:
            return self._resets
        plate = read_plate(self._image_path)
        self._plate_stamp = stamp
        return plate[0] if plate is not None else self._resets

    def _take_guard(self) -> None:
        """Write through a guard; a handle that might have been armed later is not kept."""
        self._guard = OutputGuard(self._handle, self.layout(), watchdog_ms=self._watchdog_ms)
        try:
            self._guard.arm()
        except BlockingIOError as error:
            self.close()
            raise faults.driver_error(error, self._image_path) from error

    def _write_run(self, run: range, changes: Mapping[int, tuple[int, int]]) -> None:
        data = bytearray(os.pread(self._handle, len(run), run.start))
        if len(data) < len(run):
            raise faults.short_read(self._image_path, got=run.start + len(data), needed=run.stop)
        for index, address in enumerate(run):
            mask, value = changes[address]
            data[index] = data[index] & ~mask & 0xFF | value & mask
        os.pwrite(self._handle, data, run.start)

    def _lose(self, error: OSError) -> None:
        """Give up the handle unless the driver is merely not running."""
        if not isinstance(error, BlockingIOError):
            self.close()

    def _check_alive(self, mono_ns: int) -> None:
        """Raise when the process that writes the image file has stopped doing so."""
        silence_s = self._pulse.silence_s(os.fstat(self._handle), mono_ns)
        self._follow(mono_ns)
        if silence_s > SILENCE_LIMIT_S:
            raise faults.plant_silent(self._image_path, silence_s)

    def _follow(self, mono_ns: int) -> None:
        """Once a second: when the file was replaced, drop the old one; the next read opens anew."""
        if not self._is_file or mono_ns < self._next_identity_ns:
            return
        self._next_identity_ns = mono_ns + _IDENTITY_INTERVAL_NS
        if _is_replaced(self._handle, self._image_path):
            log.info("The process image %s was replaced; opening the new one.", self._image_path)
            self.close()


def _open_best(path: Path) -> tuple[int, bool]:
    """A handle, and whether it may write; reading alone will do where writing is refused."""
    flags = os.O_CLOEXEC | os.O_NONBLOCK
    try:
        return os.open(path, os.O_RDWR | flags), True
    except OSError as error:
        if error.errno not in _NO_WRITING:
            raise
    return os.open(path, os.O_RDONLY | flags), False


def _is_replaced(handle: int, path: Path) -> bool:
    try:
        return not os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return True
