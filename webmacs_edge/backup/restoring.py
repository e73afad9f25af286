"""Makes a backup ready to be put in place: read, checked and brought up to date beside what is.

Nothing that is in use is touched here; the next start puts it in place (`store/swapping.py`).
"""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from webmacs_edge.backup.making import SETTINGS_NAME, key_mark
from webmacs_edge.backup.reading import Report, read_backup
from webmacs_edge.model.backups import Manifest
from webmacs_edge.model.errors import InvalidError, StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import from_ms
from webmacs_edge.service import finish
from webmacs_edge.store.config_copies import is_sound
from webmacs_edge.store.database import sqlite_url
from webmacs_edge.store.datadir import KEY_FILE, load_secret_key, write_private
from webmacs_edge.store.history_copy import HistoryBuilder, Schema
from webmacs_edge.store.history_upgrade import NEWEST, upgrade_history
from webmacs_edge.store.migrate import migrate, newest_revision
from webmacs_edge.store.swapping import NEW, drop_staged, is_ready, mark_ready

LEAST_FREE_BYTES = 64 * 2**20
RESTORED_SETTINGS = "restored-settings.toml"
_LOOK_EVERY = 32  # pieces


async def stage_backup(
    data_dir: Path, source: BinaryIO, *, passphrase: str, migrations: Path, at_ms: int
) -> Report:
    """Make everything ready for the next start; InvalidError or StoreError, and nothing changed."""
    if await asyncio.to_thread(is_ready, data_dir):
        raise InvalidError(
            text("Another backup waits to be put in place. Restart, or drop it, first.")
        )
    return await finish(_stage(data_dir, source, passphrase, migrations, at_ms))


async def _stage(  # noqa: PLR0917 behind the one door above
    data_dir: Path, source: BinaryIO, passphrase: str, migrations: Path, at_ms: int
) -> Report:
    stager = Stager(data_dir, newest_revision=newest_revision(migrations))
    try:
        report = await asyncio.to_thread(stager.stage, source, passphrase)
        await migrate(
            sqlite_url(stager.folder / "config.db"), migrations, stager.folder / "old", stamp="-"
        )
        await asyncio.to_thread(stager.complete, report, at_ms)
    except BaseException:
        await asyncio.to_thread(stager.drop)
        raise
    return report


class Stager:
    """Takes what is in a backup into a folder of its own."""

    def __init__(self, data_dir: Path, *, newest_revision: str) -> None:
        self.folder = data_dir / NEW
        self._data_dir, self._newest = data_dir, newest_revision
        self._builder: HistoryBuilder | None = None
        self._is_other_box = False
        self._pieces = 0

    def stage(self, source: BinaryIO, passphrase: str) -> Report:
        """Read it all; InvalidError or StoreError names what is wrong."""
        try:
            drop_staged(self._data_dir)
            self.folder.mkdir(mode=0o700, parents=True)
            report = read_backup(source, self, passphrase=passphrase)
            if self._builder is not None:
                self._builder.finish()
            if not is_sound(self.folder / "config.db"):
                raise StoreError(text("The settings' database in this backup is damaged."))
        except OSError as error:
            raise StoreError(
                text("The backup could not be unpacked: {reason}.", reason=error.strerror)
            ) from error
        except sqlite3.Error as error:
            raise StoreError(
                text("A database in this backup is damaged: {error}.", error=error)
            ) from error
        return report

    def complete(self, report: Report, at_ms: int) -> None:
        """Everything is proven: from now on the next start puts it in place."""
        if self._builder is not None:
            upgrade_history(self.folder / "history.db")
        shutil.rmtree(self.folder / "old", ignore_errors=True)
        for name in ("config.db", "history.db"):
            if (self.folder / name).exists():
                _sync(self.folder / name)
        manifest = report.manifest
        lost = self._is_other_box and not manifest.has_keys
        mark_ready(
            self._data_dir,
            stamp=from_ms(at_ms).strftime("%Y%m%dT%H%M%SZ"),
            note=_note(manifest, is_without_keys=lost),
            remove=["audit.head"] if lost else [],
        )

    def drop(self) -> None:
        """Leave nothing behind."""
        if self._builder is not None:
            self._builder.close()
        drop_staged(self._data_dir)

    def start(self, manifest: Manifest) -> None:
        """Refuse what a later release has made."""
        if manifest.config_revision > self._newest or manifest.history_version > NEWEST:
            raise InvalidError(
                text(
                    "This backup was made by a later release, {version}. Update this appliance "
                    "first, then restore.",
                    version=manifest.version,
                )
            )
        self._is_other_box = key_mark(load_secret_key(self._data_dir)) != manifest.key_mark

    def config(self, size: int, parts: Iterable[bytes]) -> None:
        """Into the folder."""
        self._need(size)
        with (self.folder / "config.db").open("xb") as file:
            for part in parts:
                file.write(part)

    def private(self, name: str, content: bytes) -> None:
        """Keys of another box are taken over; ours stay as they are."""
        if name == SETTINGS_NAME:
            write_private(self.folder / RESTORED_SETTINGS, content)
        elif self._is_other_box:
            if name == KEY_FILE and len(content) != len(load_secret_key(self._data_dir)):
                raise InvalidError(text("The key in this backup is damaged."))
            (self.folder / name).parent.mkdir(mode=0o750, exist_ok=True)
            write_private(self.folder / name, content)

    def schema(self, found: dict[str, Any]) -> None:
        """Begin the history."""
        try:
            schema = Schema(int(found["version"]), int(found["page_size"]),
                            dict(found["tables"]), list(found["after"]))  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidError(text("The history in this backup cannot be read.")) from error
        self._builder = HistoryBuilder(self.folder / "history.db", schema)

    def piece(self, content: bytes) -> None:
        """Rows of it."""
        if self._builder is None:
            raise InvalidError(text("The history in this backup cannot be read."))
        if self._pieces % _LOOK_EVERY == 0:
            self._need(len(content) * _LOOK_EVERY)
        self._pieces += 1
        self._builder.add(content)

    def _need(self, size_bytes: int) -> None:
        free = shutil.disk_usage(self._data_dir).free
        if free < size_bytes + LEAST_FREE_BYTES:
            raise StoreError(
                text(
                    "There is not enough room for this backup beside what is there: {free} MiB are "
                    "free. Free some space on the disk.",
                    free=free // 2**20,
                )
            )


def _note(manifest: Manifest, *, is_without_keys: bool) -> str:
    taken = f"{from_ms(manifest.created_ms):%Y-%m-%d %H:%M} UTC"
    note = text(
        "The backup of {site} ({host}) of {taken} was restored.",
        site=manifest.site_name,
        host=manifest.host,
        taken=taken,
    )
    if not is_without_keys:
        return note
    return text(
        "{note} It holds no keys: secrets of webhooks and the like must be entered again, "
        "everybody signs in anew, and entries of the audit trail from before cannot be verified.",
        note=note,
    )


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
