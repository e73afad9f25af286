"""Files of the helper that are whole or not there, also after a power cut."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Disk:
    """A folder that root alone writes. `reached` is called between steps; tests cut there."""

    def __init__(self, folder: Path, reached: Callable[[str], object] = lambda _: None) -> None:
        self.folder = folder
        self._reached = reached

    def path(self, name: str) -> Path:
        """Where a file of this name lies."""
        return self.folder / name

    def has(self, name: str) -> bool:
        """Whether it is there."""
        return self.path(name).exists()

    def read(self, name: str) -> dict[str, Any]:
        """What a JSON file holds; {} when it is not there or damaged."""
        try:
            found = json.loads(self.path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, name: str, content: dict[str, Any], mode: int = 0o644) -> None:
        """Replace a JSON file as a whole."""
        self.write_text(name, json.dumps(content), mode)

    def write_text(self, name: str, content: str, mode: int = 0o644) -> None:
        """Replace a text file as a whole."""
        self._reached(f"write {name}")
        fresh = self.path(f"{name}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._reached(f"rename {name}")
        fresh.replace(self.path(name))
        sync(self.path(name).parent)

    def overwrite(self, name: str, content: dict[str, Any]) -> None:
        """Where it lies, because a full disk has no room for another; longer than it needs be."""
        with self.path(name).open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            file.write(json.dumps(content).encode().ljust(size))
            file.flush()
            os.fsync(file.fileno())

    def move(self, name: str, to: str) -> None:
        """Give a file or folder another name, in place of what has it."""
        self._reached(f"move {name}")
        target = self.path(to)
        if target.is_dir():
            self.drop(to)
        self.path(name).replace(target)
        sync(self.folder)

    def copy(self, name: str, to: str) -> None:
        """A second copy of a file, whole or not there."""
        self._reached(f"copy {name}")
        fresh = self.path(f"{to}.new")
        shutil.copyfile(self.path(name), fresh)
        sync(fresh)
        fresh.replace(self.path(to))
        sync(self.folder)

    def drop(self, name: str) -> None:
        """Remove a file or a folder, if it is there."""
        path = self.path(name)
        if not path.exists():
            return
        self._reached(f"drop {name}")
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        sync(self.folder)


def sync(path: Path) -> None:
    """Put a file or a folder on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
