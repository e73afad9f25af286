"""How an update comes onto this box: published, on a stick, or uploaded; kept only when signed."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.firmware.files import StoredFile
from webmacs_edge.firmware.installer import architecture
from webmacs_edge.firmware.manifest import Manifest
from webmacs_edge.firmware.sticks import open_regular
from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import finish
from webmacs_edge.store.firmware_updates import (
    add_firmware_file,
    check_free_version,
    known_files,
    note_release,
)
from webmacs_edge.web.keys import DATABASE, RELEASES, UPDATE_FILES, USER
from webmacs_edge.web.update_keeper import UPDATE_KEEPER
from webmacs_edge.web.updating import UPDATES
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from webmacs_edge.store.tables import FirmwareUpdate

_CHUNK_BYTES = 1 << 20


async def take_published(request: web.Request) -> "FirmwareUpdate":
    """Note the newest release that is known; ConflictError when it has no file for this box."""
    release = request.app[RELEASES].known
    if release is None or not release.download_url:
        raise ConflictError(
            text("No release with a file for this box ({arch}) is known.", arch=architecture())
        )
    owner, at_ms = request[USER].public_id, now_ms()
    return await write(
        request,
        lambda session: note_release(
            session,
            release.version,
            changelog=release.changelog,
            at_ms=at_ms,
            user_public_id=owner,
        ),
    )


async def take_from_stick(request: web.Request, place: str) -> "FirmwareUpdate":
    """Only what was found on a stick is opened: a path from a form opens nothing else."""
    offers = {it.id: it for it in request.app[UPDATE_KEEPER].offers}
    found = offers.get(place)
    if found is None:
        raise ConflictError(text("The stick is not there any more."))
    return await receive(request, _read(found.path))


async def _read(path: Path) -> "AsyncIterator[bytes]":
    try:
        file = await asyncio.to_thread(open_regular, path)
    except OSError as error:
        raise ConflictError(
            text("The stick cannot be read: {why}.", why=error.strerror or str(error))
        ) from error
    with file:
        while part := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield part


async def receive(request: web.Request, parts: "AsyncIterator[bytes]") -> "FirmwareUpdate":
    """Keep a file that is signed, as the update to the version that it says."""
    files, installer = request.app[UPDATE_FILES], request.app[UPDATES].installer
    with files.receiving():
        async with request.app[DATABASE].read() as session:
            known = await known_files(session)
        await files.prepare(known, size_bytes=0)
        stored = await files.receive(parts)
        try:
            manifest = await asyncio.to_thread(installer.look_into, files.folder / stored.name)
            return await finish(_note(request, manifest, stored))
        except BaseException:
            await finish(asyncio.to_thread(files.remove, stored.name))
            raise


async def _note(request: web.Request, manifest: Manifest, stored: StoredFile) -> "FirmwareUpdate":
    owner, at_ms = request[USER].public_id, now_ms()
    file = (stored.name, stored.sha256, stored.size_bytes)

    async def work(session: Any) -> "FirmwareUpdate":
        await check_free_version(session, manifest.version)
        update = await add_firmware_file(
            session, version=manifest.version, file=file, at_ms=at_ms, user_public_id=owner
        )
        update.changelog = update.changelog or manifest.changelog
        return update

    return await write(request, work)
