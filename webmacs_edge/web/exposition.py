"""Writes metrics in the text format 0.0.4 of Prometheus."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "webmacs_"


class Kind(StrEnum):
    """What a scraper may do with it."""

    counter = "counter"  # only rises, from 0 at the start of the process
    gauge = "gauge"
    histogram = "histogram"


Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric with its samples; `name` without the prefix, in base units."""

    name: str
    kind: Kind
    about: str
    samples: Sequence[tuple[Labels, float]] = ()


@dataclass(frozen=True, slots=True)
class Distribution:
    """A histogram: how many durations fell into each bucket; the last one has no bound."""

    name: str
    about: str
    bounds: Sequence[float]
    counts: Sequence[int]
    total: float
    kind: Kind = field(default=Kind.histogram, init=False)


def counter(name: str, about: str, value: float) -> Metric:
    """A counter without labels."""
    return Metric(f"{name}_total", Kind.counter, about, [({}, value)])


def gauge(name: str, about: str, value: float) -> Metric:
    """A gauge without labels."""
    return Metric(name, Kind.gauge, about, [({}, value)])


def gauges(name: str, about: str, *, label: str, values: Mapping[str, float]) -> Metric:
    """A gauge with one label."""
    return Metric(name, Kind.gauge, about, [({label: key}, it) for key, it in values.items()])


def write_metrics(metrics: Iterable[Metric | Distribution]) -> str:
    """The text; a metric without samples is left out."""
    lines: list[str] = []
    for metric in metrics:
        rows = _buckets(metric) if isinstance(metric, Distribution) else _samples(metric)
        if rows:
            name = _PREFIX + metric.name
            lines += [f"# HELP {name} {_about(metric.about)}", f"# TYPE {name} {metric.kind}"]
            lines += rows
    return "\n".join(lines) + "\n"


def _samples(metric: Metric) -> list[str]:
    return [_line(metric.name, labels, value) for labels, value in metric.samples]


def _buckets(metric: Distribution) -> list[str]:
    rows, seen = [], 0
    for bound, count in zip((*metric.bounds, None), metric.counts, strict=True):
        seen += count
        edge = "+Inf" if bound is None else _number(bound)
        rows.append(_line(f"{metric.name}_bucket", {"le": edge}, seen))
    rows.append(_line(f"{metric.name}_sum", {}, metric.total))
    rows.append(_line(f"{metric.name}_count", {}, seen))
    return rows


def _line(name: str, labels: Labels, value: float) -> str:
    inner = ",".join(f'{key}="{_quoted(text)}"' for key, text in labels.items())
    return f"{_PREFIX}{name}{'{' + inner + '}' if inner else ''} {_number(value)}"


def _number(value: float) -> str:
    return repr(int(value)) if float(value).is_integer() else repr(float(value))


def _about(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _about(text).replace('"', '\\"')
