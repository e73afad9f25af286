"""JSON for the charts of pages: values, marks, statistics."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.web.keys import HISTORY
from webmacs_edge.web.trend_data import asked_events, asked_span, asked_trend
from webmacs_edge.web.trend_marks import marks_of
from webmacs_edge.web.trend_series import trends_json

if TYPE_CHECKING:
    from webmacs_edge.history.sketch import Trend
    from webmacs_edge.store.tables import Event

MOST_COUNTED = 5_000_000  # samples; beyond that statistics of every sample take too long
_LONGEST_NUMBER = 40


def _answering(
    make: Callable[[web.Request], Awaitable[str]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler that answers with this JSON; what does not fit is told in a sentence."""

    async def handler(request: web.Request) -> web.Response:
        try:
            text = await make(request)
        except InvalidError as error:  # the chart shows the sentence; no page is wanted here
            return web.json_response({"detail": f"{error.args[0]}"}, status=422)
        response = web.Response(text=text, content_type="application/json")
        response.headers["Cache-Control"] = "no-store"
        response.enable_compression()
        return response

    handler.__doc__, handler.__name__ = make.__doc__, make.__name__.strip("_")
    return handler


async def _data(request: web.Request) -> str:
    """Per channel, buckets of least, mean and greatest value, gaps and doubts."""
    query, history = asked_trend(request), request.app[HISTORY]
    pauses = {event.id: int(event.silence_s * 1000) for event in query.events}
    trends = await history.trend(
        query.keys, query.from_ms, query.to_ms, width=query.width, silence_ms=pauses
    )
    born = {
        key: await _was_there_before(request, key, trend, from_ms=query.from_ms)
        for key, trend in trends.items()
    }
    return await asyncio.to_thread(trends_json, query, trends, born)


async def _was_there_before(
    request: web.Request, key: int, trend: "Trend", *, from_ms: int
) -> bool:
    """False where the channel begins within the span: what lies before that is not a gap."""
    known = trend.at_ms[trend.n > 0]
    if len(known) and known[0] <= from_ms:
        return True
    return await request.app[HISTORY].last_before(key, from_ms) is not None


async def _marks(request: web.Request) -> str:
    """Experiments, notes and alarms of the span."""
    events, (from_ms, to_ms) = asked_events(request), asked_span(request)
    marks = await marks_of(request, events, from_ms=from_ms, to_ms=to_ms)
    return json.dumps(marks, ensure_ascii=False, separators=(",", ":"))


async def _statistics(request: web.Request) -> str:
    """Per channel what every sample of the span says; only how many where they are too many."""
    events, (from_ms, to_ms) = asked_events(request), asked_span(request)
    limits = {event.id: _limit(request, event) for event in events}
    history = request.app[HISTORY]
    samples = await history.estimate(list(limits), from_ms, to_ms)
    channels = []
    for event in events if samples <= MOST_COUNTED else ():
        found = await history.statistics(
            event.id,
            from_ms,
            to_ms,
            threshold=limits[event.id],
            silence_ms=int(event.silence_s * 1000),
        )
        channels.append(
            {
                "id": event.public_id,
                "count": found.count,
                "low": _finite(found.low),
                "high": _finite(found.high),
                "mean": _finite(found.time_mean),
                "sigma": _finite(found.sigma),
                "held_s": found.held_s,
                "limit": limits[event.id],
                "above_s": found.above_s,
            }
        )
    answer: dict[str, Any] = {"samples": samples, "channels": channels}
    return json.dumps(answer, separators=(",", ":"), allow_nan=False)


def _limit(request: web.Request, event: "Event") -> float | None:
    """Above what time is counted: as asked by `above.<id>=`, else the channel's upper limit."""
    name = f"above.{event.public_id}"
    text = request.query.get(name, "")
    if not text:
        return 0.5 if event.is_digital else event.high_limit
    try:
        value = float(text[:_LONGEST_NUMBER])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidError("Write the threshold as a number, such as 410.5.", field=name)
    return value


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


data, marks, statistics = map(_answering, (_data, _marks, _statistics))
