"""Notices that the driver was reset: by its event, or by what a virtual plant says of itself."""

import errno
import fcntl
import logging
import os
import struct
import threading
import time
from pathlib import Path

from webmacs_edge.hardware.device_list import DEVICE_INFO, DeviceInfo, packed, parse_devices

log = logging.getLogger(__name__)

KB_WAIT_FOR_EVENT = 19250  # blocks; 1: the driver was reset
_RESET = 1
_PAUSE_S = 0.1  # before it is asked again while the driver does not run
_HEAD = struct.Struct("<II")  # resets, devices


class EventWatch:
    """A thread that waits for the driver's event on a handle of its own.

    Nobody can end that wait, so the thread ends with the process.
    """

    def __init__(self, path: Path) -> None:
        self.count = 0  # resets since the start
        self.is_blind = False  # the driver has no such event
        self._path = path
        self._thread = threading.Thread(target=self._run, name="driver events", daemon=True)

    def start(self) -> None:
        """Begin to listen, once."""
        if not self._thread.ident:
            self._thread.start()

    def _run(self) -> None:
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            self._give_up(error)
            return
        while True:
            try:
                self._wait(handle)
            except BlockingIOError:
                time.sleep(_PAUSE_S)
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                self._give_up(error)
                os.close(handle)
                return

    def _wait(self, handle: int) -> None:
        answer = bytearray(4)
        fcntl.ioctl(handle, KB_WAIT_FOR_EVENT, answer)
        if int.from_bytes(answer, "little") == _RESET:
            self.count += 1

    def _give_up(self, error: OSError) -> None:
        self.is_blind = True
        log.info("Resets of the driver are not told by itself (%s).", error.strerror)


def plate_of(image_path: Path) -> Path:
    """The file beside the image in which a virtual plant says what a driver would tell."""
    return image_path.with_name(image_path.name + ".devices")


def plate_stamp(image_path: Path) -> int:
    """When the plant said something last; 0 where it says nothing."""
    try:
        return plate_of(image_path).stat().st_mtime_ns
    except OSError:
        return 0


def write_plate(image_path: Path, resets: int, devices: tuple[DeviceInfo, ...]) -> None:
    """Say how often the plant was reset, and which devices it has; whole or not at all."""
    plate = plate_of(image_path)
    draft = plate.with_name(plate.name + ".new")
    text = _HEAD.pack(resets, len(devices)) + b"".join(packed(it) for it in devices)
    draft.write_bytes(text)
    draft.replace(plate)


def read_plate(image_path: Path) -> tuple[int, tuple[DeviceInfo, ...]] | None:
    """What the virtual plant says; None where it says nothing."""
    try:
        data = plate_of(image_path).read_bytes()
        resets, count = _HEAD.unpack_from(data)
    except (OSError, struct.error):
        return None
    if len(data) < _HEAD.size + count * DEVICE_INFO.size:
        return None
    return resets, tuple(parse_devices(data[_HEAD.size :], count))
