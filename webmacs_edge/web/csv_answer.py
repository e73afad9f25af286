"""The long CSV file of an experiment or a trend: what several doors answer with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.history.export.formats import FORMATS
from webmacs_edge.model.times import from_ms as moment
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.events import ever_events
from webmacs_edge.web.file_answer import file_name, make_export, send_file
from webmacs_edge.web.keys import DATABASE

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event, Experiment


async def send_experiment(request: web.Request, experiment: "Experiment") -> web.StreamResponse:
    """Everything that was stored while it ran, also of channels removed since."""
    async with request.app[DATABASE].read() as session:
        events = await ever_events(session)
    filename = f"experiment_{file_name(experiment.name)}_{experiment.public_id[:8]}.csv"
    return await send_csv(request, events, span_of(experiment), filename=filename)


async def send_csv(
    request: web.Request,
    events: Sequence["Event"],
    span: tuple[int, int],
    *,
    filename: str = "",
) -> web.StreamResponse:
    """The samples of these channels in the span, oldest first."""
    if not filename:
        filename = f"trend_{moment(span[0]):%Y-%m-%dT%H-%M-%SZ}.csv"
    export = make_export(request, events, span)
    return await send_file(request, export, FORMATS["csv"], filename=filename)


def span_of(experiment: "Experiment") -> tuple[int, int]:
    """From its start to its end or, while it runs, to now; both are within."""
    end_ms = now_ms() if experiment.stopped_on_ms is None else experiment.stopped_on_ms
    return experiment.started_on_ms, end_ms + 1
