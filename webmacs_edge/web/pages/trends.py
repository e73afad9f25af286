"""The trends page: charts of chosen channels over time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.acquisition.station import Station
from webmacs_edge.model.channels import group_words
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.experiments import list_experiments
from webmacs_edge.web.csv_answer import send_csv
from webmacs_edge.web.keys import DATABASE, HUB, STATION
from webmacs_edge.web.render import RUNNING, render
from webmacs_edge.web.tiles import make_tile
from webmacs_edge.web.trend_data import (
    MAX_CHANNELS,
    asked_events,
    asked_ids,
    asked_span,
    channels_query,
)
from webmacs_edge.web.trend_view import ALL, RUN, SPANS_MS, asked_view, oldest_ms

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

_DEFAULT_CHANNELS = 4
_MOST_RUNS = 50
_LONGEST_NUMBER = 40
_NO_GROUP = text("Other channels")


async def index(request: web.Request) -> web.Response:
    """The chosen channels; the page then loads `/trends/data` and follows `/streams/trend`."""
    station, at_ms = request.app[STATION], now_ms()
    chosen = _chosen(request)
    view, errors = await asked_view(request)
    hub = request.app[HUB]
    rows = [make_tile(event, hub.latest(event.id), trail=(), at_ms=at_ms) for event in chosen]
    async with request.app[DATABASE].read() as session:
        runs = await list_experiments(session, page=1, page_size=_MOST_RUNS)
    return render(
        request,
        "trends/index.html",
        rows=list(zip(chosen, rows, strict=True)),
        groups=_groups(station.events),
        chosen={event.public_id for event in chosen},
        max_channels=MAX_CHANNELS,
        too_many=len(asked_ids(request)) > MAX_CHANNELS,
        channels=channels_query(chosen),
        ids=",".join(event.public_id for event in chosen),
        thresholds=_thresholds(request, chosen),
        spans=await _spans(request),
        view=view,
        span=view.span(at_ms),
        runs=runs.rows,
        typed={name: given[:100] for name in _TYPED if (given := request.query.get(name))},
        errors=errors,
    )


_TYPED = ("start", "end", "run", "against")


async def _spans(request: web.Request) -> list[tuple[str, int, int | None]]:
    """The spans to choose from: name, length, since when."""
    spans: list[tuple[str, int, int | None]] = [(name, ms, None) for name, ms in SPANS_MS.items()]
    running = request.get(RUNNING)
    if running is not None:
        spans.append((RUN, 0, running.started_on_ms))
    return [*spans, (ALL, 0, await oldest_ms(request))]


def _thresholds(request: web.Request, chosen: list["Event"]) -> dict[str, str]:
    """Above what time is to be counted, as it stands in the address."""
    asked = {event.public_id: request.query.get(f"above.{event.public_id}", "") for event in chosen}
    return {public_id: text[:_LONGEST_NUMBER] for public_id, text in asked.items() if text}


async def export_csv(request: web.Request) -> web.StreamResponse:
    """Every stored sample of the chosen channels in the span, as a file."""
    return await send_csv(request, asked_events(request), asked_span(request))


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


def _groups(events: Sequence["Event"]) -> dict[str, list["Event"]]:
    groups: dict[str, list[Event]] = {}
    for event in events:
        groups.setdefault(group_words(event.group_name) or _NO_GROUP, []).append(event)
    return groups
