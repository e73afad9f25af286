"""Where the virtual plant of a demo lives: in memory, and removed also where a demo was killed."""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "webmacs-plant-"
_LOCK = ".lock"
_MOST = 100  # are removed at one start


def memory() -> Path:
    """The image changes 50 times a second: spare the flash."""
    ram = Path("/dev/shm")  # noqa: S108 directories in it are private
    return ram if os.access(ram, os.W_OK) else Path(tempfile.gettempdir())


@contextmanager
def plant_place(where: Path) -> Iterator[Path]:
    """A directory of our own there, gone in the end; those that killed demos have left go first."""
    _remove_left_behind(where)
    place, lock = _make(where)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


def _make(where: Path) -> tuple[Path, int]:
    """With its lock held: nobody takes it for left behind between the one and the other."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=where))
        try:
            lock = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            continue  # as below, a moment earlier
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(lock).st_nlink:
            return place, lock
        os.close(lock)  # somebody who began just now was quicker


def _remove_left_behind(where: Path) -> None:
    """Of this user only, with a lock that nobody holds."""
    removed = 0
    for place in where.glob(f"{PREFIX}*"):
        removed += _remove_if_left(place)
        if removed >= _MOST:
            return


def _remove_if_left(place: Path) -> bool:
    try:
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return False
        lock = os.open(place / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False  # gone meanwhile, or none of ours
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(place, ignore_errors=True)
    except BlockingIOError:
        return False  # in use
    finally:
        os.close(lock)
    return True
