"""The file that stands in for the driver's process image."""

import os
from contextlib import AbstractContextManager
from pathlib import Path

from webmacs_edge.hardware.entries import IMAGE_LENGTH
from webmacs_edge.hardware.turns import turn


class ImageFile:
    """Owns the image: made whole at the start, then written in pieces, one call per module."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self._limit = IMAGE_LENGTH
        self._handle = _create(path, content)

    def read(self) -> bytes:
        """The whole image; what a truncation cut off reads as zeros."""
        return os.pread(self._handle, IMAGE_LENGTH, 0).ljust(IMAGE_LENGTH, b"\0")

    def write(self, offset: int, data: bytes) -> None:
        """One write; nothing lands behind the point of truncation."""
        kept = data[: max(0, self._limit - offset)]
        if kept:
            os.pwrite(self._handle, kept, offset)

    def alone(self) -> AbstractContextManager[None]:
        """While nobody else who takes turns writes."""
        return turn(self._handle)

    def refill(self, content: bytes) -> None:
        """Write everything anew and end a truncation."""
        self._limit = IMAGE_LENGTH
        os.pwrite(self._handle, content, 0)

    def truncate(self, length: int) -> None:
        """Cut the file off, and keep it that short."""
        self._limit = length
        os.ftruncate(self._handle, length)

    def replace(self) -> None:
        """Put a new file with the same content in the place of the old one."""
        content = self.read()
        os.close(self._handle)
        self._limit = IMAGE_LENGTH
        self._handle = _create(self.path, content)

    def close(self) -> None:
        """Let go of the file; it stays."""
        os.close(self._handle)


def _create(path: Path, content: bytes) -> int:
    """Make the file beside its place and move it there, so that no reader sees half of it."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    os.pwrite(handle, content, 0)
    draft.replace(path)
    return handle
