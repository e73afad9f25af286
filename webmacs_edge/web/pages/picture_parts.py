"""The picture of a widget: which one, and which channel each of its parts follows."""

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.model.dashboards import WidgetType, check_may_change
from webmacs_edge.model.errors import ConflictError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.dashboard_widgets import find_widget, update_widget
from webmacs_edge.store.dashboards import get_dashboard
from webmacs_edge.store.pictures import get_picture, list_pictures
from webmacs_edge.web.boards import BOARDS, Board
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import DATABASE, STATION, USER
from webmacs_edge.web.opened_boards import opened
from webmacs_edge.web.picture_files import picture_url
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.picture_parts import MOST_ROWS, PartsForm, PictureChoice
from webmacs_edge.web.widgets.kind import Widget, stored_config
from webmacs_edge.web.widgets.picture import MAX_PARTS, SHOWS_WORDS, Part, Shows
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Picture

_BY_PROGRAM = re.compile(r"[A-Za-z]+[\d.\-_]+")  # path1234, rect55-3: nobody chose these ids


async def index(request: web.Request) -> web.Response:
    """Which picture, and its parts."""
    return await _page(request, *await _own(request))


async def choose(request: web.Request) -> web.Response:
    """Show another picture; parts of the same name keep their channels."""
    board, widget = await _own(request)
    typed, form, errors = await read_form(request, PictureChoice)
    if form is not None:
        try:
            async with request.app[DATABASE].read() as session:
                await get_picture(session, form.picture)
            await _save(request, {"picture": form.picture}, seen_ms=form.seen)
        except (NotFoundError, ConflictError) as error:
            form, errors = None, {"picture": str(error)}
    if form is None:
        return await _page(request, board, widget, status=422, typed=typed, errors=errors)
    raise web.HTTPSeeOther(request.path.removesuffix("/choose"))


async def save(request: web.Request) -> web.Response:
    """What the parts follow from now on."""
    board, widget = await _own(request)
    _, form, errors = await read_form(request, PartsForm)
    if form is not None:
        rows = list(zip(form.part, form.channel, form.shows, strict=False))
        parts, errors = _parts(request, rows)
        try:
            if not errors:
                await _save(request, {"parts": parts}, seen_ms=form.seen)
        except (NotFoundError, ConflictError) as error:
            errors = {WHOLE_FORM: str(error)}
    if errors or form is None:
        asked = {it[0]: (it[1], it[2]) for it in rows} if form else {}
        return await _page(request, board, widget, status=422, errors=errors, asked=asked)
    raise web.HTTPSeeOther(f"/dashboards/{board.public_id}?edit")


def _parts(
    request: web.Request, rows: Sequence[tuple[str, str, str]]
) -> tuple[list[dict[str, str]], dict[str, str]]:
    """What is kept of the rows that name a channel, and what is wrong, by part."""
    events = {event.name.casefold(): event for event in request.app[STATION].events}
    parts: list[dict[str, str]] = []
    errors: dict[str, str] = {}
    for part, name, shows in rows:
        if not name.strip():
            continue
        event = events.get(name.strip().casefold())
        if event is None:
            errors[f"part-{part}"] = text("There is no channel called “{name}”.", name=name[:100])
        elif shows not in set(Shows):
            errors[f"part-{part}"] = text("Choose what the part shows.")
        else:
            parts.append({"id": part, "channel": event.public_id, "shows": shows})
    if len(parts) > MAX_PARTS:
        errors[WHOLE_FORM] = text("Let {most} parts follow channels at most.", most=MAX_PARTS)
    return parts, errors


async def _save(request: web.Request, changed: dict[str, Any], *, seen_ms: int) -> None:
    public_id, widget_id = request.match_info["public_id"], request.match_info["widget_id"]
    user = request[USER]

    async def work(session: "AsyncSession") -> None:
        stored = find_widget(await get_dashboard(session, public_id), widget_id)
        config = json.dumps({**stored_config(stored.config_json), **changed}, ensure_ascii=False)
        await update_widget(
            session,
            (public_id, widget_id),
            user,
            values={"config_json": config},
            at_ms=now_ms(),
            seen_ms=seen_ms or None,
        )

    await write(request, work)
    request.app[BOARDS].forget(public_id)


async def _own(request: web.Request) -> tuple[Board, Widget]:
    board, user = await opened(request), request[USER]
    check_may_change(user.public_id, user.role, owner=board.owner)
    asked = request.match_info["widget_id"]
    found = next((it.widget for it in board.widgets if it.widget.public_id == asked), None)
    if found is None or found.kind.name is not WidgetType.picture:
        raise NotFoundError(text("There is no picture {public_id} here.", public_id=asked[:100]))
    return board, found


async def _page(
    request: web.Request,
    board: Board,
    widget: Widget,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    asked: dict[str, tuple[str, str]] | None = None,
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        pictures = await list_pictures(session)
    picture = next((it for it in pictures if it.public_id == widget.settings.picture), None)
    return render(
        request,
        "pictures/parts.html",
        status=status,
        board=board,
        widget=widget,
        pictures=[(it.public_id, it.name) for it in pictures],
        picture=picture,
        address=picture_url(picture) if picture else "",
        rows=_rows(request, widget, picture, asked=asked or {}),
        channels=[event.name for event in request.app[STATION].events],
        shows=[(it.value, words) for it, words in SHOWS_WORDS.items()],
        typed=typed or {},
        errors=errors or {},
    )


def _rows(
    request: web.Request,
    widget: Widget,
    picture: "Picture | None",
    *,
    asked: dict[str, tuple[str, str]],
) -> list[tuple[str, str, str]]:
    """Part, channel and what it shows: as typed, as stored, or as the id proposes; chosen first."""
    station = request.app[STATION]
    bound: dict[str, Part] = {part.id: part for part in widget.settings.parts}
    slugs = {_slug(event.name): event.name for event in station.events}
    parts = picture.parts.splitlines() if picture else []
    rows = []
    for part in sorted(parts, key=lambda it: bool(_BY_PROGRAM.fullmatch(it)))[:MOST_ROWS]:
        stored = bound.get(part)
        event = station.event_by_public_id(stored.channel) if stored else None
        proposed = slugs.get(_slug(part), "") if not bound else ""
        name, shows = (event.name, stored.shows.value) if event and stored else (proposed, "")
        rows.append((part, *asked.get(part, (name, shows))))
    return rows


def _slug(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")
