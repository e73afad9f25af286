"""Puts what a backup held in the place of what is there, which is kept: before anything opens it.

`restore.new` holds the files and, written last, `READY`. Whatever is still in it is still to be
moved, so that a power cut at any moment is followed by the rest at the next start.
"""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from webmacs_edge.model.text import packed, text, unpacked
from webmacs_edge.store.datadir import write_private

NEW = "restore.new"
READY = "READY.json"
KEPT = 2  # states from before a restore
_PREFIX = "before-restore-"
_COMPANIONS = ("-wal", "-shm", "")  # the file itself last: its journal belongs to it


def mark_ready(data_dir: Path, *, stamp: str, note: str, remove: Iterable[str] = ()) -> None:
    """From now on the next start puts it in place; `note` is what to tell then."""
    content = {"aside": f"{_PREFIX}{stamp}", "note": packed(note), "remove": list(remove)}
    write_private(data_dir / NEW / READY, json.dumps(content).encode())
    _sync(data_dir / NEW)


def is_ready(data_dir: Path) -> bool:
    """Whether something waits for the next start."""
    return (data_dir / NEW / READY).is_file()


def drop_staged(data_dir: Path) -> None:
    """Forget what was made ready, or half of it."""
    (data_dir / NEW / READY).unlink(missing_ok=True)  # first: without it the rest is nothing
    shutil.rmtree(data_dir / NEW, ignore_errors=True)


def put_in_place(data_dir: Path) -> str:
    """Do what is ready, or go on with it; returns what to tell, "" when there was nothing.

    OSError when it cannot be done: then the rest follows at the next start.
    """
    new = data_dir / NEW
    if not is_ready(data_dir):
        shutil.rmtree(new, ignore_errors=True)  # half of one: the power was cut, or it was refused
        return ""
    order = json.loads((new / READY).read_bytes())
    aside = data_dir / Path(order["aside"]).name
    aside.mkdir(mode=0o700, exist_ok=True)
    for name in order["remove"]:
        _move_aside(data_dir, aside, Path(name).name)
    for fresh in sorted(path for path in new.rglob("*") if path.is_file() and path.name != READY):
        name = str(fresh.relative_to(new))
        _move_aside(data_dir, aside, name)
        (data_dir / name).parent.mkdir(mode=0o750, exist_ok=True)
        fresh.rename(data_dir / name)
    _sync(data_dir)
    drop_staged(data_dir)
    for old in sorted(data_dir.glob(f"{_PREFIX}*"))[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return text(
        "{note} What was there before is kept in {aside}.",
        note=unpacked(order["note"]),
        aside=aside.name,
    )


def _move_aside(data_dir: Path, aside: Path, name: str) -> None:
    """Unless it was moved before the power was cut: what stands there now is then the new one."""
    if (aside / name).exists():
        return
    (aside / name).parent.mkdir(mode=0o700, exist_ok=True)
    for end in _COMPANIONS if name.endswith(".db") else ("",):
        old = data_dir / f"{name}{end}"
        if old.exists():
            old.rename(aside / f"{name}{end}")
    _sync(aside)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
