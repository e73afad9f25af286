"""Carries an update from a click to the helper's inbox, and tells how it ended there."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.firmware.download import Download, DownloadError, Progress
from webmacs_edge.firmware.installer import Installer, free_bytes
from webmacs_edge.firmware.manifest import Refusal
from webmacs_edge.model.actors import Actor
from webmacs_edge.model.errors import BusyError, ConflictError, NotFoundError, StoreError
from webmacs_edge.model.firmware import RETRIED, FirmwareStatus, check_move
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import finish
from webmacs_edge.store.firmware_updates import (
    get_firmware_update,
    move_firmware_update,
    set_firmware_file,
)
from webmacs_edge.store.site_settings import write_site_value
from webmacs_edge.web.keys import CONTROL, DATABASE, RELEASES, UPDATE_FILES
from webmacs_edge.web.update_copy import copy_before
from webmacs_edge.web.update_plan import check_calm
from webmacs_edge.web.writing import write_as

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import FirmwareUpdate

REQUEST = "update.request"
_S = FirmwareStatus
_TROUBLES = (Refusal, DownloadError, ConflictError, StoreError, NotFoundError, OSError)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An update that somebody wants installed now."""

    public_id: str
    actor: Actor
    url: str = ""  # where its file is, when it is not here
    sha256: str = ""
    allow_older: str = ""
    without_copy: str = ""  # the version, to go without a copy of a database that is on a server
    accepted: bool = False
    again: bool = False  # also when it has failed, or was taken back


