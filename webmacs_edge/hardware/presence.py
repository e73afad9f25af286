"""Whether this machine is a Revolution Pi, or has anything of one."""

from pathlib import Path

from webmacs_edge.hardware.pictory import find_config
from webmacs_edge.model.errors import ConfigurationError

_KERNEL = (Path("/sys/module/piControl"), Path("/sys/class/piControl"), Path("/etc/revpi"))
_MODEL = Path("/proc/device-tree/model"), Path("/proc/device-tree/compatible")
_MAKER = (b"revpi", b"revolution pi", b"kunbus")


def is_revpi_here(process_image: Path) -> bool:
    """Whether there is a process image, its driver, a PiCtory file, or a board of the maker."""
    if process_image.exists() or any(path.exists() for path in _KERNEL):
        return True
    try:
        find_config(None)
    except ConfigurationError:
        return any(_names_maker(file) for file in _MODEL)
    return True


def _names_maker(file: Path) -> bool:
    try:
        said = file.read_bytes().lower()
    except OSError:
        return False
    return any(name in said for name in _MAKER)
