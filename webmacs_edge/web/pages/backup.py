"""The backup page: take one with you, see how those made by themselves fare, restore one."""

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from webmacs_edge.backup.making import Course, make_backup
from webmacs_edge.model.audit import AuditAction, Change
from webmacs_edge.model.backups import backup_name
from webmacs_edge.model.errors import BusyError, InvalidError, StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.auditing import record
from webmacs_edge.store.swapping import drop_staged, is_ready
from webmacs_edge.web.backup_checks import backup_checks
from webmacs_edge.web.file_answer import STALLED_S, disposition
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import BACKUPS, RESTART, SETTINGS
from webmacs_edge.web.render import render
from webmacs_edge.web.restoring import read_upload, restart, take_backup
from webmacs_edge.web.schemas.backup import BackupForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy.ext.asyncio import AsyncSession

log = logging.getLogger(__name__)


async def index(request: web.Request) -> web.Response:
    """What can be done, and how the scheduled ones are."""
    return await _page(request)


async def download(request: web.Request) -> web.StreamResponse:
    """A backup, made while it is sent; what breaks off half way never looks whole."""
    typed, form, errors = await read_form(request, BackupForm)
    if form is None:
        return await _page(request, status=422, typed=typed, errors=errors)
    keeper, at_ms = request.app[BACKUPS], now_ms()
    if keeper.course is not None:
        errors = {WHOLE_FORM: text("A backup is being made already. Wait until it is done.")}
        return await _page(request, status=409, typed=typed, errors=errors)
    name = backup_name(
        socket.gethostname(), form.wanted, at_ms=at_ms, is_sealed=bool(form.passphrase)
    )
    keeper.course = course = Course()  # from here on nobody else begins one
    try:
        await _note(request, {"backup": name})
        parts = make_backup(
            keeper.source, form.wanted, at_ms=at_ms, passphrase=form.passphrase, course=course
        )
        return await _send(request, parts, name)
    finally:
        keeper.course = None


async def make_now(request: web.Request) -> web.Response:
    """One more of those that are made by themselves."""
    keeper = request.app[BACKUPS]
    if not keeper.is_scheduled:
        raise InvalidError(text("It is not said where to. Set up backups first."))
    await _note(request, {"backup": "now"})
    try:
        await keeper.back_up()
    except (StoreError, BusyError) as error:
        return await _page(request, status=409, errors={"now": str(error)})
    raise web.HTTPSeeOther("/backup?made")


async def restore(request: web.Request) -> web.Response:
    """Check what is uploaded and make it ready for the next start."""
    try:
        report = await take_backup(request, await read_upload(request))
    except (InvalidError, StoreError, BusyError) as error:
        field = getattr(error, "field", "") or "restore"
        return await _page(request, status=422, errors={f"restore_{field}": str(error)})
    manifest = report.manifest
    await _note(request, {"restore": f"{manifest.host} {manifest.created_ms} {manifest.scope}"})
    raise web.HTTPSeeOther("/backup?ready")


async def drop(request: web.Request) -> web.Response:
    """Think better of it."""
    await asyncio.to_thread(drop_staged, request.app[SETTINGS].data_dir)
    await _note(request, {"restore": "dropped"})
    raise web.HTTPSeeOther("/backup")


async def restart_now(request: web.Request) -> web.Response:
    """Start anew, so that what is ready takes its place."""
    await _note(request, {"restart": "asked for"})
    if not restart(request.app):
        raise InvalidError(
            text("Nobody would start it again: stop and start it where it was started.")
        )
    return render(request, "backup/restarting.html", may_restart=True)


async def _note(request: web.Request, new: dict[str, str]) -> None:
    async def work(session: "AsyncSession") -> None:
        record(session, Change(AuditAction.command, "backups", new=new))

    await write(request, work)


async def _send(request: web.Request, parts: "Generator[bytes]", name: str) -> web.StreamResponse:
    response = web.StreamResponse()
    response.headers[hdrs.CONTENT_TYPE] = "application/octet-stream"
    response.headers[hdrs.CONTENT_DISPOSITION] = disposition(name)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    try:
        part = await asyncio.to_thread(next, parts, None)  # what fails at once gets an answer
        await response.prepare(request)
        while part is not None:
            if part:
                async with asyncio.timeout(STALLED_S):
                    await response.write(part)
            part = await asyncio.to_thread(next, parts, None)
        await response.write_eof()
    except (StoreError, TimeoutError, ConnectionResetError) as error:
        if not response.prepared:
            raise
        log.warning("A backup was given up half way: %s", error)
        if isinstance(request.transport, asyncio.WriteTransport):
            request.transport.abort()
    finally:
        await asyncio.shield(asyncio.to_thread(parts.close))
    return response


async def _page(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    settings = request.app[SETTINGS]
    return render(
        request,
        "backup/index.html",
        status=status,
        checks=await backup_checks(request.app),
        is_here=BACKUPS in request.app,
        place=request.app[BACKUPS].plan.to if BACKUPS in request.app else "",
        is_waiting=await asyncio.to_thread(is_ready, settings.data_dir),
        may_restart=RESTART in request.app,
        is_made="made" in request.query,
        is_planned="planned" in request.query,
        typed=typed or {},
        errors=errors or {},
    )
