"""Copies of the service's databases while it is stopped, and putting them back.

They lie in a folder that the service owns: nothing there is opened through a link, and what is no
plain file of the owner is left out, so that no file of root can be drawn into it.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from webmacs_updater.disk import sync

FILES = {"config": "config.db", "history": "history.db"}
_PARTS = ("", "-wal", "-journal")  # a shared memory file is made anew
_ALL_PARTS = (*_PARTS, "-shm")
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Databases:
    """The databases in the folder of the service."""

    def __init__(self, folder: Path, reached: Callable[[str], object] = lambda _: None) -> None:
        self._folder = folder
        self._reached = reached

    def size(self, names: Iterable[str]) -> int:
        """How many bytes a copy takes."""
        found = [self._folder / (FILES[name] + part) for name in names for part in _PARTS]
        return sum(path.lstat().st_size for path in found if path.exists())

    def take(self, target: Path, names: Iterable[str]) -> None:
        """Copy them to a folder that is there as a whole or not at all."""
        partial = target.with_name(f"{target.name}.partial")
        for old in (partial, target):
            shutil.rmtree(old, ignore_errors=True)
        partial.mkdir(mode=0o700)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            for name in names:
                for part in _PARTS:
                    self._reached(f"take {name}{part}")
                    _take(FILES[name] + part, folder, partial)
        finally:
            os.close(folder)
        sync(partial)
        self._reached("taken")
        partial.replace(target)
        sync(target.parent)

    def put_back(self, source: Path) -> None:
        """Replace the databases by their copies; may be done again after a cut."""
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            for file in FILES.values():
                if (source / file).exists():
                    self._put_back(file, folder, source)
            os.fsync(folder)
        finally:
            os.close(folder)

    def _put_back(self, file: str, folder: int, source: Path) -> None:
        for part in _ALL_PARTS:
            self._reached(f"remove {file}{part}")
            _unlink(file + part, folder)
        for part in reversed(_PARTS):
            if (source / (file + part)).exists():
                self._reached(f"put {file}{part}")
                _put(source / (file + part), folder)


def _take(name: str, folder: int, target: Path) -> None:
    owner = os.fstat(folder).st_uid
    try:
        descriptor = os.open(name, _LOOK, dir_fd=folder)
    except OSError:
        return
    with os.fdopen(descriptor, "rb") as source:
        facts = os.fstat(source.fileno())
        if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1 or facts.st_uid != owner:
            return
        with (target / name).open("xb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())


def _put(copy: Path, folder: int) -> None:
    owner = os.fstat(folder)
    fresh = f"{copy.name}.put-back"
    _unlink(fresh, folder)
    descriptor = os.open(fresh, _MAKE, 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as target, copy.open("rb") as source:
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fchown(target.fileno(), owner.st_uid, owner.st_gid)
        os.fchmod(target.fileno(), 0o640)
        os.fsync(target.fileno())
    os.rename(fresh, copy.name, src_dir_fd=folder, dst_dir_fd=folder)


def _unlink(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