class Updates:
    """One update at a time: fetched, looked at, handed over."""

    name = "updates"

    def __init__(self, app: web.Application, installer: Installer) -> None:
        self.installer = installer
        self.progress: Progress | None = None  # of a download
        self.begun = ""  # the update that was begun last since the start
        self._app = app
        self._queue: asyncio.Queue[Wanted] = asyncio.Queue(maxsize=1)
        self._is_busy = self._is_asked = False

    @property
    def is_busy(self) -> bool:
        """Whether an update is under way here."""
        return self._is_busy or not self._queue.empty()

    async def start(self, wanted: Wanted) -> None:
        """Begin; ConflictError or BusyError says what stands in the way."""
        await self._check_installable()
        with self._alone():
            await check_calm(self._app, accepted=wanted.accepted)
            steps = await self._first_steps(wanted)
            self.begun = wanted.public_id
            await self._move(wanted.public_id, *steps, actor=wanted.actor)
            self._queue.put_nowait(wanted)

    async def go_back(self, public_id: str, *, version: str, actor: Actor, accepted: bool) -> None:
        """Ask for the version before this one; ConflictError says what stands in the way."""
        if version != __version__:
            raise ConflictError(
                text("Version {version} is not the one that runs.", version=version)
            )
        await self._check_installable()
        if await asyncio.to_thread(self.installer.previous) is None:
            raise ConflictError(text("There is no version before this one on this box."))
        with self._alone():
            await check_calm(self._app, accepted=accepted)
            await self._hand_over(public_id, "rollback", actor=actor)

    async def _check_installable(self) -> None:
        why_not = await asyncio.to_thread(self.installer.why_not)
        if why_not:
            raise ConflictError(text("Nothing was changed. {why}", why=why_not))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """BusyError while another is under way, or is being asked for at this very moment."""
        is_here = self.is_busy or self._is_asked
        if is_here or self.installer.phase != "idle" or self.installer.is_waiting:
            raise BusyError(text("Another update is under way. Wait until it has ended."))
        self._is_asked = True
        try:
            yield
        finally:
            self._is_asked = False

    async def run(self) -> None:
        """Carry out what is wanted, until cancelled."""
        while True:
            wanted = await self._queue.get()
            self._is_busy = True
            try:
                await self._carry_out(wanted)
            except _TROUBLES as error:
                await self._fail(wanted, error)
            finally:
                self._is_busy, self.progress = False, None

    async def _carry_out(self, wanted: Wanted) -> None:
        async with self._app[DATABASE].read() as session:
            update = await get_firmware_update(session, wanted.public_id)
        name = update.file_path or await self._fetch(wanted, update)
        await self._move(wanted.public_id, _S.verifying, actor=wanted.actor)
        path = self._app[UPDATE_FILES].folder / Path(name).name
        manifest = await asyncio.to_thread(
            self.installer.verify, path, __version__, allow_older=wanted.allow_older
        )
        if manifest.version != update.version:
            raise ConflictError(
                text(
                    "The file is of version {version}, not {wanted}.",
                    version=manifest.version,
                    wanted=update.version,
                )
            )
        await copy_before(self._app, manifest, without_copy=wanted.without_copy)
        await check_calm(self._app, accepted=wanted.accepted)
        await self._hand_over(
            wanted.public_id, "install", actor=wanted.actor, file=name, older=wanted.allow_older
        )

    async def _fetch(self, wanted: Wanted, update: "FirmwareUpdate") -> str:
        """Download the file; returns its name."""
        folder = self._app[UPDATE_FILES].folder
        partial = folder / "partial" / f"{update.version}.part"
        await asyncio.to_thread(partial.parent.mkdir, mode=0o750, parents=True, exist_ok=True)
        releases = self._app[RELEASES]
        download = Download(
            wanted.url,
            partial,
            check=await asyncio.to_thread(self.installer.check),
            free_bytes=await asyncio.to_thread(free_bytes, folder),
            headers=releases.headers_for(wanted.url),
        )
        self.progress = download.progress
        await download.fetch()
        name = f"{uuid4()}.tar"
        file = await finish(asyncio.to_thread(_settle, partial, folder / name))
        if wanted.sha256 and wanted.sha256.lower() != file[0]:
            await asyncio.to_thread((folder / name).unlink)
            raise ConflictError(text("The file has another SHA-256 than the one that was given."))
        await write_as(
            self._app,
            wanted.actor,
            lambda session: set_firmware_file(session, wanted.public_id, (name, *file)),
        )
        return name

    async def _hand_over(
        self, public_id: str, action: str, *, actor: Actor, file: str = "", older: str = ""
    ) -> None:
        """Note what is asked for, then ask: what ends it finds the note."""
        request_id, at_ms = str(uuid4()), now_ms()
        note = {"id": request_id, "update": public_id, "action": action, "at_ms": at_ms}

        async def work(session: "AsyncSession") -> None:
            await write_site_value(session, REQUEST, note, at_ms=at_ms)
            if action == "install":
                await move_firmware_update(session, public_id, [_S.applying], at_ms=at_ms)

        await write_as(self._app, actor, work)
        self._app[CONTROL].prepare_update(is_updating=True)
        await asyncio.to_thread(
            self.installer.ask, request_id, action=action, file=file, allow_older=older
        )

    async def _fail(self, wanted: Wanted, error: Exception) -> None:
        try:
            await self._move(wanted.public_id, _S.failed, actor=wanted.actor, error=str(error))
        except (ConflictError, StoreError, NotFoundError):
            return  # it was removed meanwhile, or the database is away: the keeper ends it

    async def _first_steps(self, wanted: Wanted) -> Sequence[FirmwareStatus]:
        """ConflictError where there is nothing to install."""
        async with self._app[DATABASE].read() as session:
            update = await get_firmware_update(session, wanted.public_id)
        old = FirmwareStatus(update.status)
        steps = (
            [_S.pending, _S.downloading] if wanted.again and old in RETRIED else [_S.downloading]
        )
        check_move(update.version, old=old, new=steps[0])
        if not update.file_path and not wanted.url:
            raise ConflictError(
                text("There is no file of version {version} here.", version=update.version)
            )
        return steps

    async def _move(
        self, public_id: str, *steps: FirmwareStatus, actor: Actor, error: str | None = None
    ) -> None:
        at_ms = now_ms()
        await write_as(
            self._app,
            actor,
            lambda session: move_firmware_update(
                session, public_id, steps, at_ms=at_ms, error=error
            ),
        )


def _settle(partial: Path, target: Path) -> tuple[str, int]:
    """Give what was fetched its name; returns SHA-256 and bytes."""
    digest, size = hashlib.sha256(), 0
    with partial.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
            size += len(part)
    partial.replace(target)
    return digest.hexdigest(), size


UPDATES = web.AppKey("updates", Updates)


def release_url(app: web.Application, version: str) -> str:
    """Where the file of this version is published, if it is the newest one that we know."""
    releases = app[RELEASES]
    release = releases.known
    if release is None or release.version != version:
        return ""
    return releases.file_url(release) or ""
