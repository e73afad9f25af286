"""Values written as JSON by hand, against the same by way of the schema."""

import json
from uuid import uuid4

import pytest
from pydantic import TypeAdapter

from webmacs_edge.store.tables import Event, Experiment
from webmacs_edge.web.datapoint_rows import datapoint, datapoints_json
from webmacs_edge.web.schemas.datapoints import DatapointOut

AT_MS = 1_796_000_000_000
VALUES = [
    (AT_MS, 1.0),
    (AT_MS + 1, -0.0),
    (AT_MS + 120, 1e-7),
    (AT_MS + 59_999, 1e22),
    (AT_MS + 86_400_000, 5e-324),
    (AT_MS + 86_400_001, -1234567.891),
]


@pytest.mark.parametrize("values", [VALUES, VALUES[:1], []], ids=["many", "one", "none"])
@pytest.mark.parametrize("ran", [True, False])
def test_what_is_written_by_hand_says_the_same(values: list[tuple[int, float]], *, ran: bool):
    event = Event(id=75, public_id=str(uuid4()))
    run = Experiment(public_id=str(uuid4()), started_on_ms=AT_MS + 100, stopped_on_ms=AT_MS + 200)
    runs = [run] if ran else []

    written = datapoints_json(event, values, runs)

    rows = [datapoint(event, value, runs) for value in values]
    assert json.loads(written) == json.loads(TypeAdapter(list[DatapointOut]).dump_json(rows))
