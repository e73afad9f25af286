"""The page of the plan of backups: where to, when, what, and what seals them."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.backup.plans import seal_plan, write_plan
from webmacs_edge.model.backup_plans import BackupPlan, check_plan, is_same_server
from webmacs_edge.model.errors import BusyError, InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import BACKUPS, SECRET_KEY, SETTINGS, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.backup import BackupPlanForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.backup.keeper import BackupKeeper

OWN_FOLDER = Path("/var/backups/webmacs-edge")
_MOST_PLACES = 12


async def edit(request: web.Request) -> web.Response:
    """The form, filled with what counts now."""
    return await _page(request)


async def save(request: web.Request) -> web.Response:
    """Store the plan; secrets go sealed, and another server gets none that was for the old one."""
    typed, form, errors = await read_form(request, BackupPlanForm)
    if form is None:
        return await _page(request, status=422, typed=typed, errors=errors)
    keeper = _keeper(request)
    plan = _plan(form, keeper.plan)
    try:
        check_plan(plan)
        await asyncio.to_thread(_check_folder, plan)
    except InvalidError as error:
        return await _page(request, status=422, typed=typed, errors={error.field: str(error)})
    await _store(request, plan)
    raise web.HTTPSeeOther("/backup?planned")


async def forget(request: web.Request) -> web.Response:
    """From now on the settings file counts, or nothing is made by itself."""
    await _store(request, None)
    raise web.HTTPSeeOther("/backup")


async def _store(request: web.Request, plan: BackupPlan | None) -> None:
    keeper, owner, at_ms = _keeper(request), request[USER].public_id, now_ms()
    if keeper.course is not None:
        raise BusyError(text("A backup is being made. Wait until it is done."))
    sealed = await seal_plan(plan, request.app[SECRET_KEY]) if plan else None

    async def work(session: "AsyncSession") -> None:
        await write_plan(session, sealed, at_ms=at_ms, user_public_id=owner)

    await write(request, work)
    await keeper.load()


def _plan(form: BackupPlanForm, before: BackupPlan) -> BackupPlan:
    given = form.model_dump(exclude={"is_open"})
    kept = before.password if is_same_server(form.to, before.to) else ""
    secrets = {
        "passphrase": "" if form.is_open else form.passphrase or before.passphrase,
        "password": form.password or (kept if form.user else ""),
    }
    return BackupPlan(**{**given, **secrets})


def _check_folder(plan: BackupPlan) -> None:
    if plan.is_for_server:
        return
    if not os.path.isdir(plan.to):  # noqa: PTH112 False as well where it cannot be looked at
        raise InvalidError(
            text("There is no folder {place}. Is the stick plugged in and mounted?", place=plan.to),
            field="to",
        )
    if not os.access(plan.to, os.W_OK | os.X_OK):
        raise InvalidError(
            text(
                "The appliance may not write to {place}. Mount the stick for the user webmacs-edge "
                "(docs/backup.md), or take another folder.",
                place=plan.to,
            ),
            field="to",
        )


def _places(media: Sequence[str]) -> Sequence[str]:
    """Folders that may be written right now: of this box, and sticks that are mounted."""
    found = [OWN_FOLDER]
    for parent in map(Path, media):
        try:
            found += [it for it in sorted(parent.iterdir())[:_MOST_PLACES] if it.is_mount()]
        except OSError:
            continue
    return [str(it) for it in found if os.access(it, os.W_OK | os.X_OK)][:_MOST_PLACES]


def _keeper(request: web.Request) -> "BackupKeeper":
    keeper = request.app.get(BACKUPS)
    if keeper is None:
        raise InvalidError(
            text("A server keeps the data of this appliance: it is backed up there.")
        )
    return keeper


async def _page(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    keeper = _keeper(request)
    hidden = {"passphrase", "password"}
    return render(
        request,
        "backup/plan.html",
        status=status,
        plan=replace(keeper.plan, passphrase="", password=""),
        has_passphrase=bool(keeper.plan.passphrase),
        has_password=bool(keeper.plan.password),
        is_of_page=keeper.is_of_page,
        lost=keeper.lost,
        places=await asyncio.to_thread(_places, request.app[SETTINGS].update_media),
        typed={name: it for name, it in (typed or {}).items() if name not in hidden},
        errors=errors or {},
    )
