"""A place to write to that tells how many bytes reached the device."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Meter = Callable[[], int]
_SECTOR_BYTES = 512


@contextmanager
def device(size_mib: int) -> Iterator[tuple[Path, Meter, str]]:
    """A directory, a meter of bytes written, and what the meter counts.

    With the right to do so an ext4 of its own on a loop device, so that the write-ahead log and the
    journal of the file system are in the figures; else what this process says it wrote.
    """
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o711)  # a database server runs as somebody else
        image, place = Path(parent) / "image", Path(parent) / "place"
        place.mkdir()
        loop = _attach(image, size_mib)
        if loop is None or not _mount(loop, place):
            _detach(loop)
            yield (
                place,
                _process_bytes,
                "bytes of /proc/self/io, because no loop device can be made",
            )
            return
        try:
            yield place, _sector_meter(loop), "sectors of a loop device with its own ext4"
        finally:
            _run("umount", str(place))
            _detach(loop)


def _attach(image: Path, size_mib: int) -> str | None:
    if os.getuid() != 0 or shutil.which("losetup") is None:
        return None
    with image.open("wb") as file:
        file.truncate(size_mib * 2**20)
    if not _run(
        "mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image)
    ):
        return None
    found = subprocess.run(
        ["losetup", "-f", "--show", str(image)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None


def _mount(loop: str, place: Path) -> bool:
    return _run("mount", loop, str(place))


def _detach(loop: str | None) -> None:
    if loop is not None:
        _run("losetup", "-d", loop)


def _run(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _sector_meter(loop: str) -> Meter:
    statistics = Path("/sys/block") / Path(loop).name / "stat"

    def written() -> int:
        os.sync()
        return int(statistics.read_text().split()[6]) * _SECTOR_BYTES

    return written


def _process_bytes() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))
