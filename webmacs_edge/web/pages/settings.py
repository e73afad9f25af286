"""The settings page: what the site decides while the appliance runs."""

import asyncio
import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.history.retention import disk_room
from webmacs_edge.model.errors import ConflictError, StoreError
from webmacs_edge.model.language import in_english
from webmacs_edge.model.text import joined, text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.site_settings import (
    SiteSettings,
    read_decided,
    read_site_settings,
    write_site_settings,
)
from webmacs_edge.store.users import name_users
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import COURIER, DATABASE, SETTINGS, UPKEEP, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.settings import UNIT_BYTES, SettingsForm
from webmacs_edge.web.setting_words import Stock, changes, in_force, removals
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_STALE = text(
    "Somebody else has changed the settings since you opened them. "
    "Load the page again to see theirs, then make yours."
)


async def index(request: web.Request) -> web.Response:
    """What holds now, where it comes from, and the form to change it."""
    return await _form(request)


async def save(request: web.Request) -> web.Response:
    """Store the settings and follow them at once; ask first when older values would go."""
    typed, form, errors = await read_form(request, SettingsForm)
    if form is None:
        return await _form(request, status=422, typed=typed, errors=errors)
    if form.answer == "back":
        return await _form(request, typed=typed)
    after = form.settings()
    if form.answer != "remove":
        async with request.app[DATABASE].read() as session:
            before = await read_site_settings(session)
        doomed = removals(before, after, await _stock(request.app))
        if doomed:
            return render(request, "settings/remove.html", removals=doomed, typed=typed)
    try:
        await write(request, lambda session: _store(session, request, after, seen=form.seen))
    except ConflictError as error:
        return await _form(request, status=409, typed=typed, errors={WHOLE_FORM: str(error)})
    await request.app[UPKEEP].apply_settings()
    raise web.HTTPSeeOther("/settings?saved")


def fingerprint(site: SiteSettings) -> str:
    """Changes whenever one of the settings does."""
    return hashlib.sha256(repr(asdict(site)).encode()).hexdigest()[:16]


async def _store(
    session: "AsyncSession", request: web.Request, after: SiteSettings, *, seen: str
) -> None:
    user, at_ms = request[USER], now_ms()
    if seen and seen != fingerprint(await read_site_settings(session)):
        raise ConflictError(_STALE)
    before = await write_site_settings(session, after, at_ms=at_ms, user_public_id=user.public_id)
    with in_english():
        told = changes(before, after, default_flush_s=request.app[SETTINGS].flush_seconds)
    if told:
        words = text(
            "Settings were changed by {user}. {changes}.",
            user=user.username,
            changes=joined(told, "{some}; {more}"),
        )
        await add_log_entry(session, words, at_ms=at_ms, user_public_id=user.public_id)


async def _stock(app: web.Application) -> Stock:
    keeper = app[UPKEEP].retention
    is_here = COURIER not in app
    return Stock(
        use=await keeper.measure_use(),
        oldest=await keeper.find_oldest(),
        room=await asyncio.to_thread(disk_room, app[SETTINGS].data_dir) if is_here else None,
        at_ms=now_ms(),
    )


async def _stock_if_any(app: web.Application) -> Stock | None:
    try:
        return await _stock(app)
    except StoreError:
        return None  # the form is of use all the same


async def _form(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    app, settings = request.app, request.app[SETTINGS]
    async with app[DATABASE].read() as session:
        site = await read_site_settings(session)
        decided = await read_decided(session)
        names = await name_users(session, (it.user_public_id for it in decided.values()))
    budget, unit = _budget(site)
    return render(
        request,
        "settings/index.html",
        status=status,
        site_settings=site,
        budget=budget,
        budget_unit=unit,
        in_force=in_force(
            site, decided,
            default_flush_s=settings.flush_seconds,
            is_given="flush_seconds" in settings.model_fields_set,
        ),
        default_flush_s=settings.flush_seconds,
        default_free_percent=SiteSettings().min_free_percent,
        names=names,
        stock=await _stock_if_any(app),
        seen=(typed or {}).get("seen") or fingerprint(site),
        is_saved="saved" in request.query,
        typed=typed or {},
        errors=errors or {},
    )  # fmt: skip


def _budget(site: SiteSettings) -> tuple[float | None, str]:
    size = site.history_budget_bytes
    unit = "MB" if size is not None and size < UNIT_BYTES["GB"] else "GB"
    return (None if size is None else size / UNIT_BYTES[unit]), unit
