"""Troubles of disks: full, and losing what had not been written when the power was cut.

What programs have written without waiting for the disk (`fsync`) is at first with the kernel alone.
A box that is only killed keeps it; here the file system of every change, ext4, is shut down without
writing its journal (`EXT4_IOC_SHUTDOWN`), and found again at the next boot as a real disk would be.
"""

import fcntl
import os
import struct
from pathlib import Path

from tests.package.box import Box, run_here
from tests.package.updates import DATA

DISK_SIZE = "2600M"
_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
_WITHOUT_THE_JOURNAL = struct.pack("I", 2)


class ForgetfulBox(Box):
    """Every change lies on a disk of its own, below the overlay."""

    overlay_size = "8g"

    def cut_power(self) -> None:
        """Nothing more reaches the disk from now on; then every process is gone."""
        handle = os.open(self._disk, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, _SHUTDOWN, _WITHOUT_THE_JOURNAL)
        finally:
            os.close(handle)
        super().cut_power()
        run_here("umount", str(self.root))
        run_here("umount", str(self._disk))
        # Another box that was booted meanwhile may still hold the old one: it is left alone.
        fresh = self._work / "fresh.img"
        run_here("cp", "--sparse=always", str(self._image), str(fresh))
        fresh.replace(self._image)
        self._mount()

    @property
    def _disk(self) -> Path:
        return self._work / "disk"

    @property
    def _image(self) -> Path:
        return self._work / "disk.img"

    def _lay_changes(self) -> None:
        run_here("truncate", "-s", DISK_SIZE, str(self._image))
        run_here("mkfs.ext4", "-q", "-m", "0", str(self._image))
        self._disk.mkdir()
        self.root.mkdir()
        run_here("mount", "-o", "loop", str(self._image), str(self._disk))
        for name in ("upper", "inner"):
            (self._disk / name).mkdir()
        self._overlay(self._disk)

    def _mount(self) -> None:
        run_here("mount", "-o", "loop", str(self._image), str(self._disk))
        self._overlay(self._disk)


def damage(box: Box, folder: str = DATA) -> str:
    """What SQLite finds wrong with the databases, and byte code that is empty."""
    code = (
        "import sqlite3\nfor name in ('config', 'history'):\n"
        f"    c = sqlite3.connect(f'/{folder}/{{name}}.db', timeout=30)\n"
        "    print(*[r[0] for r in c.execute('PRAGMA integrity_check') if r[0] != 'ok'])"
    )
    empty = box.run("find", "/usr/lib/webmacs-edge", "-name", "*.pyc", "-size", "0")
    return (box.run("python3", "-c", code) + empty[:300]).strip()


def fill(box: Box, leave: int = 0) -> None:
    """Until so many bytes are left."""
    place = box.root / "var/lib/filling"
    with place.open("ab", buffering=0) as file:
        for size in (8 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
        file.truncate(file.tell() - leave)


def free(box: Box) -> None:
    """As before."""
    (box.root / "var/lib/filling").unlink()
