"""The page of updates: what runs, what there is, what happened; for administrators."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import hdrs, web

from webmacs_edge import __version__
from webmacs_edge.firmware.container import MAX_BUNDLE_BYTES
from webmacs_edge.firmware.files import StoredFile
from webmacs_edge.firmware.fitness import check_fit
from webmacs_edge.firmware.installer import architecture
from webmacs_edge.firmware.manifest import Manifest, Refusal
from webmacs_edge.firmware.sticks import open_regular
from webmacs_edge.model.errors import BusyError, ConflictError, NotFoundError
from webmacs_edge.model.firmware import ON_ITS_WAY, RETRIED, FirmwareStatus, is_newer
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import finish
from webmacs_edge.store.firmware_updates import (
    add_firmware_file,
    check_free_version,
    delete_firmware_update,
    get_firmware_update,
    known_files,
    list_firmware_updates,
    note_release,
)
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, RELEASES, SETTINGS, UPDATE_FILES, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.firmware_updates import InstallForm, OfferForm
from webmacs_edge.web.update_keeper import UPDATE_KEEPER
from webmacs_edge.web.update_plan import plan_of
from webmacs_edge.web.updating import UPDATES, Wanted, release_url
from webmacs_edge.web.uploads import find_file, read_parts, too_large
from webmacs_edge.web.writing import actor_of, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from webmacs_edge.store.tables import FirmwareUpdate

_PAGE_SIZE = 25
_CHUNK_BYTES = 1 << 20
_FORM_BYTES = 64 * 1024
_TO_INSTALL = (FirmwareStatus.pending, *RETRIED)
_PHASES = {
    "preparing": text("keeping the version before"),
    "snapshot": text("copying the databases"),
    "installing": text("replacing the program"),
    "trial": text("trying the new version"),
    "finishing": text("finishing"),
    "undoing": text("putting the version before back"),
    "settling": text("starting the version before"),
}


async def index(request: web.Request) -> web.Response:
    """What runs, what is offered, what is under way, what happened."""
    return render(request, "updates/index.html", **await _facts(request), error="")


async def standing(request: web.Request) -> web.Response:
    """The part that changes while an update is under way, for the poll."""
    facts = await _facts(request)
    response = render(request, "updates/_standing.html", **facts)
    seen = (request.query.get("version", __version__), request.query.get("idle", ""))
    if seen != (__version__, "1" if facts["is_idle"] else ""):
        response.headers["HX-Refresh"] = "true"  # all of the page has something else to say now
    return response


async def check(request: web.Request) -> web.Response:
    """Ask for the newest release now."""
    await request.app[RELEASES].ask_again()
    raise web.HTTPSeeOther("/updates#offers")


async def offer(request: web.Request) -> web.Response:
    """Take up the published release, or the one on a stick, and lead to the question."""
    _, form, _ = await read_form(request, OfferForm)
    try:
        update = await (
            _from_stick(request, form.stick) if form and form.stick else _published(request)
        )
    except (Refusal, ConflictError, BusyError) as error:
        return await _again(request, str(error))
    raise web.HTTPSeeOther(f"/updates/{update.public_id}/install")


async def upload(request: web.Request) -> web.Response:
    """Take a file from the browser, and lead to the question."""
    if int(request.headers.get(hdrs.CONTENT_LENGTH, "0")) > MAX_BUNDLE_BYTES + _FORM_BYTES:
        raise too_large(MAX_BUNDLE_BYTES)
    try:
        part = await find_file(request)
        update = await _receive(request, read_parts(part, max_bytes=MAX_BUNDLE_BYTES))
    except (Refusal, ConflictError, BusyError) as error:
        return await _again(request, str(error))
    raise web.HTTPSeeOther(f"/updates/{update.public_id}/install")


async def confirm(request: web.Request) -> web.Response:
    """Ask before an update is installed: what will happen, what stands in the way."""
    return await _question(request)


async def install(request: web.Request) -> web.Response:
    """Install it."""
    update = await _update(request)
    _, form, _ = await read_form(request, InstallForm)
    form = form or InstallForm()
    try:
        await request.app[UPDATES].start(
            Wanted(
                update.public_id,
                actor_of(request),
                url=release_url(request.app, update.version),
                allow_older=(form.allow_older or "").strip(),
                accepted=form.accept,
                again=True,
            )
        )
    except (ConflictError, BusyError) as error:
        return await _question(request, error=str(error))
    raise web.HTTPSeeOther("/updates")


async def confirm_rollback(request: web.Request) -> web.Response:
    """Ask before the version before is put back."""
    return await _rollback_question(request)


async def rollback(request: web.Request) -> web.Response:
    """Put it back."""
    update = await _update(request)
    _, form, _ = await read_form(request, InstallForm)
    try:
        await request.app[UPDATES].go_back(
            update.public_id,
            version=update.version,
            actor=actor_of(request),
            accepted=bool(form and form.accept),
        )
    except (ConflictError, BusyError) as error:
        return await _rollback_question(request, error=str(error))
    raise web.HTTPSeeOther("/updates")


async def remove(request: web.Request) -> web.Response:
    """Forget an update and delete its file."""
    public_id = request.match_info["public_id"]
    try:
        update = await write(request, lambda session: delete_firmware_update(session, public_id))
    except ConflictError as error:
        return await _again(request, str(error))
    if update.file_path:
        await asyncio.to_thread(request.app[UPDATE_FILES].remove, update.file_path)
    raise web.HTTPSeeOther("/updates")


async def _facts(request: web.Request) -> dict[str, Any]:
    app = request.app
    updates, installer, releases = app[UPDATES], app[UPDATES].installer, app[RELEASES]
    async with app[DATABASE].read() as session:
        rows = await list_firmware_updates(session, page=1, page_size=_PAGE_SIZE)
    phase, previous = await asyncio.to_thread(lambda: (installer.phase, installer.previous()))
    release = releases.known
    current = next((it for it in rows.rows if it.status in ON_ITS_WAY), None)
    back = next((it for it in rows.rows if _may_go_back(it)), None) if previous else None
    return {
        "rows": rows,
        "current": current,
        "progress": updates.progress,
        "phase": _PHASES.get(phase, ""),
        "is_idle": current is None and phase == "idle",
        "previous": previous,
        "back": back,
        "release": release if release and is_newer(release.version, __version__) else None,
        "answer": releases.answer,
        "asked_at_ms": releases.asked_at_ms,
        "is_set": releases.is_set,
        "channel": app[SETTINGS].update_channel,
        "offers": app[UPDATE_KEEPER].offers,
        "has_helper": installer.is_there,
        "to_install": _TO_INSTALL,
        "Status": FirmwareStatus,
    }


def _may_go_back(update: "FirmwareUpdate") -> bool:
    return update.status == FirmwareStatus.completed and update.version == __version__


async def _again(request: web.Request, error: str) -> web.Response:
    return render(request, "updates/index.html", status=409, **await _facts(request), error=error)


async def _update(request: web.Request) -> "FirmwareUpdate":
    async with request.app[DATABASE].read() as session:
        return await get_firmware_update(session, request.match_info["public_id"])


async def _question(request: web.Request, *, error: str = "") -> web.Response:
    update = await _update(request)
    manifest, refusal = await asyncio.to_thread(_look, request.app, update)
    return render(
        request,
        "updates/confirm.html",
        status=409 if error else 200,
        update=update,
        manifest=manifest,
        refusal=refusal,
        is_older=refusal is not None and refusal.kind == "older",
        plan=await plan_of(request.app),
        may=update.status in _TO_INSTALL,
        has_helper=request.app[UPDATES].installer.is_there,
        url=release_url(request.app, update.version),
        error=error,
    )


async def _rollback_question(request: web.Request, *, error: str = "") -> web.Response:
    update = await _update(request)
    previous = await asyncio.to_thread(request.app[UPDATES].installer.previous)
    if previous is None or not _may_go_back(update):
        raise NotFoundError(text("There is no version before this one on this box."))
    return render(
        request,
        "updates/rollback.html",
        status=409 if error else 200,
        update=update,
        previous=previous,
        plan=await plan_of(request.app),
        error=error,
    )


def _look(app: web.Application, update: "FirmwareUpdate") -> tuple[Manifest | None, Refusal | None]:
    """What the file says, where there is one, and why it would not be installed."""
    if not update.file_path:
        return None, None
    installer = app[UPDATES].installer
    try:
        manifest = installer.look_into(app[UPDATE_FILES].folder / Path(update.file_path).name)
    except (Refusal, OSError) as error:
        return None, error if isinstance(error, Refusal) else Refusal("file", str(error))
    try:
        check_fit(manifest, installer.facts(__version__))
    except Refusal as refusal:
        return manifest, refusal
    return manifest, None


async def _published(request: web.Request) -> "FirmwareUpdate":
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


async def _from_stick(request: web.Request, place: str) -> "FirmwareUpdate":
    """Only what was found on a stick is opened: a path from a form opens nothing else."""
    offers = {it.id: it for it in request.app[UPDATE_KEEPER].offers}
    found = offers.get(place)
    if found is None:
        raise ConflictError(text("The stick is not there any more."))
    return await _receive(request, _read(found.path))


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


async def _receive(request: web.Request, parts: "AsyncIterator[bytes]") -> "FirmwareUpdate":
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
