"""Updates of this software for programs."""

import asyncio
import re

from aiohttp import hdrs, web

from webmacs_edge import __version__
from webmacs_edge.firmware.files import StoredFile
from webmacs_edge.model.firmware import (
    VERSION_PATTERN,
    FirmwareStatus,
    check_move,
    is_newer,
    read_version,
)
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import finish
from webmacs_edge.store.firmware_updates import (
    add_firmware_file,
    check_free_version,
    create_firmware_update,
    delete_firmware_update,
    get_firmware_update,
    known_files,
    list_firmware_updates,
    offered_versions,
)
from webmacs_edge.web.api.answers import answer, answer_page, done
from webmacs_edge.web.keys import DATABASE, RELEASES, UPDATE_FILES, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.firmware_updates import (
    ApplyIn,
    FirmwareUpdateIn,
    FirmwareUpdateOut,
    UpdateCheckOut,
)
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut
from webmacs_edge.web.updating import UPDATES, Wanted, release_url
from webmacs_edge.web.uploads import find_file, read_parts, too_large
from webmacs_edge.web.writing import actor_of, write

MAX_FILE_BYTES = 500 * 1024 * 1024
_MB = 1_000_000
_FORM_BYTES = 64 * 1024  # what a form has around its file
_NAME = re.compile(
    rf"[^/\\]*?(?<![\d.])({VERSION_PATTERN})(?:-[a-z0-9]{{1,9}})?\.tar(?:\.gz)?", re.ASCII
)


@operation(query=PageQuery, returns=PageOut[FirmwareUpdateOut])
async def index(request: web.Request) -> web.Response:
    """List the updates, newest first."""
    asked = read_query(request, PageQuery)
    async with request.app[DATABASE].read() as session:
        page = await list_firmware_updates(session, page=asked.page, page_size=asked.page_size)
    return answer_page(page, FirmwareUpdateOut)


@operation(body=FirmwareUpdateIn, returns=StatusOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Note a release."""
    given, owner, at_ms = read_body(request, FirmwareUpdateIn), request[USER].public_id, now_ms()
    await write(
        request,
        lambda session: create_firmware_update(
            session, at_ms=at_ms, user_public_id=owner, **given.model_dump()
        ),
    )
    return done(f"The update to {given.version} was noted.", status=201)


@operation(returns=UpdateCheckOut)
async def check(request: web.Request) -> web.Response:
    """Tell whether there is a newer version; being offline is told, it is no failure."""
    told = await request.app[RELEASES].newest()
    published = told.release.version if told.release else None
    async with request.app[DATABASE].read() as session:
        offered = [*await offered_versions(session), *([published] if published else [])]
    newer = [version for version in offered if is_newer(version, __version__)]
    return answer(
        UpdateCheckOut(
            current_version=__version__,
            latest_version=max(
                newer, key=lambda version: read_version(version) or (), default=None
            ),
            update_available=bool(newer),
            github_latest_version=published,
            github_download_url=told.release.download_url if told.release else None,
            github_release_url=told.release.page_url if told.release else None,
            github_error=told.error,
        )
    )


@operation(returns=FirmwareUpdateOut)
async def show(request: web.Request) -> web.Response:
    """One update."""
    async with request.app[DATABASE].read() as session:
        update = await get_firmware_update(session, request.match_info["public_id"])
    return answer(FirmwareUpdateOut.model_validate(update))


@operation(body=ApplyIn, returns=StatusOut, body_required=False)
async def apply(request: web.Request) -> web.Response:
    """Install an update: its file is fetched where it is not here, verified and handed over."""
    given = read_body(request, ApplyIn)
    async with request.app[DATABASE].read() as session:
        update = await get_firmware_update(session, request.match_info["public_id"])
    check_move(update.version, old=FirmwareStatus(update.status), new=FirmwareStatus.downloading)
    url = str(given.download_url or "") or release_url(request.app, update.version)
    await request.app[UPDATES].start(
        Wanted(
            update.public_id,
            actor_of(request),
            url=url,
            sha256=given.file_hash_sha256 or "",
            allow_older=given.allow_older or "",
            without_copy=given.without_copy or "",
            accepted=given.accept,
        )
    )
    return done(f"The update to {update.version} has begun; its status tells how it goes.")


@operation(returns=StatusOut, errors=(409,))
async def rollback(request: web.Request) -> web.Response:
    """Go back to the version before this update."""
    async with request.app[DATABASE].read() as session:
        update = await get_firmware_update(session, request.match_info["public_id"])
    check_move(update.version, old=FirmwareStatus(update.status), new=FirmwareStatus.rolled_back)
    await request.app[UPDATES].go_back(
        update.public_id, version=update.version, actor=actor_of(request), accepted=True
    )
    return done(f"Going back from {update.version} has begun; its status tells how it goes.")


@operation(returns=StatusOut, errors=(409,))
async def remove(request: web.Request) -> web.Response:
    """Forget an update and delete its file."""
    public_id = request.match_info["public_id"]
    update = await write(request, lambda session: delete_firmware_update(session, public_id))
    if update.file_path:
        await asyncio.to_thread(request.app[UPDATE_FILES].remove, update.file_path)
    return done(f"The update to {update.version} was removed.")


@operation(upload=True, returns=StatusOut, status=201, errors=(400,))
async def upload(request: web.Request) -> web.Response:
    """Take the file of an update; its name must end in the version and .tar or .tar.gz."""
    files = request.app[UPDATE_FILES]
    size_bytes = _announced(request)
    with files.receiving():
        part = await find_file(request)
        version = _version(part.filename or "")
        async with request.app[DATABASE].read() as session:
            await check_free_version(session, version)
            known = await known_files(session)
        await files.prepare(known, size_bytes=size_bytes)
        stored = await files.receive(read_parts(part, max_bytes=MAX_FILE_BYTES))
        await finish(_note(request, version, stored))
    size = f"{stored.size_bytes / _MB:.1f} MB"
    return done(f"The update to {version} was received ({size}).", status=201)


def _announced(request: web.Request) -> int:
    """How long the request says it is; 413 when that is too long already."""
    announced = int(request.headers.get(hdrs.CONTENT_LENGTH, "0"))
    if announced > MAX_FILE_BYTES + _FORM_BYTES:
        raise too_large(MAX_FILE_BYTES)
    return announced


def _version(filename: str) -> str:
    found = _NAME.fullmatch(filename)
    if found is None:
        raise web.HTTPBadRequest(
            reason="The name of the file must end in its version and .tar or .tar.gz, "
            "as in webmacs-update-1.2.3.tar."
        )
    return found[1]


async def _note(request: web.Request, version: str, stored: StoredFile) -> None:
    """Remember the file; when that fails it is deleted, for nobody would find it."""
    owner, at_ms = request[USER].public_id, now_ms()
    file = (stored.name, stored.sha256, stored.size_bytes)
    try:
        await write(
            request,
            lambda session: add_firmware_file(
                session, version=version, file=file, at_ms=at_ms, user_public_id=owner
            ),
        )
    except Exception:
        request.app[UPDATE_FILES].remove(stored.name)
        raise
