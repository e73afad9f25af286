"""The page of updates: what runs, what there is, what happened; for administrators."""

import asyncio
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from webmacs_edge import __version__
from webmacs_edge.firmware.container import MAX_BUNDLE_BYTES
from webmacs_edge.firmware.manifest import Refusal
from webmacs_edge.model.errors import BusyError, ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.store.firmware_updates import delete_firmware_update, get_firmware_update
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, RELEASES, UPDATE_FILES
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.firmware_updates import InstallForm, OfferForm, TokenForm
from webmacs_edge.web.update_copy import changed_on_server
from webmacs_edge.web.update_facts import TO_INSTALL, look_at, may_go_back, read_facts
from webmacs_edge.web.update_intake import receive, take_from_stick, take_published
from webmacs_edge.web.update_plan import plan_of
from webmacs_edge.web.update_token import TOKEN
from webmacs_edge.web.updating import UPDATES, Wanted, release_url
from webmacs_edge.web.uploads import find_file, read_parts, too_large
from webmacs_edge.web.writing import actor_of, write

if TYPE_CHECKING:
    from webmacs_edge.store.tables import FirmwareUpdate

_FORM_BYTES = 64 * 1024


async def index(request: web.Request) -> web.Response:
    """What runs, what is offered, what is under way, what happened."""
    return render(request, "updates/index.html", **await read_facts(request.app), error="")


async def standing(request: web.Request) -> web.Response:
    """The part that changes while an update is under way, for the poll."""
    facts = await read_facts(request.app)
    response = render(request, "updates/_standing.html", **facts)
    seen = (request.query.get("version", __version__), request.query.get("idle", ""))
    if seen != (__version__, "1" if facts["is_idle"] else ""):
        response.headers["HX-Refresh"] = "true"  # all of the page has something else to say now
    return response


async def check(request: web.Request) -> web.Response:
    """Ask for the newest release now."""
    await request.app[RELEASES].ask_again()
    raise web.HTTPSeeOther("/updates#offers")


async def token(request: web.Request) -> web.Response:
    """Keep the token of a private place of releases, or forget it where none is given."""
    _, form, errors = await read_form(request, TokenForm)
    if form is None:
        return await _again(request, next(iter(errors.values())), status=422)
    await request.app[TOKEN].save(request, form.token)
    raise web.HTTPSeeOther("/updates#offers")


async def offer(request: web.Request) -> web.Response:
    """Take up the published release, or the one on a stick, and lead to the question."""
    _, form, _ = await read_form(request, OfferForm)
    try:
        update = await (
            take_from_stick(request, form.stick) if form and form.stick else take_published(request)
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
        update = await receive(request, read_parts(part, max_bytes=MAX_BUNDLE_BYTES))
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
                without_copy=(form.without_copy or "").strip(),
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


async def _again(request: web.Request, error: str, *, status: int = 409) -> web.Response:
    facts = await read_facts(request.app)
    return render(request, "updates/index.html", status=status, **facts, error=error)


async def _update(request: web.Request) -> "FirmwareUpdate":
    async with request.app[DATABASE].read() as session:
        return await get_firmware_update(session, request.match_info["public_id"])


async def _question(request: web.Request, *, error: str = "") -> web.Response:
    update = await _update(request)
    manifest, refusal = await asyncio.to_thread(look_at, request.app, update)
    return render(
        request,
        "updates/confirm.html",
        status=409 if error else 200,
        update=update,
        manifest=manifest,
        refusal=refusal,
        is_older=refusal is not None and refusal.kind == "older",
        plan=await plan_of(request.app),
        is_copied=bool(manifest and changed_on_server(request.app, manifest)),
        may=update.status in TO_INSTALL,
        why_not=await asyncio.to_thread(request.app[UPDATES].installer.why_not),
        url=release_url(request.app, update.version),
        error=error,
    )


async def _rollback_question(request: web.Request, *, error: str = "") -> web.Response:
    update = await _update(request)
    previous = await asyncio.to_thread(request.app[UPDATES].installer.previous)
    if previous is None or not may_go_back(update):
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
