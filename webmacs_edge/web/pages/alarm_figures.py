"""The page of weekly figures of alarms, and the same as a file."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from webmacs_edge.history.export.plan import Options
from webmacs_edge.history.export.texts import Fields
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import iso_z
from webmacs_edge.web.alarm_figures import read_week
from webmacs_edge.web.file_answer import disposition
from webmacs_edge.web.render import render
from webmacs_edge.web.rule_words import PRIORITIES

if TYPE_CHECKING:
    from webmacs_edge.web.alarm_figures import Week

_WEEK = timedelta(days=7)


async def index(request: web.Request) -> web.Response:
    """Seven days: how many alarms when, floods, the ten most frequent, what stands too long."""
    week = await read_week(request.app, _day(request))
    return render(
        request,
        "alarms/figures.html",
        week=week,
        figures=week.figures,
        before=(week.last - _WEEK).isoformat(),
        after=(week.last + _WEEK).isoformat(),
        is_newest=week.figures.to_ms - week.figures.from_ms < _WEEK.total_seconds() * 1000,
        priorities=PRIORITIES,
    )


async def export_csv(request: web.Request) -> web.Response:
    """The same as a file for a spreadsheet: a line a figure."""
    week = await read_week(request.app, _day(request))
    fields = Fields(Options(byte_order_mark=True))
    lines = [fields.line(("figure", "of", "name", "value"))]
    lines += [fields.line([fields.text(it) for it in line]) for line in _lines(week)]
    name = f"alarm_figures_{week.last.isoformat()}.csv"
    response = web.Response(body=(fields.start + "".join(lines)).encode())
    response.headers[hdrs.CONTENT_TYPE] = "text/csv; charset=utf-8"
    response.headers[hdrs.CONTENT_DISPOSITION] = disposition(name)
    return response


def _lines(week: "Week") -> Iterator[tuple[str, ...]]:
    figures = week.figures
    yield "total", week.last.isoformat(), "", str(figures.total)
    yield "share of time in floods", "", "", f"{figures.flood_share:.6f}"
    yield "shelved", "", "", str(week.shelvings)
    for priority, count in figures.by_priority.items():
        yield "priority", priority, "", str(count)
    for kind, bars in (("day", week.days), ("hour", week.hours)):
        for bar in bars:
            yield kind, iso_z(bar.at_ms), "", str(bar.count)
    for flood in figures.floods:
        yield "flood", iso_z(flood.from_ms), f"until {iso_z(flood.to_ms)}", str(flood.alarms)
    for it in figures.counts:
        yield "alarm", it.rule_id, it.name, str(it.raised)
    for it in figures.chattering:
        yield "chattering", it.rule_id, it.name, str(it.chattered)
    for view in week.standing:
        yield "standing over a day", view.rule_id, view.name, iso_z(view.since_ms or 0)


def _day(request: web.Request) -> date | None:
    word = request.query.get("until", "")
    if not word:
        return None
    try:
        day = date.fromisoformat(word[:10])
    except ValueError as error:
        raise InvalidError(text("Write the day as 2026-11-23.")) from error
    if not date(2000, 1, 1) <= day <= date(2200, 1, 1):
        raise InvalidError(text("Write the day as 2026-11-23."))
    return day
