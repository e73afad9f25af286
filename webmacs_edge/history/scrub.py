"""Reads the whole history once a month, slowly, so that damage is found while there are copies."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from webmacs_edge.history.integrity import BEGINNING, Findings, check_bite
from webmacs_edge.history.recorder import Recorder
from webmacs_edge.model.errors import StoreDamagedError, StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, HOUR_MS, MINUTE_MS, from_ms, now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Health, every
from webmacs_edge.store.database import Database
from webmacs_edge.store.inspection import Key, count_chunks
from webmacs_edge.store.site_settings import read_site_value, write_site_value

log = logging.getLogger(__name__)

BEAT_MS = MINUTE_MS
PASS_MS = 28 * DAY_MS  # so that a pass ends within a month
SAVED_EVERY_MS = HOUR_MS
STATE = "scrub.state"
MOST_NAMED = 100  # damaged chunks that are remembered
WriteNote = Callable[[str, LoggingType], Awaitable[object]]


class Scrub:
    """Checks a few chunks a minute, and begins again a month after it began."""

    name = "scrub"

    def __init__(
        self, history: Database, config: Database, recorder: Recorder, *, write_note: WriteNote
    ) -> None:
        self.health = Health(self.name)
        self.position: Key | None = BEGINNING
        self.started_ms = 0  # of this pass; 0: not read yet
        self.finished_ms: int | None = None  # of the last whole pass
        self.checked = 0  # chunks of this pass
        self.damaged: list[Key] = []  # chunks of this pass
        self._history = history
        self._config = config
        self._recorder = recorder
        self._write_note = write_note
        self._total = 0
        self._saved_ms = 0

    async def run(self) -> None:
        """Check a little each minute until cancelled."""
        await every(BEAT_MS / 1000, self._beat)

    async def _beat(self) -> None:
        try:
            await self.step(now_ms())
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()

    async def step(self, at_ms: int, *, limit: int | None = None) -> None:
        """Check the next chunks, as many as it takes to be through in a month."""
        if not self.started_ms:
            await self._load(at_ms)
        if self.position is None:
            if 0 <= at_ms - self.started_ms < PASS_MS:
                return
            await self._begin(at_ms)
        await self._check(limit or max(1, -(-self._total * BEAT_MS // PASS_MS)))
        is_through = self.position is None
        if is_through:
            self.finished_ms = at_ms
        if is_through or not 0 <= at_ms - self._saved_ms < SAVED_EVERY_MS:
            await self._save(at_ms)

    async def _check(self, limit: int) -> None:
        findings, position = Findings(), self.position or BEGINNING
        try:
            self.position = await check_bite(
                self._history, position, findings, limit=limit, repairs=True
            )
        except StoreDamagedError as error:
            await self._leave_file(error)
            raise
        if findings.unreadable:
            cause = text("The history file has pages that cannot be read.")
            await self._leave_file(StoreDamagedError(cause))
        self.checked += findings.chunks + len(findings.damaged)
        if findings.wrong_rollups:
            log.warning("%s summaries were wrong and are made anew.", findings.wrong_rollups)
        if findings.damaged:
            is_first = not self.damaged
            self.damaged = (self.damaged + findings.damaged)[:MOST_NAMED]
            if is_first:
                await self._tell(findings.damaged[0])

    async def _leave_file(self, error: StoreDamagedError) -> None:
        if await self._recorder.replace_file(error):
            self.position = None  # what is salvaged is checked on its way

    async def _tell(self, key: Key) -> None:
        await self._write_note(
            text(
                "A part of the history is damaged: samples from {at} UTC on are left out, their "
                "hourly summary stays. `webmacs-edge doctor` lists all damage; is the storage of "
                "this device at the end of its life?",
                at=f"{from_ms(key.t0):%Y-%m-%d %H:%M}",
            ),
            LoggingType.error,
        )

    async def _begin(self, at_ms: int) -> None:
        self.position, self.started_ms = BEGINNING, at_ms
        self.checked, self.damaged = 0, []
        await self._count()

    async def _count(self) -> None:
        async with self._history.read() as session:
            self._total = await count_chunks(session)

    async def _load(self, at_ms: int) -> None:
        async with self._config.read() as session:
            state: dict[str, Any] = await read_site_value(session, STATE, {})
        position = state.get("position", BEGINNING)
        self.position = None if position is None else Key(*position)
        self.started_ms = state.get("started_ms", at_ms)
        self.finished_ms = state.get("finished_ms")
        self.checked = state.get("checked", 0)
        self.damaged = [Key(*key) for key in state.get("damaged", [])]
        self._saved_ms = at_ms
        await self._count()

    async def _save(self, at_ms: int) -> None:
        state = {
            "position": self.position,
            "started_ms": self.started_ms,
            "finished_ms": self.finished_ms,
            "checked": self.checked,
            "damaged": self.damaged,
        }
        await self._config.write(
            lambda session: write_site_value(session, STATE, state, at_ms=at_ms)
        )
        self._saved_ms = at_ms
