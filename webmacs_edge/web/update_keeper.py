"""Looks how the root helper gets on with an update, tells how it ended, and finds sticks."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.firmware.installer import Installer, Outcome
from webmacs_edge.firmware.sticks import Offer, find_offers
from webmacs_edge.model.actors import APPLIANCE
from webmacs_edge.model.errors import ConflictError, NotFoundError, StoreError
from webmacs_edge.model.firmware import (
    ON_ITS_WAY,
    FirmwareStatus,
    steps_to,
)
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Health, every, finish
from webmacs_edge.store.firmware_updates import (
    get_firmware_update,
    move_firmware_update,
    set_firmware_file,
    updates_under_way,
)
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.site_settings import read_site_value, write_site_value
from webmacs_edge.web.keys import CONTROL, DATABASE, SETTINGS, UPDATE_FILES
from webmacs_edge.web.updating import REQUEST, UPDATES, Updates
from webmacs_edge.web.writing import write_as

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import FirmwareUpdate


LOOK_S = 1.0
STICKS_S = 5.0
UNTAKEN_S = 90.0  # a request that nobody has taken by then is given up
SILENT_S = 180.0  # the helper is idle, and has said nothing of the request
_S = FirmwareStatus


class UpdateKeeper:
    """Looks how the helper gets on, and what lies on sticks."""

    name = "update keeper"

    def __init__(self, app: web.Application, updates: Updates) -> None:
        self.health = Health(self.name)
        self.offers: Sequence[Offer] = ()
        self._app, self._updates = app, updates
        self._sticks_at_s = 0.0
        self._is_first = True

    async def run(self) -> None:
        """Look until cancelled."""
        await every(LOOK_S, self.look)

    async def look(self) -> None:
        """Once."""
        try:
            await self._settle()
        except (StoreError, ConflictError, NotFoundError) as error:  # told, and tried again
            self.health.bad(error)
        else:
            self.health.good()
        if time.monotonic() >= self._sticks_at_s:
            self._sticks_at_s = time.monotonic() + STICKS_S
            places = [Path(place) for place in self._app[SETTINGS].update_media]
            self.offers = await finish(
                asyncio.to_thread(find_offers, places, self._updates.installer)
            )

    async def _settle(self) -> None:
        async with self._app[DATABASE].read() as session:
            note: dict[str, Any] = await read_site_value(session, REQUEST) or {}
            stuck = await updates_under_way(session) if self._is_first else ()
        if self._is_first:
            self._is_first = False
            known = (note.get("update"), self._updates.begun)
            await self._end_stuck([it for it in stuck if it.public_id not in known])
        if not note:
            return
        outcome = await asyncio.to_thread(self._outcome, note)
        if outcome is not None:
            await self._end(note, outcome)

    def _outcome(self, note: dict[str, Any]) -> Outcome | None:
        """How the request ended; None while it has not."""
        installer = self._updates.installer
        for outcome in installer.outcomes():
            if outcome.id == note["id"]:
                return outcome if installer.phase == "idle" else None
        waited_s = (now_ms() - int(note["at_ms"])) / 1000
        if installer.is_waiting and waited_s > UNTAKEN_S:
            why = text("The updater did not take it. Look at: systemctl status webmacs-edge-update")
            return Outcome(note["id"], note["action"], "failed", why)
        if not installer.is_waiting and installer.phase == "idle" and waited_s > SILENT_S:
            why = text("The updater told nothing. Look at: journalctl -u webmacs-edge-update")
            return Outcome(note["id"], note["action"], "failed", why)
        return None

    async def _end(self, note: dict[str, Any], outcome: Outcome) -> None:
        """Tell how it ended: in the list of updates and in the operator's log."""
        at_ms, public_id = now_ms(), str(note["update"])
        done_with: list[str] = []

        async def work(session: "AsyncSession") -> None:
            await write_site_value(session, REQUEST, None, at_ms=at_ms)
            try:
                update = await get_firmware_update(session, public_id)
            except NotFoundError:
                return
            status = _status_after(outcome, FirmwareStatus(update.status))
            steps = steps_to(FirmwareStatus(update.status), status)
            await move_firmware_update(
                session, public_id, steps, at_ms=at_ms, error=outcome.why or None
            )
            words, kind = _words(update.version, outcome)
            await add_log_entry(session, words, at_ms=at_ms, logging_type=kind)

            if outcome.outcome == "completed" and update.file_path:
                done_with.append(update.file_path)  # the helper keeps what going back needs
                await set_firmware_file(session, public_id, None)

        await write_as(self._app, APPLIANCE, work)
        self._app[CONTROL].prepare_update(is_updating=False)
        for name in done_with:
            await asyncio.to_thread(self._app[UPDATE_FILES].remove, name)

    async def _end_stuck(self, stuck: "Sequence[FirmwareUpdate]") -> None:
        """What was on its way when the appliance ended is not on its way any more."""
        for update in stuck:
            await write_as(self._app, APPLIANCE, self._failing(update.public_id))

    def _failing(self, public_id: str) -> Any:
        why = text("It was interrupted by a restart. Try again: what was fetched is kept.")
        return lambda session: move_firmware_update(
            session, public_id, [_S.failed], at_ms=now_ms(), error=why
        )


def _status_after(outcome: Outcome, old: FirmwareStatus) -> FirmwareStatus:
    if outcome.action == "rollback":
        return _S.rolled_back if outcome.outcome == "rolled_back" else old
    names = {"completed": _S.completed, "undone": _S.rolled_back}
    return names.get(outcome.outcome, _S.failed if old in ON_ITS_WAY else old)


def _words(version: str, outcome: Outcome) -> tuple[str, LoggingType]:
    if outcome.outcome == "completed":
        return text("Version {version} was installed.", version=version), LoggingType.info
    if outcome.outcome == "rolled_back":
        words = text("Version {version} was taken back.", version=version)
        return words, LoggingType.warning
    if outcome.outcome == "undone":
        words = text("Version {version} was taken back: {why}", version=version, why=outcome.why)
        return words, LoggingType.error
    words = text("Version {version} was not installed: {why}", version=version, why=outcome.why)
    return words, LoggingType.error


UPDATE_KEEPER = web.AppKey("update_keeper", UpdateKeeper)


def set_up_updates(app: web.Application, installer: Installer) -> tuple[Updates, UpdateKeeper]:
    """What has to run for updates."""
    updates = app[UPDATES] = Updates(app, installer)
    keeper = app[UPDATE_KEEPER] = UpdateKeeper(app, updates)
    return updates, keeper
