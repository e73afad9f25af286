"""Pages of alarms: the live list, one alarm, and what operators do to them."""

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from webmacs_edge.model.alarm_deeds import Deed, DeedKind
from webmacs_edge.model.errors import ConflictError, InvalidError, NotFoundError
from webmacs_edge.model.local_times import parse_moment
from webmacs_edge.model.text import text
from webmacs_edge.model.times import HOUR_MS, from_ms, now_ms
from webmacs_edge.rules.alarms import Shown, alarm_views
from webmacs_edge.store.alarm_journal import Asked, list_alarm_entries
from webmacs_edge.web.alarm_deeds import acknowledge_all, handle
from webmacs_edge.web.alarm_rows import (
    MOST_SHOWN,
    MOVES,
    AlarmRow,
    alarm_row,
    alarm_rows,
    head_message,
)
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, RULES, SETTINGS
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.alarms import AcknowledgeForm, CommentForm, ShelfForm

if TYPE_CHECKING:
    from collections.abc import Mapping

_LATEST = 20
_USUAL_SHELF_MS = HOUR_MS


async def index(request: web.Request) -> web.Response:
    """The alarms as they stand; `show` chooses which."""
    word = request.query.get("show", "")
    shown = Shown(word) if word in set(Shown) else Shown.active
    rows = alarm_rows(request.app, shown)
    return render(
        request,
        "alarms/index.html",
        rows=rows[:MOST_SHOWN],
        more=max(0, len(rows) - MOST_SHOWN),
        shown=shown,
        said="",
    )


async def head(request: web.Request) -> web.Response:
    """Counts and the most urgent alarm, for the poll of pages without a stream of their own."""
    text = head_message(request.app, at_ms=now_ms())
    return web.Response(text=text, content_type="text/html", charset="utf-8")


async def detail(request: web.Request) -> web.Response:
    """One alarm: its texts, its latest entries, and what can be done."""
    return await _detail(request)


async def acknowledge_shown(request: web.Request) -> web.Response:
    """Acknowledge all that the list showed."""
    _, form, errors = await read_form(request, AcknowledgeForm)
    if form is None:
        raise InvalidError(next(iter(errors.values())))
    await acknowledge_all(request, form.rules, at_ms=now_ms(), comment=form.comment)
    raise web.HTTPSeeOther("/alarms")


async def act(request: web.Request) -> web.Response:
    """Do something to one alarm; says what refused it."""
    word, public_id = request.match_info["deed"], request.match_info["public_id"]
    if word not in set(DeedKind):
        raise NotFoundError(text("This cannot be done to an alarm."))
    deed, typed, errors = await _read_deed(request, DeedKind(word))
    if deed is None:
        return await _detail(request, status=422, typed=typed, errors=errors)
    try:
        await handle(request, [public_id], deed)
    except InvalidError as error:
        faults = {error.field: str(error)}
        return await _detail(request, status=422, typed=typed, errors=faults)
    except ConflictError as error:
        return await _detail(request, status=409, said=str(error), typed=typed)
    raise web.HTTPSeeOther("/alarms")


async def _read_deed(
    request: web.Request, kind: DeedKind
) -> tuple[Deed | None, dict[str, str], dict[str, str]]:
    at_ms = now_ms()
    if kind is not DeedKind.shelve:
        typed, said, errors = await read_form(request, CommentForm)
        return Deed(kind, at_ms, said.comment) if said else None, typed, errors
    typed, shelf, errors = await read_form(request, ShelfForm)
    if shelf is None:
        return None, typed, errors
    zone = ZoneInfo(request.app[SETTINGS].time_zone)
    try:
        until_ms = parse_moment(shelf.until, zone, is_end=True)
    except InvalidError as error:
        return None, typed, {"until": str(error)}
    return Deed(kind, at_ms, shelf.why, until_ms), typed, {}


async def _detail(
    request: web.Request,
    *,
    status: int = 200,
    said: str = "",
    typed: "Mapping[str, str] | None" = None,
    errors: "Mapping[str, str] | None" = None,
) -> web.Response:
    row = _row(request)
    asked = Asked(rule_public_id=row.view.rule_id)
    async with request.app[DATABASE].read() as session:
        latest = await list_alarm_entries(session, asked, page=1, page_size=_LATEST)
    shown: dict[str, Any] = {"row": row, "entries": latest.rows, "moves": MOVES, "said": said}
    shown |= {"typed": typed or {}, "errors": errors or {}, "later": _later(request)}
    return render(request, "alarms/detail.html", status=status, **shown)


def _row(request: web.Request) -> AlarmRow:
    public_id = request.match_info["public_id"]
    for view in alarm_views(request.app[RULES].engine):
        if view.rule_id == public_id:
            return alarm_row(request.app, view)
    raise NotFoundError(text("This alarm does not exist any more, or its rule is switched off."))


def _later(request: web.Request) -> str:
    """What the form offers as the end of a shelf: an hour from now, in local time."""
    zone = ZoneInfo(request.app[SETTINGS].time_zone)
    return f"{from_ms(now_ms() + _USUAL_SHELF_MS).astimezone(zone):%Y-%m-%dT%H:%M}"
