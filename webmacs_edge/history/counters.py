"""What the kernel counts of writing to the storage, and what the storage says about its life."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from webmacs_edge.model.wear import DeviceLife, reserve_word, used_percent

SECTOR_BYTES = 512  # of the kernel's counters, whatever the device's own are
_SECTORS_WRITTEN = 6  # position in a block device's stat


def device_number(path: Path) -> tuple[int, int]:
    """Major and minor number of the device that holds a path."""
    number = path.stat().st_dev
    return os.major(number), os.minor(number)


@dataclass(frozen=True, slots=True)
class Counters:
    """Where to read; tests point it at trees of their own."""

    proc: Path = Path("/proc/self/io")
    sys: Path = Path("/sys")
    device_number: Callable[[Path], tuple[int, int]] = device_number

    def app_bytes(self) -> int | None:
        """Bytes that this process has caused to be written since it started."""
        try:
            lines = self.proc.read_text().splitlines()
            words = dict(line.split(": ") for line in lines)
            return int(words["write_bytes"]) - int(words.get("cancelled_write_bytes", 0))
        except (OSError, ValueError, KeyError):
            return None

    def device(self, path: Path) -> Path | None:
        """The directory in /sys of the whole device under a path; None for RAM and networks."""
        try:
            major, minor = self.device_number(path)
            found = (self.sys / "dev" / "block" / f"{major}:{minor}").resolve(strict=True)
        except OSError:
            return None
        if (found / "partition").exists():
            found = found.parent
        return self._below(found)

    def _below(self, device: Path) -> Path:
        """The device that a mapped one (LVM, encryption) lies on, where it is only one."""
        while True:
            slaves = device / "slaves"
            found = sorted(slaves.iterdir()) if slaves.is_dir() else []
            if len(found) != 1:
                return device
            device = found[0].resolve()
            if (device / "partition").exists():
                device = device.parent

    def device_bytes(self, device: Path) -> int | None:
        """Bytes written to the whole device since the boot."""
        try:
            return int((device / "stat").read_text().split()[_SECTORS_WRITTEN]) * SECTOR_BYTES
        except (OSError, ValueError, IndexError):
            return None

    def device_size(self, device: Path) -> int | None:
        """Its size in bytes."""
        try:
            return int((device / "size").read_text()) * SECTOR_BYTES
        except (OSError, ValueError):
            return None

    def lives(self) -> tuple[DeviceLife, ...]:
        """What every eMMC says about itself."""
        found = (_life(path) for path in sorted((self.sys / "block").glob("mmcblk*")))
        return tuple(life for life in found if life is not None)


def _life(block: Path) -> DeviceLife | None:
    try:
        words = (block / "device" / "life_time").read_text().split()
    except OSError:
        return None
    used = [percent for word in words if (percent := used_percent(word)) is not None]
    try:
        reserve = reserve_word((block / "device" / "pre_eol_info").read_text().strip())
    except OSError:
        reserve = ""
    if not used and not reserve:
        return None
    return DeviceLife(block.name, max(used, default=None), reserve)
