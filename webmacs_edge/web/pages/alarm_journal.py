"""The journal of alarms: everything that ever happened to them, narrowed, and as a file."""

import asyncio
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from webmacs_edge.history.export.plan import Options
from webmacs_edge.history.export.texts import Fields
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.local_times import parse_moment
from webmacs_edge.model.times import from_ms, iso_z, now_ms
from webmacs_edge.rules.alarms import alarm_views
from webmacs_edge.store.alarm_journal import (
    Asked,
    list_alarm_entries,
    list_alarm_entries_before,
)
from webmacs_edge.web.alarm_rows import MOVES
from webmacs_edge.web.file_answer import STALLED_S, disposition
from webmacs_edge.web.keys import DATABASE, RULES, SETTINGS
from webmacs_edge.web.paging import page_asked
from webmacs_edge.web.render import render

if TYPE_CHECKING:
    from webmacs_edge.store.tables import AlarmEntry

_PAGE_SIZE = 50
_BITE = 500
_MAX_TYPED = 100
_NAMES = ("rule", "move", "priority", "from", "to")
_COLUMNS = (
    "time", "alarm", "alarm_id", "priority", "group", "what", "value", "unit", "first_out",
    "person", "person_id", "comment", "until",
)  # fmt: skip


async def index(request: web.Request) -> web.Response:
    """Entries, newest first, narrowed by what stands in the address."""
    typed = {name: request.query.get(name, "").strip()[:_MAX_TYPED] for name in _NAMES}
    asked, errors = _asked(request, typed)
    number = 1 if errors else page_asked(request)
    async with request.app[DATABASE].read() as session:
        page = await list_alarm_entries(session, asked, page=number, page_size=_PAGE_SIZE)
    views = sorted(alarm_views(request.app[RULES].engine), key=lambda it: it.name)
    return render(
        request,
        "alarms/journal.html",
        status=422 if errors else 200,
        page_of=page,
        moves=MOVES,
        names=[(it.rule_id, it.name) for it in views],
        typed=typed,
        errors=errors,
        query={name: value for name, value in typed.items() if value},
    )


async def export_csv(request: web.Request) -> web.StreamResponse:
    """The same entries as a file for a spreadsheet, all of them."""
    typed = {name: request.query.get(name, "").strip()[:_MAX_TYPED] for name in _NAMES}
    asked, errors = _asked(request, typed)
    if errors:
        raise InvalidError(next(iter(errors.values())))
    fields = Fields(Options(byte_order_mark=True))
    response = web.StreamResponse()
    response.headers[hdrs.CONTENT_TYPE] = "text/csv; charset=utf-8"
    name = f"alarms_{from_ms(now_ms()):%Y-%m-%dT%H-%M-%SZ}.csv"
    response.headers[hdrs.CONTENT_DISPOSITION] = disposition(name)
    await response.prepare(request)
    await response.write((fields.start + fields.line(_COLUMNS)).encode())
    last: AlarmEntry | None = None
    while entries := await _bite(request, asked, last):
        text = "".join(fields.line(_row(fields, entry)) for entry in entries)
        async with asyncio.timeout(STALLED_S):
            await response.write(text.encode())
        last = entries[-1]
    await response.write_eof()
    return response


async def _bite(
    request: web.Request, asked: Asked, last: "AlarmEntry | None"
) -> "list[AlarmEntry]":
    async with request.app[DATABASE].read() as session:
        return list(await list_alarm_entries_before(session, asked, before=last, limit=_BITE))


def _row(fields: Fields, entry: "AlarmEntry") -> list[str]:
    value = "" if entry.value is None else f"{entry.value:.12g}"
    texts = (
        entry.name, entry.rule_public_id, entry.priority, entry.group_name, entry.move,
    )  # fmt: skip
    people = (entry.actor, entry.user_public_id or "", entry.comment)
    until = "" if entry.until_ms is None else iso_z(entry.until_ms)
    return [
        iso_z(entry.at_ms),
        *(fields.text(text) for text in texts),
        value,
        fields.text(entry.unit),
        "yes" if entry.first_out else "no",
        *(fields.text(text) for text in people),
        until,
    ]


def _asked(request: web.Request, typed: dict[str, str]) -> tuple[Asked, dict[str, str]]:
    """What is wanted, and what cannot be understood by field."""
    zone, errors = ZoneInfo(request.app[SETTINGS].time_zone), dict[str, str]()

    def moment(name: str) -> int | None:
        try:
            return parse_moment(typed[name], zone, is_end=name == "to") if typed[name] else None
        except InvalidError as error:
            errors[name] = str(error)
            return None

    asked = Asked(
        rule_public_id=typed["rule"],
        move=typed["move"],
        priority=typed["priority"],
        from_ms=moment("from"),
        to_ms=moment("to"),
    )
    return asked, errors
