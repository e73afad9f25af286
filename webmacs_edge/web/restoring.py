"""Takes a backup that somebody uploads: checked, and made ready for the next start."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from webmacs_edge.backup.folder import LEAST_FREE_BYTES
from webmacs_edge.backup.making import WORK
from webmacs_edge.backup.reading import Report
from webmacs_edge.backup.restoring import stage_backup
from webmacs_edge.config import RESOURCES
from webmacs_edge.model.backups import MAX_PASSPHRASE
from webmacs_edge.model.errors import BusyError, InvalidError, StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.keys import BACKUPS, RESTART, SETTINGS
from webmacs_edge.web.uploads import STALLED_S, read_parts

log = logging.getLogger(__name__)

_MAX_PARTS = 8
_FIELDS = ("code", "restore_passphrase")
_MIGRATIONS = RESOURCES / "migrations"
UPLOADING = web.AppKey("uploading", asyncio.Lock)


class Upload:
    """A form with a few words before its file."""

    def __init__(self, fields: dict[str, str], file: BodyPartReader) -> None:
        self.fields, self.file = fields, file


async def read_upload(request: web.Request) -> Upload:
    """The words and the file, whose content is still to come; InvalidError when it is missing."""
    if BACKUPS not in request.app:
        raise InvalidError(text("A server keeps the data of this appliance: restore it there."))
    if request.content_type != "multipart/form-data":
        raise InvalidError(text("Choose the file of a backup."), field="file")
    try:
        found = await _find_file(request)
    except (ValueError, RuntimeError, BadHttpMessage) as error:
        raise InvalidError(text("The form cannot be read. Send it again."), field="file") from error
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    if found is None:
        raise InvalidError(text("Choose the file of a backup."), field="file")
    return found


async def _find_file(request: web.Request) -> Upload | None:
    fields: dict[str, str] = {}
    reader = await request.multipart()
    for _ in range(_MAX_PARTS):
        async with asyncio.timeout(STALLED_S):
            part = await reader.next()
        if not isinstance(part, BodyPartReader):
            return None
        if part.name == "file":
            return Upload(fields, part) if part.filename else None
        if part.name in _FIELDS:
            content = await part.read_chunk(4 * MAX_PASSPHRASE)
            fields[str(part.name)] = bytes(content).decode(errors="replace").strip()
        await part.release()
    return None


async def take_backup(request: web.Request, upload: Upload) -> Report:
    """Make it ready for the next start; InvalidError or StoreError when it is not fit."""
    lock = request.app[UPLOADING]
    if lock.locked():
        raise BusyError(text("Another backup is being uploaded. Wait until it is there."))
    data_dir = request.app[SETTINGS].data_dir
    async with lock, _kept(data_dir) as file:
        await _receive(upload.file, file, data_dir)
        file.seek(0)
        return await stage_backup(
            data_dir,
            file,
            passphrase=upload.fields.get("restore_passphrase", ""),
            migrations=_MIGRATIONS,
            at_ms=now_ms(),
        )


def restart(app: web.Application) -> bool:
    """Stop, where somebody starts us again; False where nobody would."""
    again = app.get(RESTART)
    if again is None:
        return False
    asyncio.get_running_loop().call_later(1.0, again)  # the answer is on its way by then
    return True


@asynccontextmanager
async def _kept(data_dir: Path) -> AsyncIterator[BinaryIO]:
    """A file that is gone whatever happens: it has no name any more."""

    def make() -> BinaryIO:
        folder = data_dir / WORK
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"upload-{os.getpid()}"
        path.unlink(missing_ok=True)
        file = path.open("x+b")
        path.unlink()
        return file

    try:
        file = await asyncio.to_thread(make)
    except OSError as error:
        raise StoreError(f"The upload cannot be kept: {error.strerror}.") from error
    try:
        yield file
    finally:
        await asyncio.to_thread(file.close)


async def _receive(part: BodyPartReader, file: BinaryIO, data_dir: Path) -> None:
    at = os.statvfs(data_dir)
    most = max(0, at.f_bavail * at.f_frsize - LEAST_FREE_BYTES)
    try:
        async for chunk in read_parts(part, max_bytes=most):
            await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(file.flush)
    except OSError as error:
        raise StoreError(f"The upload cannot be kept: {error.strerror}.") from error
