"""The trends page: charts of chosen channels over time."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.acquisition.station import Station
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, HOUR_MS, MINUTE_MS, now_ms
from webmacs_edge.web.csv_answer import send_csv
from webmacs_edge.web.keys import HISTORY, HUB, STATION
from webmacs_edge.web.render import RUNNING, render
from webmacs_edge.web.tiles import make_tile
from webmacs_edge.web.trend_data import (
    MAX_CHANNELS,
    TrendQuery,
    asked_events,
    asked_ids,
    asked_span,
    asked_trend,
    channels_query,
)

if TYPE_CHECKING:
    from webmacs_edge.history.sketch import Trend
    from webmacs_edge.store.tables import Event

_SPANS = {
    "5m": ("5 min", 5 * MINUTE_MS),
    "15m": ("15 min", 15 * MINUTE_MS),
    "1h": ("1 h", HOUR_MS),
    "6h": ("6 h", 6 * HOUR_MS),
    "24h": ("24 h", DAY_MS),
}
_RUN = "run"
_DEFAULT_SPAN = "15m"
_DEFAULT_CHANNELS = 4
_NO_GROUP = text("Other channels")


@dataclass(frozen=True, slots=True)
class View:
    """What time the chart shows: the last `span_ms`, since `since_ms`, or a fixed span."""

    name: str
    span_ms: int
    since_ms: int | None = None
    fixed: tuple[int, int] | None = None

    def span(self, at_ms: int) -> tuple[int, int]:
        """From when to when, at this moment."""
        if self.fixed:
            return self.fixed
        return (at_ms - self.span_ms if self.since_ms is None else self.since_ms), at_ms


async def index(request: web.Request) -> web.Response:
    """The chosen channels; the page then loads `/trends/data` and follows `/streams/trend`."""
    station, at_ms = request.app[STATION], now_ms()
    chosen = _chosen(request)
    view = _view(request)
    hub = request.app[HUB]
    rows = [make_tile(event, hub.latest(event.id), trail=(), at_ms=at_ms) for event in chosen]
    return render(
        request,
        "trends/index.html",
        rows=list(zip(chosen, rows, strict=True)),
        groups=_groups(station.events),
        chosen={event.public_id for event in chosen},
        max_channels=MAX_CHANNELS,
        too_many=len(asked_ids(request)) > MAX_CHANNELS,
        channels=channels_query(chosen),
        spans=_span_links(request),
        view=view,
        span=view.span(at_ms),
    )


async def data(request: web.Request) -> web.Response:
    """JSON for the chart: per channel, buckets of least, mean and greatest value, and gaps."""
    try:
        query = asked_trend(request)
    except InvalidError as error:  # the chart shows the sentence; no page is wanted here
        return web.json_response({"detail": str(error)}, status=422)
    trends = await _trends(request, query)
    born = {
        key: await _was_there_before(request, key, trend, from_ms=query.from_ms)
        for key, trend in trends.items()
    }
    text = await asyncio.to_thread(_to_json, query, trends, born)
    response = web.Response(text=text, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.enable_compression()
    return response


async def export_csv(request: web.Request) -> web.StreamResponse:
    """Every stored sample of the chosen channels in the span, as a file."""
    return await send_csv(request, asked_events(request), asked_span(request))


async def _trends(request: web.Request, query: TrendQuery) -> dict[int, "Trend"]:
    pauses = {event.id: int(event.silence_s * 1000) for event in query.events}
    return await request.app[HISTORY].trend(
        query.keys, query.from_ms, query.to_ms, width=query.width, silence_ms=pauses
    )


async def _was_there_before(
    request: web.Request, key: int, trend: "Trend", *, from_ms: int
) -> bool:
    """False where the channel begins within the span: what lies before that is not a gap."""
    known = trend.at_ms[trend.n > 0]
    if len(known) and known[0] <= from_ms:
        return True
    return await request.app[HISTORY].last_before(key, from_ms) is not None


def _chosen(request: web.Request) -> list["Event"]:
    """The channels in the address that exist, else the first few that measure something."""
    station = request.app[STATION]
    asked = (station.event_by_public_id(public_id) for public_id in asked_ids(request))
    chosen = [event for event in asked if event is not None][:MAX_CHANNELS]
    if chosen:
        return chosen
    measured = [event for event in station.events if _is_measured(station, event)]
    return (measured or list(station.events))[:_DEFAULT_CHANNELS]


def _is_measured(station: Station, event: "Event") -> bool:
    """Whether an analogue input of the plant is behind it."""
    point = station.point(event.point_id)
    if point is None or station.layout is None or station.layout.device(point.device).is_base:
        return False
    return point.kind == "analog" and point.direction == "input"


def _view(request: web.Request) -> View:
    name, running = request.query.get("span", _DEFAULT_SPAN), request.get(RUNNING)
    since_ms = running.started_on_ms if name == _RUN and running else None
    if since_ms is None and name not in _SPANS:
        name = _DEFAULT_SPAN
    span_ms = 0 if name == _RUN else _SPANS[name][1]
    fixed = None
    if "from" in request.query:
        try:
            fixed = asked_span(request)
        except InvalidError:
            fixed = None  # a garbled address shows the ordinary view
    return View(name, span_ms, since_ms, fixed)


def _span_links(request: web.Request) -> list[tuple[str, str]]:
    links = [(name, words) for name, (words, _) in _SPANS.items()]
    return [*links, (_RUN, text("Run"))] if request.get(RUNNING) else links


def _groups(events: Sequence["Event"]) -> dict[str, list["Event"]]:
    groups: dict[str, list[Event]] = {}
    for event in events:
        groups.setdefault(event.group_name or _NO_GROUP, []).append(event)
    return groups


def _to_json(query: TrendQuery, trends: dict[int, "Trend"], born: dict[int, bool]) -> str:
    channels = [
        _entry(query, event, trends[event.id], born=born[event.id]) for event in query.events
    ]
    answer = {"from": query.from_ms, "to": query.to_ms, "until": now_ms(), "channels": channels}
    return json.dumps(answer, separators=(",", ":"), allow_nan=False)


def _entry(query: TrendQuery, event: "Event", trend: "Trend", *, born: bool) -> dict[str, Any]:
    known = trend.n > 0  # columns without a usable sample lie in a gap
    at_ms = trend.at_ms[known].tolist()
    gaps = _with_edge(trend.gaps, at_ms, query)
    return {
        "id": event.public_id,
        "at": at_ms,
        "low": trend.low[known].round(event.decimals).tolist(),
        "mean": trend.mean[known].round(event.decimals + 1).tolist(),
        "high": trend.high[known].round(event.decimals).tolist(),
        "gaps": [list(gap) for gap in gaps if born or gap[0] > query.from_ms],
    }


def _with_edge(
    gaps: list[tuple[int, int]], at_ms: list[int], query: TrendQuery
) -> list[tuple[int, int]]:
    """The gaps with the one that the span begins in, however short the span is."""
    if not at_ms:
        return [(query.from_ms, query.to_ms)]
    column_ms = (query.to_ms - query.from_ms) // query.width
    if at_ms[0] <= query.from_ms + 2 * column_ms or (gaps and gaps[0][0] <= query.from_ms):
        return gaps
    return [(query.from_ms, at_ms[0]), *gaps]
