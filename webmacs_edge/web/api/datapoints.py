"""Datapoints for programs: lists, single ones, the newest of every channel, series of a few."""

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aiohttp import web
from pydantic import TypeAdapter

from webmacs_edge.history.paging import ALWAYS, Span
from webmacs_edge.history.stretches import Row
from webmacs_edge.model.audit import AuditAction, Change
from webmacs_edge.model.datapoint_ids import parse_datapoint_id
from webmacs_edge.model.errors import InvalidError, NotFoundError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text
from webmacs_edge.model.times import MINUTE_MS, now_ms
from webmacs_edge.store.auditing import record
from webmacs_edge.store.events import find_ever_event
from webmacs_edge.store.experiments import get_experiment
from webmacs_edge.web.api.answers import (
    answer,
    answer_page_text,
    answer_text,
    answer_unless_known,
    done,
)
from webmacs_edge.web.csv_answer import span_of
from webmacs_edge.web.datapoint_rows import (
    Value,
    datapoint,
    datapoints_json,
    experiments_around,
    stored_datapoints,
    stored_json,
)
from webmacs_edge.web.keys import DATABASE, HISTORY, HUB, STATION
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.posting import post_value, post_values
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.datapoints import (
    BatchIn,
    DatapointIn,
    DatapointOut,
    DatapointQuery,
    SeriesIn,
    StoredDatapointOut,
)
from webmacs_edge.web.schemas.lists import PageOut, StatusOut
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Event, Experiment

_LATEST = TypeAdapter(list[DatapointOut])


@operation(query=DatapointQuery, returns=PageOut[StoredDatapointOut], errors=(404,))
async def index(request: web.Request) -> web.Response:
    """List what is stored, newest first: of all channels, or of one, an experiment, a time."""
    asked = read_query(request, DatapointQuery)
    events = await _asked_events(request, asked.event_public_id)
    span = await _asked_span(request, asked)
    found = await request.app[HISTORY].page(
        list(events), page=asked.page, page_size=asked.page_size, span=span
    )
    rows = await stored_json(request.app, events, found.rows)
    return answer_page_text(rows, page=asked.page, page_size=asked.page_size, total=found.total)


@operation(body=DatapointIn, returns=StatusOut, status=201, errors=(404,))
async def create(request: web.Request) -> web.Response:
    """Store a value of a channel that is fed from outside; command an output."""
    return done(await post_value(request, read_body(request, DatapointIn)), status=201)


@operation(body=BatchIn, returns=StatusOut, status=201)
async def create_batch(request: web.Request) -> web.Response:
    """Store values of channels that are fed from outside; others are dropped, and counted."""
    return done(await post_values(request, read_body(request, BatchIn).datapoints), status=201)


@operation(returns=StoredDatapointOut)
async def show(request: web.Request) -> web.Response:
    """One stored value."""
    event, row = await _find(request)
    return answer((await stored_datapoints(request.app, {event.id: event}, [row]))[0])


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Remove one stored value for good; who did it stands in the audit trail."""
    event, row = await _find(request)
    public_id = request.match_info["public_id"]
    change = Change(
        AuditAction.delete, "datapoints", public_id, event.name, old={"value": row.value}
    )

    async def work(session: "AsyncSession") -> None:
        record(session, change)

    await write(request, work)  # first: nothing may go that is not in the audit trail
    await request.app[HISTORY].remove(event.id, row.at_ms)
    request.app[HUB].forget_value(event.id, row.at_ms)
    return done("The datapoint was removed.")


@operation(returns=list[DatapointOut])
async def latest(request: web.Request) -> web.Response:
    """The newest datapoint of every channel that has one."""
    app = request.app
    events = app[STATION].events
    values = _latest_values(app, events)
    spans = await experiments_around(app, [at_ms for at_ms, _ in values.values()])
    rows = [datapoint(event, values[event.id], spans) for event in events if event.id in values]
    return answer_unless_known(request, _LATEST.dump_json(rows))


@operation(body=SeriesIn, returns=dict[str, list[DatapointOut]])
async def series(request: web.Request) -> web.Response:
    """What channels measured in the last minutes, thinned so that no peak is lost."""
    asked, to_ms = read_body(request, SeriesIn), now_ms() + 1
    from_ms = to_ms - asked.minutes * MINUTE_MS
    station = request.app[STATION]
    events = {wanted: station.event_by_public_id(wanted) for wanted in asked.event_public_ids}
    keys = list({event.id for event in events.values() if event is not None})
    values = await request.app[HISTORY].series(keys, from_ms, to_ms, max_points=asked.max_points)
    spans = await experiments_around(request.app, [from_ms, to_ms])
    return answer_text(await asyncio.to_thread(_series_json, events, values, spans))


async def _asked_events(request: web.Request, public_id: str | None) -> dict[int, "Event"]:
    """By key: all channels there are, or the one that is asked for, also if it was removed."""
    if public_id is None:
        return {event.id: event for event in request.app[STATION].events}
    async with request.app[DATABASE].read() as session:
        event = await find_ever_event(session, public_id=public_id)
    if event is None:
        raise NotFoundError(text("There is no channel {public_id}.", public_id=public_id))
    return {event.id: event}


async def _asked_span(request: web.Request, asked: DatapointQuery) -> Span:
    from_ms, to_ms = ALWAYS
    if asked.experiment_public_id is not None:
        async with request.app[DATABASE].read() as session:
            from_ms, to_ms = span_of(await get_experiment(session, asked.experiment_public_id))
    if asked.from_ms is not None:
        from_ms = max(from_ms, asked.from_ms)
    if asked.to_ms is not None:
        to_ms = min(to_ms, asked.to_ms)
    if asked.from_ms is not None and asked.to_ms is not None and asked.to_ms <= asked.from_ms:
        raise InvalidError(text("“to” must lie after “from”."), field="to")
    return from_ms, max(to_ms, from_ms + 1)


async def _find(request: web.Request) -> tuple["Event", Row]:
    """The datapoint that the address names, and its channel."""
    public_id = request.match_info["public_id"]
    key, at_ms = parse_datapoint_id(public_id)
    event = request.app[STATION].event(key)
    if event is None:
        async with request.app[DATABASE].read() as session:
            event = await find_ever_event(session, key=key)
    found = await request.app[HISTORY].find(key, at_ms) if event is not None else None
    if event is None or found is None:
        raise NotFoundError(text("There is no datapoint {public_id}.", public_id=public_id))
    return event, Row(key, *found)


def _latest_values(app: web.Application, events: Sequence["Event"]) -> dict[int, Value]:
    """Stamp and value by channel key: as last read, else as last stored."""
    found: dict[int, Value] = {}
    stored = app[HISTORY].latest_stored()
    for event in events:
        sample = app[HUB].latest(event.id)
        if sample is not None and sample.value is not None and sample.quality is not Quality.BAD:
            found[event.id] = sample.read_at_ms, sample.value
        elif event.id in stored:
            found[event.id] = stored[event.id][:2]
    return {key: value for key, value in found.items() if math.isfinite(value[1])}


def _series_json(
    events: Mapping[str, "Event | None"],
    values: Mapping[int, Sequence[Value]],
    experiments: Sequence["Experiment"],
) -> str:
    lists = []
    for wanted, event in events.items():
        rows = "[]"
        if event is not None:
            rows = datapoints_json(event, values.get(event.id, ()), experiments)
        lists.append(f"{json.dumps(wanted)}:{rows}")
    return f"{{{','.join(lists)}}}"
