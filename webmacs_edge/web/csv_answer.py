"""CSV files, streamed while they are read: what every door that exports samples answers with."""

import re
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import hdrs, web

from webmacs_edge.history.export import ExportChannel, csv_long
from webmacs_edge.model.times import from_ms as moment
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.events import ever_events
from webmacs_edge.web.keys import DATABASE, HISTORY

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event, Experiment

_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|;%\s]+')
_MAX_NAME = 120


async def send_experiment(request: web.Request, experiment: "Experiment") -> web.StreamResponse:
    """Everything that was stored while it ran, also of channels removed since."""
    async with request.app[DATABASE].read() as session:
        events = await ever_events(session)
    to_ms = (now_ms() if experiment.stopped_on_ms is None else experiment.stopped_on_ms) + 1
    filename = f"experiment_{file_name(experiment.name)}_{experiment.public_id[:8]}.csv"
    span = experiment.started_on_ms, to_ms
    return await send_csv(request, events, span, filename=filename)


async def send_csv(
    request: web.Request,
    events: Sequence["Event"],
    span: tuple[int, int],
    *,
    filename: str = "",
) -> web.StreamResponse:
    """The samples of these channels in the span, oldest first."""
    from_ms, to_ms = span
    if not filename:
        filename = f"trend_{moment(from_ms):%Y-%m-%dT%H-%M-%SZ}.csv"
    response = web.StreamResponse()
    response.headers[hdrs.CONTENT_TYPE] = "text/csv; charset=utf-8"
    response.headers[hdrs.CONTENT_DISPOSITION] = disposition(filename)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    await response.prepare(request)
    channels = [_channel(event) for event in events]
    async with aclosing(csv_long(request.app[HISTORY], channels, from_ms, to_ms)) as parts:
        async for part in parts:
            await response.write(part)
    await response.write_eof()
    return response


def _channel(event: "Event") -> ExportChannel:
    return ExportChannel(
        key=event.id,
        public_id=event.public_id,
        name=event.name,
        unit=event.unit,
        decimals=event.decimals,
    )


def disposition(filename: str) -> str:
    """RFC 6266: the name in ASCII for old programs, and as it is for all others."""
    plain = filename.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def file_name(name: str) -> str:
    """The name without anything that a file system or a header stumbles over."""
    return _NOT_IN_NAMES.sub("_", name).strip("._")[:_MAX_NAME] or "unnamed"
