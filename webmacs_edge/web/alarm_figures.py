"""The figures of a week of alarms, read from the journal some entries at a time."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from webmacs_edge.model.alarm_figures import Figures, Raised
from webmacs_edge.model.alarms import Aside, Move
from webmacs_edge.model.times import DAY_MS, HOUR_MS, now_ms, to_ms
from webmacs_edge.rules.alarms import AlarmView, alarm_views
from webmacs_edge.store.alarm_journal import count_moves, raised_after
from webmacs_edge.web.keys import DATABASE, RULES, SETTINGS

_BITE = 1000
_DAYS = 7
_HEIGHT = 60.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a picture: where it begins, how many, its height and its top."""

    at_ms: int
    count: int
    height: str
    y: str


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of alarms, and what stands now."""

    figures: Figures
    days: tuple[Bar, ...]
    hours: tuple[Bar, ...]
    standing: tuple[AlarmView, ...]  # told for more than a day
    shelved: tuple[AlarmView, ...]  # now
    shelvings: int  # in these days
    first: date
    last: date


async def read_week(app: web.Application, last: date | None) -> Week:
    """The seven days up to this one, in the site's time; None: up to today."""
    zone = ZoneInfo(app[SETTINGS].time_zone)
    day = last or datetime.now(zone).date()
    edges = [_start(day - timedelta(days=_DAYS - 1 - it), zone) for it in range(_DAYS + 1)]
    figures = Figures(from_ms=edges[0], to_ms=min(edges[-1], max(now_ms(), edges[0] + 1)))
    after = (edges[0] - 1, 0)
    while True:
        async with app[DATABASE].read() as session:
            rows = await raised_after(session, after, to_ms=edges[-1], limit=_BITE)
        figures.take(Raised(it.at_ms, it.rule_public_id, it.name, it.priority) for it in rows)
        if len(rows) < _BITE:
            break
        after = (rows[-1].at_ms, rows[-1].id)
    figures.finish()
    async with app[DATABASE].read() as session:
        span = {"from_ms": edges[0], "to_ms": edges[-1]}
        shelvings = await count_moves(session, Move.shelved, **span)
    views = alarm_views(app[RULES].engine)
    return Week(
        figures,
        days=_by_day(figures, edges),
        hours=_by_hour(figures, edges),
        standing=tuple(it for it in views if _stands(it)),
        shelved=tuple(it for it in views if it.alarm.aside is Aside.shelved),
        shelvings=shelvings,
        first=day - timedelta(days=_DAYS - 1),
        last=day,
    )


def _start(day: date, zone: ZoneInfo) -> int:
    return to_ms(datetime.combine(day, time(), zone))


def _stands(view: AlarmView) -> bool:
    return view.is_told and view.since_ms is not None and now_ms() - view.since_ms > DAY_MS


def _by_hour(figures: Figures, edges: list[int]) -> tuple[Bar, ...]:
    """Also the hours that are still to come, so that hours stand below their days."""
    to_come = (edges[-1] - edges[0]) // HOUR_MS - len(figures.hours)
    counts = [*figures.hours, *([0] * to_come)]
    return _bars([(edges[0] + place * HOUR_MS, it) for place, it in enumerate(counts)])


def _by_day(figures: Figures, edges: list[int]) -> tuple[Bar, ...]:
    counts = [0] * _DAYS
    for place, count in enumerate(figures.hours):
        at_ms = edges[0] + place * HOUR_MS
        day = max(n for n, edge in enumerate(edges[:-1]) if n == 0 or edge <= at_ms)
        counts[day] += count
    return _bars(list(zip(edges[:-1], counts, strict=True)))


def _bars(counts: list[tuple[int, int]]) -> tuple[Bar, ...]:
    most = max((count for _, count in counts), default=0) or 1
    return tuple(
        Bar(at_ms, it, f"{_HEIGHT * it / most:.1f}", f"{_HEIGHT - _HEIGHT * it / most:.1f}")
        for at_ms, it in counts
    )
