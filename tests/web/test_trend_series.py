"""What a chart is told of what cannot be trusted."""

import json

import numpy as np

from webmacs_edge.history.sketch import Trend
from webmacs_edge.model.words import EventType
from webmacs_edge.store.tables import Event
from webmacs_edge.web.trend_data import TrendQuery
from webmacs_edge.web.trend_series import trends_json


def test_gaps_say_why_and_doubtful_values_are_marked():
    event = Event(id=1, public_id="a", name="A", type=EventType.sensor, decimals=1)
    trend = Trend(
        at_ms=np.array([0, 10, 20, 30, 40, 50]),
        low=np.array([1.04, 2.0, np.nan, 3.0, 4.0, 5.0]),
        high=np.array([1.04, 2.0, np.nan, 3.0, 4.0, 5.0]),
        mean=np.array([1.04, 2.0, np.nan, 3.0, 4.0, 5.0]),
        n=np.array([1, 1, 0, 1, 2, 1]),
        worst=np.array([0, 1, 2, 0, 3, 1], np.uint8),
        gaps=[(20, 30), (55, 60)],
        coarse_ms=0,
    )

    text = trends_json(TrendQuery([event], 0, 60, 60), {1: trend}, {1: True})

    channel = json.loads(text)["channels"][0]
    assert channel["at"] == [0, 10, 30, 40, 50]
    assert channel["low"][0] == 1.0
    assert channel["gaps"] == [[20, 30, 2], [55, 60, 0]]
    assert channel["doubts"] == [[10, 20, 1], [40, 60, 3]]
