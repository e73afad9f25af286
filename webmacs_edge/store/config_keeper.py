"""Keeps a few copies of `config.db`, so that an appliance whose file is damaged has a way back."""

import asyncio
import logging
import sqlite3
from pathlib import Path

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import from_ms, now_ms
from webmacs_edge.service import Health, every
from webmacs_edge.store.config_copies import Restored, heal, take_copy

log = logging.getLogger(__name__)

FIRST_S = 60.0  # after the start, when other things are done
EVERY_S = 6 * 3600.0  # gentle to the flash


def copies_of(data_dir: Path) -> Path:
    """Where they are, with those that were taken before a change of the schema."""
    return data_dir / "backups"


async def heal_config(file: Path, data_dir: Path) -> str:
    """Go back to the newest sound copy when the file is damaged; what to tell the operator, or "".

    A damaged file without a copy is left as it is: whoever opens it says what is wrong.
    """
    stamp = from_ms(now_ms()).strftime("%Y%m%dT%H%M%SZ")
    try:
        done = await asyncio.to_thread(heal, file, copies_of(data_dir), stamp=stamp)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"{file} cannot be read, and no copy could be put in its place: {error}."
        ) from error
    if done is None:
        return ""
    note = _note(done)
    log.error(note)
    return note


def _note(done: Restored) -> str:
    taken = from_ms(int(done.copy.stat().st_mtime * 1000))
    return text(
        "The settings' database was damaged and is kept as {aside}. The copy of "
        "{taken} UTC stands in its place: what was changed since is lost, the "
        "history is not. Is the storage of this device at the end of its life?",
        aside=done.aside.name,
        taken=f"{taken:%Y-%m-%d %H:%M}",
    )


class ConfigKeeper:
    """Takes a copy soon after the start, and then four times a day if something has changed."""

    name = "config copies"

    def __init__(self, file: Path, data_dir: Path, *, first_s: float = FIRST_S) -> None:
        self.health = Health(self.name)
        self._file = file
        self._directory = copies_of(data_dir)
        self._first_s = first_s

    async def run(self) -> None:
        """Copy now and then until cancelled."""
        await asyncio.sleep(self._first_s)
        await self.copy()
        await every(EVERY_S, self.copy)

    async def copy(self) -> None:
        """Take a copy if something has changed since the last one."""
        day = from_ms(now_ms()).strftime("%Y-%m-%d")
        try:
            await asyncio.to_thread(take_copy, self._file, self._directory, day=day)
        except (OSError, sqlite3.Error) as error:
            words = text("No copy of the settings' database could be taken: {error}.", error=error)
            self.health.bad(words)
        else:
            self.health.good()
