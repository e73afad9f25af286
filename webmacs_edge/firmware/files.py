"""Files of updates and drivers: received under names of our own, whole or not at all."""

import asyncio
import errno
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from webmacs_edge.model.errors import BusyError, StoreError
from webmacs_edge.model.text import text
from webmacs_edge.service import finish

RESERVE_BYTES = 256 * 1024 * 1024  # stays free for the history while a file is received
_LOOK_EVERY_BYTES = 16 * 1024 * 1024
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was received whole; `name` is its name in the folder."""

    name: str
    sha256: str
    size_bytes: int


class UpdateFiles:
    """A folder of received files. One is received at a time."""

    def __init__(
        self, folder: Path, *, suffix: str = ".tar.gz", reserve_bytes: int = RESERVE_BYTES
    ) -> None:
        self.folder = folder
        self._suffix = suffix
        self._reserve_bytes = reserve_bytes
        self._is_receiving = False

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """Hold the one place inside the block; BusyError when it is taken."""
        if self._is_receiving:
            raise BusyError(
                text("Another file is being uploaded just now. Try again when it is there.")
            )
        self._is_receiving = True
        try:
            yield
        finally:
            self._is_receiving = False

    async def prepare(self, known: Collection[str], *, size_bytes: int) -> None:
        """Make the folder, remove what is not known; StoreError when there is no room."""
        await asyncio.to_thread(self._prepare, frozenset(known), size_bytes)

    async def receive(self, parts: AsyncIterator[bytes]) -> StoredFile:
        """Write the parts to a fresh file; nothing is left of it when that fails."""
        path = self.folder / f"{uuid4()}{self._suffix}"
        try:
            with _disk_errors(self.folder):
                return await self._write(path, parts)
        except BaseException:
            await finish(asyncio.to_thread(self.remove, path.name))
            raise

    def remove(self, name: str) -> None:
        """Delete a file of the folder, if it is there."""
        (self.folder / Path(name).name).unlink(missing_ok=True)

    async def _write(self, path: Path, parts: AsyncIterator[bytes]) -> StoredFile:
        digest, size_bytes, looked_at = hashlib.sha256(), 0, 0
        with await asyncio.to_thread(_create, path) as file:
            async for part in parts:
                await asyncio.to_thread(_append, file, digest, part)
                size_bytes += len(part)
                if size_bytes - looked_at >= _LOOK_EVERY_BYTES:
                    await asyncio.to_thread(self._check_room, 0)
                    looked_at = size_bytes
            await asyncio.to_thread(_settle, file)
        return StoredFile(path.name, digest.hexdigest(), size_bytes)

    def _prepare(self, known: frozenset[str], size_bytes: int) -> None:
        with _disk_errors(self.folder):
            self.folder.mkdir(mode=0o750, exist_ok=True)
            for path in self.folder.iterdir():
                if path.name not in known and path.is_file():
                    path.unlink()
            self._check_room(size_bytes)

    def _check_room(self, size_bytes: int) -> None:
        free = shutil.disk_usage(self.folder).free
        if free - size_bytes < self._reserve_bytes:
            needed = size_bytes + self._reserve_bytes
            raise StoreError(
                text(
                    "There is no room for this file: {mb_2:.0f} MB must be free, "
                    "{mb:.0f} MB are. Free some space on the disk.",
                    mb_2=needed / _MB,
                    mb=free / _MB,
                )
            ) from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except ConnectionError:
        raise  # whoever sends has left; the disk has nothing to do with it
    except OSError as error:
        raise StoreError(
            text(
                "The file cannot be written to {folder}: {strerror}. "
                "Free some space on the disk, or look after it.",
                folder=folder,
                strerror=error.strerror,
            )
        ) from error


def _create(path: Path) -> BinaryIO:
    return path.open("xb")


def _append(file: BinaryIO, digest: "hashlib._Hash", part: bytes) -> None:
    digest.update(part)
    file.write(part)


def _settle(file: BinaryIO) -> None:
    """What is told to be there must be there after a power cut as well."""
    file.flush()
    os.fsync(file.fileno())
    folder = os.open(Path(file.name).parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
