"""Sets damaged files aside, and remembers which of them are still to be salvaged."""

import os
from pathlib import Path

MARK = ".damaged-"
DONE = ".done"
_COMPANIONS = ("", "-wal", "-shm")


def set_aside(file: Path, stamp: str) -> Path:
    """Rename a database file, with what belongs to it, to `….damaged-<stamp>`; OSError if not."""
    aside = file.with_name(f"{file.name}{MARK}{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = file.with_name(f"{file.name}{MARK}{stamp}-{number}")
    _rename(file, aside)
    return aside


def put_back(aside: Path, file: Path) -> None:
    """Undo it, where a new file could not be made either."""
    for end in _COMPANIONS:
        Path(f"{file}{end}").unlink(missing_ok=True)
    _rename(aside, file)


def waiting_files(file: Path) -> list[Path]:
    """The files that were set aside for `file` and are not salvaged yet, oldest first."""
    found = file.parent.glob(f"{file.name}{MARK}*")
    ends = (*_COMPANIONS[1:], DONE)
    return sorted(
        path for path in found if not path.name.endswith(ends) and not _done(path).exists()
    )


def note_salvaged(aside: Path) -> None:
    """Never salvage this file again."""
    _done(aside).touch()


def _done(aside: Path) -> Path:
    return aside.with_name(aside.name + DONE)


def _rename(old: Path, new: Path) -> None:
    for end in _COMPANIONS:
        if Path(f"{old}{end}").exists():
            Path(f"{old}{end}").rename(f"{new}{end}")
    directory = os.open(old.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
