"""What a chart gets of channels: buckets of least, mean and greatest value, and doubts."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.trend_data import TrendQuery

if TYPE_CHECKING:
    from webmacs_edge.history.sketch import Trend
    from webmacs_edge.store.tables import Event

NOTHING = 0  # a gap in which nothing was recorded at all

Stretch = tuple[int, int, int]  # from, to, quality


def trends_json(query: TrendQuery, trends: Mapping[int, "Trend"], born: Mapping[int, bool]) -> str:
    """The whole answer; `born`: whether the channel had values before the span."""
    channels = [
        _entry(query, event, trends[event.id], born=born[event.id]) for event in query.events
    ]
    answer = {"from": query.from_ms, "to": query.to_ms, "until": now_ms(), "channels": channels}
    return json.dumps(answer, separators=(",", ":"), allow_nan=False)


def _entry(query: TrendQuery, event: "Event", trend: "Trend", *, born: bool) -> dict[str, Any]:
    known = trend.n > 0  # columns without a usable sample lie in a gap
    at_ms = trend.at_ms[known].tolist()
    gaps = _with_edge(trend.gaps, at_ms, query)
    shown = [gap for gap in gaps if born or gap[0] > query.from_ms]
    return {
        "id": event.public_id,
        "at": at_ms,
        "low": trend.low[known].round(event.decimals).tolist(),
        "mean": trend.mean[known].round(event.decimals + 1).tolist(),
        "high": trend.high[known].round(event.decimals).tolist(),
        "gaps": _why(shown, trend),
        "doubts": _doubts(trend, query.to_ms),
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


def _why(gaps: list[tuple[int, int]], trend: "Trend") -> list[Stretch]:
    """Each gap with the worst quality that was recorded in it."""
    empty = trend.n == 0
    at_ms, worst = trend.at_ms[empty], trend.worst[empty]
    firsts = np.searchsorted(at_ms, [start for start, _ in gaps])
    lasts = np.searchsorted(at_ms, [end for _, end in gaps])
    return [
        (start, end, int(worst[first:last].max(initial=NOTHING)))
        for (start, end), first, last in zip(gaps, firsts, lasts, strict=True)
    ]


def _doubts(trend: "Trend", to_ms: int) -> list[Stretch]:
    """Where there are usable values among which one is not good; neighbours are joined."""
    doubtful = (trend.n > 0) & (trend.worst > Quality.GOOD)
    if not doubtful.any():
        return []
    edges = np.diff(np.concatenate(([0], doubtful.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    until = np.append(trend.at_ms, to_ms)
    return [
        (int(until[start]), int(until[end]), int(trend.worst[start:end].max()))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
