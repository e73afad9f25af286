"""What channels did during an experiment: key figures, and a small plot of each."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from aiohttp import web

from webmacs_edge.history.packing import Floats, Ints
from webmacs_edge.history.sketch import Trend
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.keys import HISTORY, STATION

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event, Experiment

MOST_CHANNELS = 60
WIDTH, HEIGHT = 1000, 100  # of a plot, in units of its viewBox
_COLUMNS = 400


@dataclass(frozen=True, slots=True)
class Figure:
    """One channel over an experiment; values in the channel's unit."""

    event: "Event"
    low: float
    high: float
    mean: float  # of the samples
    first: float
    last: float
    count: int
    trend: Trend


@dataclass(frozen=True, slots=True)
class Plot:
    """Paths in a viewBox of 1000 by 100: what lies between least and greatest, and the mean."""

    band: str
    line: str


def span_now(experiment: "Experiment") -> tuple[int, int]:
    """From its start to its end, or to now; at least a second."""
    end_ms = experiment.stopped_on_ms
    until_ms = now_ms() if end_ms is None else end_ms + 1
    return experiment.started_on_ms, max(until_ms, experiment.started_on_ms + 1000)


async def read_figures(
    app: web.Application, span: tuple[int, int], *, public_ids: Iterable[str] = ()
) -> list[Figure]:
    """Of the recorded channels, or of these, those that have values; 60 at most, in their order."""
    wanted = set(public_ids)
    events = [
        event
        for event in app[STATION].events
        if (event.public_id in wanted if wanted else event.recorded)
    ][:MOST_CHANNELS]
    return await figures_of(app, events, span)


async def figures_of(
    app: web.Application, events: Sequence["Event"], span: tuple[int, int]
) -> list[Figure]:
    """Of these channels those that have values in the span, in their order."""
    trends = await app[HISTORY].trend(
        [event.id for event in events],
        *span,
        width=_COLUMNS,
        silence_ms={event.id: int(event.silence_s * 1000) for event in events},
    )
    return await asyncio.to_thread(_figures, events, trends, span[0])


def _figures(events: Sequence["Event"], trends: dict[int, Trend], from_ms: int) -> list[Figure]:
    found = []
    for event in events:
        trend = trends[event.id]
        usable = (trend.n > 0) & (trend.at_ms >= from_ms)
        if not usable.any():
            continue
        n, mean = trend.n[usable], trend.mean[usable]
        found.append(
            Figure(
                event,
                low=float(trend.low[usable].min()),
                high=float(trend.high[usable].max()),
                mean=float((mean * n).sum() / n.sum()),
                first=float(mean[0]),
                last=float(mean[-1]),
                count=int(n.sum()),
                trend=trend,
            )
        )
    return found


def plot_of(
    figure: Figure, *, from_ms: int, to_ms: int, length_ms: int, bounds: tuple[float, float]
) -> Plot:
    """What was measured in [from_ms, to_ms), drawn over `length_ms`; gaps stay open.

    A value holds until the next one, and the last one until the end, unless there is a gap.
    """
    trend, scale = figure.trend, WIDTH / length_ms
    x = np.rint((np.clip(trend.at_ms, from_ms, to_ms) - from_ms) * scale).astype(int)
    low, mean, high = (_heights(it, bounds) for it in (trend.low, trend.mean, trend.high))
    end = round((to_ms - from_ms) * scale)
    band, line = list[str](), list[str]()
    for part in _unbroken(trend):
        xs = x[part].tolist()
        holds = part.stop == len(trend.at_ms) and not _ends_in_gap(trend)
        ends = [end] if holds and xs[-1] < end else []
        line.append(_path(xs, mean[part].tolist(), ends, in_steps=figure.event.is_digital))
        edge = [*zip(xs, high[part].tolist(), strict=True)]
        edge += reversed([*zip(xs, low[part].tolist(), strict=True)])
        band.append("M" + "L".join(f"{a} {b}" for a, b in edge) + "Z")
    return Plot("".join(band), "".join(line))


def _heights(values: Floats, bounds: tuple[float, float]) -> Ints:
    low, high = bounds
    part = (np.nan_to_num(values, nan=low) - low) / ((high - low) or 1.0)
    return np.rint(HEIGHT - part * HEIGHT).astype(np.int64)


def _path(xs: Sequence[int], ys: Sequence[int], ends: Sequence[int], *, in_steps: bool) -> str:
    rest = zip(xs[1:], ys[1:], strict=True)
    drawn = "".join(f"H{a}V{b}" if in_steps else f"L{a} {b}" for a, b in rest)
    return f"M{xs[0]} {ys[0]}{drawn}" + "".join(f"H{a}" for a in ends or [xs[-1] + 1])


def _ends_in_gap(trend: Trend) -> bool:
    return bool(trend.gaps) and trend.gaps[-1][1] > trend.at_ms[-1]


def _unbroken(trend: Trend) -> list[slice]:
    """Ranges of columns without a gap in or between them."""
    starts = np.array([start for start, _ in trend.gaps], np.int64)
    places = np.flatnonzero(trend.n > 0)
    if not len(places):
        return []
    crossed = np.searchsorted(starts, trend.at_ms[places])
    breaks = np.flatnonzero((np.diff(places) > 1) | (np.diff(crossed) > 0)) + 1
    return [slice(part[0], part[-1] + 1) for part in np.split(places, breaks)]
