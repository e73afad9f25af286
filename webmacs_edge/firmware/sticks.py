"""Updates on USB sticks: found by looking where systems mount them; read, never executed."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from webmacs_edge.firmware.container import ENDING, MAX_BUNDLE_BYTES
from webmacs_edge.firmware.installer import Installer
from webmacs_edge.firmware.manifest import Refusal

NAME = "webmacs-"
MOST_FOLDERS, MOST_FILES, MOST_FOUND = 32, 500, 5
DEEPEST = 2  # /media/USER/STICK


@dataclass(frozen=True, slots=True)
class Offer:
    """A file on a stick: what it would install, or why it cannot."""

    path: Path
    size_bytes: int
    version: str = ""
    changelog: str = ""
    refusal: str = ""

    @property
    def id(self) -> str:
        """Its place, for a form."""
        return str(self.path)


def find_offers(places: Sequence[Path], installer: Installer) -> Sequence[Offer]:
    """The updates in these folders and just below them. Blocks."""
    files = [path for place in places for path in _files(place)]
    return [_offer(path, installer) for path in files[:MOST_FOUND]]


def open_regular(path: Path) -> BinaryIO:
    """A file that is no link and no device; OSError otherwise."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no file")
    return os.fdopen(descriptor, "rb")


def _files(place: Path) -> Iterator[Path]:
    folders = [(place, 0)]
    for folder, depth in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            for _, entry in zip(range(MOST_FILES), entries, strict=False):
                if _is_update(entry):
                    yield Path(entry.path)
                elif depth < DEEPEST and len(folders) < MOST_FOLDERS and _is_folder(entry):
                    folders.append((Path(entry.path), depth + 1))


def _is_update(entry: "os.DirEntry[str]") -> bool:
    fits = entry.name.startswith(NAME) and entry.name.endswith(ENDING)
    return fits and entry.is_file(follow_symlinks=False)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    return entry.is_dir(follow_symlinks=False)


def _offer(path: Path, installer: Installer) -> Offer:
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
        if size > MAX_BUNDLE_BYTES:
            return Offer(path, size, refusal="This file is too large for an update.")
        manifest = installer.look_into(path)
    except (Refusal, OSError) as error:
        return Offer(path, 0, refusal=str(error))
    return Offer(path, size, manifest.version, manifest.changelog)
