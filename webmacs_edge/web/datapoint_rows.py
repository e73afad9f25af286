"""Stored samples as the API tells them, with the experiment that ran at their time."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from aiohttp import web
from pydantic_core import to_json

from webmacs_edge.history.stretches import Row
from webmacs_edge.model.datapoint_ids import datapoint_id, datapoint_id_parts
from webmacs_edge.store.experiments import experiments_between
from webmacs_edge.store.remembered import Remembered
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.schemas.datapoints import DatapointOut, StoredDatapointOut

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event, Experiment

Value = tuple[int, float]  # UTC milliseconds and value
NEWEST_EXPERIMENTS: "web.AppKey[Remembered[tuple[Sequence[Experiment], bool]]]" = web.AppKey(
    "newest_experiments", Remembered
)


def datapoint(event: "Event", value: Value, experiments: Sequence["Experiment"]) -> DatapointOut:
    """One value of a channel; `experiments` are those around its time, in order."""
    at_ms, number = value
    return DatapointOut.model_construct(
        public_id=datapoint_id(event.id, at_ms),
        value=number,
        timestamp=at_ms,
        event_public_id=event.public_id,
        experiment_public_id=experiment_at(experiments, at_ms),
    )


def datapoints_json(
    event: "Event", values: Sequence[Value], experiments: Sequence["Experiment"]
) -> str:
    """The same of many values, as JSON; written by hand, in a sixth of the time."""
    head, end = _row_json(event)
    ran = _ids_json(experiments)
    rows = []
    for at_ms, said in _values_json(values):
        experiment = ran[experiment_at(experiments, at_ms)] if experiments else "null"
        rows.append(f"{head(at_ms)}{said}{end}{experiment}}}")
    return f"[{','.join(rows)}]"


async def stored_json(
    app: web.Application, events: Mapping[int, "Event"], rows: Sequence[Row]
) -> str:
    """Rows of the history as JSON, each as `StoredDatapointOut`; `events` by their keys."""
    experiments = await experiments_around(app, [row.at_ms for row in rows])
    ran = _ids_json(experiments)
    forms = {key: _row_json(events[key]) for key in {row.key for row in rows}}
    lines = []
    said = _values_json([(row.at_ms, row.value) for row in rows])
    for row, (at_ms, value) in zip(rows, said, strict=True):
        head, end = forms[row.key]
        experiment = ran[experiment_at(experiments, at_ms)] if experiments else "null"
        lines.append(f'{head(at_ms)}{value}{end}{experiment},"quality":"{row.quality.word}"}}')
    return f"[{','.join(lines)}]"


def _row_json(event: "Event") -> tuple[Callable[[int], str], str]:
    """What writes the begin of a row, and what follows its value up to the experiment."""
    _, channel = datapoint_id_parts(event.id, 0)

    def head(at_ms: int) -> str:
        digits = f"{at_ms:012x}"
        return f'{{"public_id":"{digits[:8]}-{digits[8:]}{channel}","value":'

    return head, f',"event_public_id":{json.dumps(event.public_id)},"experiment_public_id":'


def _values_json(values: Sequence[Value]) -> Iterator[tuple[int, str]]:
    """Of each value the stamp, and its number and moment as JSON; all in one go, as `iso_z`."""
    stamps = [at_ms for at_ms, _ in values]
    moments = np.datetime_as_string(np.array(stamps, "datetime64[ms]")).tolist()
    numbers = to_json([number for _, number in values])[1:-1].decode().split(",")
    for at_ms, moment, number in zip(stamps, moments, numbers, strict=False):
        second, _, part = moment.partition(".")
        fraction = "" if part == "000" else f".{part}000"
        yield at_ms, f'{number},"timestamp":"{second}{fraction}Z"'


def _ids_json(experiments: Sequence["Experiment"]) -> dict[str | None, str]:
    return {None: "null"} | {one.public_id: json.dumps(one.public_id) for one in experiments}


async def stored_datapoints(
    app: web.Application, events: Mapping[int, "Event"], rows: Sequence[Row]
) -> list[StoredDatapointOut]:
    """Rows of the history; `events` by their keys."""
    stamps = [row.at_ms for row in rows]
    experiments = await experiments_around(app, stamps)
    return [
        StoredDatapointOut.model_construct(
            **datapoint(events[row.key], (row.at_ms, row.value), experiments).__dict__,
            quality=row.quality.word,
        )
        for row in rows
    ]


async def experiments_around(app: web.Application, stamps: Sequence[int]) -> Sequence["Experiment"]:
    """At least those that ran between the first and the last of these moments, in order."""
    if not stamps:
        return ()
    newest, are_all = await app[NEWEST_EXPERIMENTS].get()
    if are_all or min(stamps) >= newest[0].started_on_ms:
        return newest
    async with app[DATABASE].read() as session:
        return await experiments_between(session, from_ms=min(stamps), to_ms=max(stamps) + 1)


def experiment_at(experiments: Sequence["Experiment"], at_ms: int) -> str | None:
    """The experiment that ran at this time; at most one does."""
    position = bisect_right(experiments, at_ms, key=lambda one: one.started_on_ms) - 1
    if position < 0:
        return None
    found = experiments[position]
    over = found.stopped_on_ms is not None and found.stopped_on_ms < at_ms
    return None if over else found.public_id
