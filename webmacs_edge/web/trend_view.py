"""Which time the trends page shows, and with which other time it compares it: from its address."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import web

from webmacs_edge.model.errors import InvalidError, NotFoundError
from webmacs_edge.model.local_times import parse_moment
from webmacs_edge.model.times import DAY_MS, HOUR_MS, MINUTE_MS, now_ms
from webmacs_edge.store.experiments import get_experiment
from webmacs_edge.web.keys import DATABASE, SETTINGS, UPKEEP
from webmacs_edge.web.render import RUNNING
from webmacs_edge.web.trend_data import MAX_SPAN_MS, asked_span

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Experiment

SPANS_MS = {
    "1m": MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "1h": HOUR_MS,
    "6h": 6 * HOUR_MS,
    "24h": DAY_MS,
    "7d": 7 * DAY_MS,
    "30d": 30 * DAY_MS,
}
RUN, ALL = "run", "all"
DEFAULT = "15m"
_LEAST_SPAN_MS = 2000
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class View:
    """What time the chart shows: the last `span_ms`, since `since_ms`, or a fixed span.

    With `shift_ms` it shows beside it what was so much earlier; `zero_ms` is where time counts
    from, for runs that are laid over one another.
    """

    name: str
    span_ms: int
    since_ms: int | None = None
    fixed: tuple[int, int] | None = None
    shift_ms: int = 0
    zero_ms: int | None = None
    beside: str = ""  # the name of what is compared

    def span(self, at_ms: int) -> tuple[int, int]:
        """From when to when, at this moment."""
        if self.fixed:
            return self.fixed
        since_ms = at_ms - self.span_ms if self.since_ms is None else self.since_ms
        return min(since_ms, at_ms - _LEAST_SPAN_MS), at_ms


async def asked_view(request: web.Request) -> tuple[View, dict[str, str]]:
    """The view of the address, and what is wrong with what was typed into its form."""
    view, errors = await _named(request), dict[str, str]()
    if request.query.get("start") or request.query.get("end"):
        try:
            view = replace(view, fixed=_typed(request))
        except InvalidError as error:
            errors = {error.field or "start": str(error)}
    elif "from" in request.query:
        try:
            view = replace(view, fixed=asked_span(request))
        except InvalidError:
            view = replace(view, fixed=None)  # a garbled address shows the ordinary view
    view = await _of_runs(request, view)
    shift, zero = (_whole(request.query.get(name, "")) for name in ("shift", "zero"))
    if shift is not None and abs(shift) <= MAX_SPAN_MS:
        view = replace(view, shift_ms=shift, zero_ms=view.zero_ms if zero is None else zero)
    return view, errors


async def _named(request: web.Request) -> View:
    name, running = request.query.get("span", DEFAULT), request.get(RUNNING)
    if name == RUN and running:
        return View(RUN, 0, running.started_on_ms)
    if name == ALL:
        return View(ALL, 0, await oldest_ms(request))
    if name not in SPANS_MS:
        name = DEFAULT
    return View(name, SPANS_MS[name])


async def oldest_ms(request: web.Request) -> int:
    """The first stamp of what is stored; an hour ago where nothing is sealed yet."""
    oldest = await request.app[UPKEEP].retention.find_oldest()
    known = [at_ms for at_ms in (oldest.chunk_ms, oldest.rollup_ms) if at_ms is not None]
    at_ms = now_ms()
    return max(min(known, default=at_ms - HOUR_MS), at_ms - MAX_SPAN_MS)


async def _of_runs(request: web.Request, view: View) -> View:
    """`run=` shows an experiment, `against=` lays another over it, both from their start."""
    run = await _experiment(request, request.query.get("run", ""))
    if run is None:
        return view
    end_ms = run.stopped_on_ms or now_ms()
    fixed = view.fixed or (run.started_on_ms, max(end_ms, run.started_on_ms + _LEAST_SPAN_MS))
    view = replace(view, fixed=fixed, zero_ms=run.started_on_ms)
    other = await _experiment(request, request.query.get("against", ""))
    if other is None:
        return view
    shift_ms = run.started_on_ms - other.started_on_ms
    return replace(view, shift_ms=shift_ms, beside=other.name)


async def _experiment(request: web.Request, public_id: str) -> "Experiment | None":
    if not public_id:
        return None
    async with request.app[DATABASE].read() as session:
        try:
            return await get_experiment(session, public_id)
        except NotFoundError:
            return None  # it was deleted: its link still shows the channels


def _typed(request: web.Request) -> tuple[int, int]:
    zone = ZoneInfo(request.app[SETTINGS].time_zone)
    start = parse_moment(request.query.get("start", ""), zone, field="start")
    end = parse_moment(request.query.get("end", ""), zone, is_end=True, field="end")
    if end <= start:
        raise InvalidError("The end must be after the start.", field="end")
    if end - start > MAX_SPAN_MS:
        raise InvalidError("The span is longer than ten years. Choose a shorter one.", field="end")
    return start, end


def _whole(text: str) -> int | None:
    digits = text.removeprefix("-")
    return (
        int(text) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else None
    )
