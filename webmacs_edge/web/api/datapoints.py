"""Datapoints for programs: the newest of every channel, and series of a few."""

import asyncio
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aiohttp import web
from pydantic import TypeAdapter

from webmacs_edge.model.datapoint_ids import datapoint_id
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import MINUTE_MS, now_ms
from webmacs_edge.store.experiments import experiments_between
from webmacs_edge.web.api.answers import answer_text
from webmacs_edge.web.keys import DATABASE, HISTORY, HUB, STATION
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body
from webmacs_edge.web.schemas.datapoints import DatapointOut, SeriesIn

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event, Experiment

_LATEST = TypeAdapter(list[DatapointOut])
_SERIES = TypeAdapter(dict[str, list[DatapointOut]])

Values = Sequence[tuple[int, float]]  # UTC milliseconds and value


@operation(returns=list[DatapointOut])
async def latest(request: web.Request) -> web.Response:
    """The newest datapoint of every channel that has one."""
    events = request.app[STATION].events
    stamps = _latest_values(request.app, events)
    first_ms = min((at_ms for at_ms, _ in stamps.values()), default=now_ms())
    spans = await _experiments(request, first_ms)
    rows = [_datapoint(event, stamps[event.id], spans) for event in events if event.id in stamps]
    return answer_text(_LATEST.dump_json(rows).decode())


@operation(body=SeriesIn, returns=dict[str, list[DatapointOut]])
async def series(request: web.Request) -> web.Response:
    """What channels measured in the last minutes, thinned so that no peak is lost."""
    asked, to_ms = read_body(request, SeriesIn), now_ms() + 1
    from_ms = to_ms - asked.minutes * MINUTE_MS
    station = request.app[STATION]
    events = {wanted: station.event_by_public_id(wanted) for wanted in asked.event_public_ids}
    keys = list({event.id for event in events.values() if event is not None})
    values = await request.app[HISTORY].series(keys, from_ms, to_ms, max_points=asked.max_points)
    spans = await _experiments(request, from_ms)
    return answer_text(await asyncio.to_thread(_series_json, events, values, spans))


def _latest_values(app: web.Application, events: Sequence["Event"]) -> dict[int, tuple[int, float]]:
    """Stamp and value by channel key: as last read, else as last stored."""
    found: dict[int, tuple[int, float]] = {}
    stored = app[HISTORY].latest_stored()
    for event in events:
        sample = app[HUB].latest(event.id)
        if sample is not None and sample.value is not None and sample.quality is not Quality.BAD:
            found[event.id] = sample.read_at_ms, sample.value
        elif event.id in stored:
            found[event.id] = stored[event.id][:2]
    return {key: stamp for key, stamp in found.items() if math.isfinite(stamp[1])}


def _series_json(
    events: Mapping[str, "Event | None"],
    values: Mapping[int, Values],
    experiments: Sequence["Experiment"],
) -> str:
    rows = {
        wanted: [_datapoint(event, stamp, experiments) for stamp in values.get(event.id, ())]
        if event is not None
        else []
        for wanted, event in events.items()
    }
    return _SERIES.dump_json(rows).decode()


def _datapoint(
    event: "Event", stamp: tuple[int, float], experiments: Sequence["Experiment"]
) -> DatapointOut:
    at_ms, value = stamp
    return DatapointOut.model_construct(
        public_id=datapoint_id(event.id, at_ms),
        value=value,
        timestamp=at_ms,
        event_public_id=event.public_id,
        experiment_public_id=_experiment_at(experiments, at_ms),
    )


async def _experiments(request: web.Request, from_ms: int) -> Sequence["Experiment"]:
    async with request.app[DATABASE].read() as session:
        return await experiments_between(session, from_ms=from_ms, to_ms=now_ms() + 1)


def _experiment_at(experiments: Sequence["Experiment"], at_ms: int) -> str | None:
    """The experiment that ran at this time; at most one does."""
    position = bisect_right(experiments, at_ms, key=lambda one: one.started_on_ms) - 1
    if position < 0:
        return None
    found = experiments[position]
    over = found.stopped_on_ms is not None and found.stopped_on_ms < at_ms
    return None if over else found.public_id
