"""Backups in a folder: of this box, of a USB stick, or for a moment on their way elsewhere."""

import os
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from webmacs_edge.backup.reading import Report, check_backup
from webmacs_edge.model.backups import superfluous
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text

LEAST_FREE_BYTES = 64 * 2**20
LEAST_FREE_SHARE = 0.02
_LOOK_EVERY_BYTES = 8 * 2**20


def write_into(output: BinaryIO, parts: Generator[bytes], *, passphrase: str) -> Report:
    """Write all of it to the disk, read it back, and say what is in it; StoreError if not.

    Stops while there is some room left: whoever measures needs it.
    """
    written = looked = 0
    with closing(parts):
        try:
            for part in parts:
                output.write(part)
                written += len(part)
                if written - looked >= _LOOK_EVERY_BYTES:
                    looked = written
                    _need_room(output)
            output.flush()
            os.fsync(output.fileno())
            os.posix_fadvise(output.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # from the disk itself
            output.seek(0)
            return check_backup(output, passphrase=passphrase)
        except OSError as error:
            raise StoreError(
                text("The backup could not be written: {reason}.", reason=error.strerror)
            ) from error


def write_file(
    folder: Path, name: str, parts: Generator[bytes], *, passphrase: str = "", keep: int = 0
) -> Report:
    """A file of that name, there as a whole or not at all; older ones beyond `keep` go (0: none).

    StoreError when the folder is missing (a stick that is not plugged in) or cannot be written.
    """
    if not os.path.isdir(folder):  # noqa: PTH112 False as well where it cannot be looked at
        parts.close()
        raise StoreError(
            text("There is no folder {folder}. Is the stick plugged in and mounted?", folder=folder)
        )
    fresh = folder / f".{name}.part"
    try:
        _remove(fresh)
        fresh.touch(mode=0o600, exist_ok=False)
        with closing(parts), fresh.open("r+b") as output:
            report = write_into(output, parts, passphrase=passphrase)
        fresh.rename(folder / name)
    except OSError as error:
        raise StoreError(
            text("{folder} cannot be written: {reason}.", folder=folder, reason=error.strerror)
        ) from error
    finally:
        _remove(fresh)
    if keep:
        _thin_out(folder, keep)
    return report


def _thin_out(folder: Path, keep: int) -> None:
    try:
        names = [file.name for file in folder.iterdir()]
    except OSError:
        return  # pulled out by now: the next one says so
    for old in superfluous(names, keep=keep):
        _remove(folder / old)


def _need_room(output: BinaryIO) -> None:
    at = os.fstatvfs(output.fileno())
    free, total = at.f_bavail * at.f_frsize, at.f_blocks * at.f_frsize
    if total and free < min(LEAST_FREE_BYTES, LEAST_FREE_SHARE * total):
        raise StoreError(
            text("The backup does not fit on this disk. Take fewer days, or free some space.")
        )


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError:
        return  # read-only by now: whoever writes next time says so
