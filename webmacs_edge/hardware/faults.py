"""What the operating system's refusals mean for the process image, in words with the way out."""

import errno
from pathlib import Path

from webmacs_edge.model.errors import (
    DeviceIOError,
    DriverError,
    DriverMissingError,
    DriverNotRunningError,
    DriverPermissionError,
    LayoutMismatchError,
    ShortReadError,
)
from webmacs_edge.model.text import text


def driver_error(error: OSError, path: Path) -> DriverError:
    """The typed error for what happened at the process image."""
    match error.errno:
        case errno.EAGAIN:
            return not_running(path)
        case errno.ENOENT | errno.ENOTDIR | errno.ENODEV | errno.ENXIO:
            return missing(path)
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return DriverPermissionError(
                text(
                    "This user may not open the process image {path}. Add the user to the group "
                    "picontrol, or allow access to the file.",
                    path=path,
                )
            )
        case errno.EISDIR:
            return is_no_image(path)
        case _:
            return DeviceIOError(
                text(
                    "Reading or writing the process image {path} failed: {strerror}. "
                    "Look at the kernel log (journalctl -k) and restart the device if it goes on.",
                    path=path,
                    strerror=error.strerror,
                )
            )


def missing(path: Path) -> DriverMissingError:
    """There is nothing at the path."""
    return DriverMissingError(
        text(
            "The process image {path} does not exist. On a Revolution Pi load the driver "
            "(modprobe piControl); elsewhere start the demo or name another image in the settings.",
            path=path,
        )
    )


def is_no_image(path: Path) -> DriverMissingError:
    """There is something else at the path."""
    return DriverMissingError(
        text(
            "{path} is not a process image but a directory or another kind of file. "
            "Name /dev/piControl0 or the image file of a virtual plant in the settings.",
            path=path,
        )
    )


def not_running(path: Path) -> DriverNotRunningError:
    """EAGAIN: the driver is starting, being reset, or has stopped the bus."""
    return DriverNotRunningError(
        text(
            "The driver behind {path} is not running: it starts, is being reset from PiCtory, or "
            "has "
            "stopped the bus after errors. Wait a few seconds, then reset the driver in PiCtory.",
            path=path,
        )
    )


def plant_silent(path: Path, silence_s: float) -> DriverNotRunningError:
    """The process that stands in for the driver does not write any more."""
    return DriverNotRunningError(
        text(
            "The plant process has not written {path} for {silence:.1f} s. "
            "Start the virtual plant again, or name the image of a running one.",
            path=path,
            silence=silence_s,
        )
    )


def short_read(path: Path, *, got: int, needed: int) -> ShortReadError:
    """Fewer bytes than the configuration describes."""
    return ShortReadError(
        text(
            "The process image {path} gave {got} bytes, but the configuration needs {needed}. "
            "Reset the driver in PiCtory so that both fit together again.",
            path=path,
            got=got,
            needed=needed,
        )
    )


def not_in_use(config: Path, difference: str) -> LayoutMismatchError:
    """The driver works by another configuration than the file that PiCtory saved."""
    return LayoutMismatchError(
        text(
            "The driver does not use the configuration {config}: {difference}. Nothing is read "
            "and no "
            "output is written until both fit. Reset the driver in PiCtory (Tools, Reset driver).",
            config=config,
            difference=difference,
        )
    )


def read_only(path: Path) -> DriverPermissionError:
    """Opened for reading alone."""
    return DriverPermissionError(
        text(
            "The process image {path} could only be opened for reading; outputs cannot be changed. "
            "Allow this user to write it.",
            path=path,
        )
    )


def not_open(path: Path) -> DriverError:
    """A call before `open`."""
    return DriverError(
        text("The process image {path} is not open. Open the driver first.", path=path)
    )
