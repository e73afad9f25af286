"""Gives the history a new file when its own is damaged, so that recording goes on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from webmacs_edge.history.recorder import Recorder
from webmacs_edge.model.errors import StoreDamagedError, StoreError
from webmacs_edge.model.times import HOUR_MS, from_ms, now_ms
from webmacs_edge.store.database import Database
from webmacs_edge.store.files import put_back, set_aside
from webmacs_edge.store.history_files import create_history_tables

log = logging.getLogger(__name__)

AGAIN_AFTER_MS = HOUR_MS  # a disk that damages every file must not fill itself with copies


class Recovery:
    """Sets a damaged file aside; what it still holds is salvaged later."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self.has_new = asyncio.Event()  # set when a file was set aside
        self._database = database
        self._recorder = recorder
        self._last_ms: int | None = None
        recorder.on_damage = self.replace_file

    async def open(self, open_file: Callable[[], Awaitable[None]]) -> None:
        """Open the file; when it cannot be read, or not at all, open a new one in its place."""
        try:
            await open_file()
        except StoreError as error:
            file = self._database.file
            if file is None or not (isinstance(error, StoreDamagedError) or _is_closed(error)):
                raise
            await self._open_new(open_file, file, error)

    async def _open_new(
        self, open_file: Callable[[], Awaitable[None]], file: Path, error: StoreError
    ) -> None:
        aside = await self._set_aside(file, error)
        try:
            await open_file()
        except StoreError:
            await self._database.close()
            await asyncio.to_thread(put_back, aside, file)
            raise error from None

    async def replace_file(self, error: StoreDamagedError) -> bool:
        """Go on in a new file while running: RAM has all that is not in chunks yet."""
        file, at_ms = self._database.file, now_ms()
        too_soon = self._last_ms is not None and at_ms - self._last_ms < AGAIN_AFTER_MS
        if file is None or too_soon:
            return False
        self._last_ms = at_ms
        try:
            await self._set_aside(file, error)
            await create_history_tables(self._database)
        except StoreError as another:
            log.error("No new file could be made: %s", another)  # noqa: TRY400 it says it all
            return False
        self._recorder.forget_journal()
        return True

    async def _set_aside(self, file: Path, error: StoreError) -> Path:
        await self._database.close()
        stamp = from_ms(now_ms()).strftime("%Y%m%dT%H%M%SZ")
        try:
            aside = await asyncio.to_thread(set_aside, file, stamp)
        except OSError:
            raise error from None
        log.error("%s It is kept as %s; recording goes on in a new file.", error, aside)
        self.has_new.set()
        return aside


def _is_closed(error: StoreError) -> bool:
    """Whether the file could not even be opened or read."""
    return any(words in str(error) for words in ("unable to open", "disk I/O error"))
