"""A dial: one value in its range, with its limits."""

from dataclasses import dataclass
from math import cos, pi, sin

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.web.widgets import measures
from webmacs_edge.web.widgets.kind import Kind, Scene, Widget

_RADIUS, _MIDDLE = 80.0, 100.0
_HALF = 180
_SWEEP = 240.0  # degrees, from lower left over the top to lower right


@dataclass(frozen=True, slots=True)
class Dial:
    """The value and the arcs of its dial, as paths of an SVG of 200 by 160."""

    value: measures.Look
    track: str
    reached: str
    zones: tuple[tuple[str, bool], ...]
    needle: str


def look(scene: Scene, widget: Widget) -> Dial:
    """The dial as it stands."""
    value = measures.look(scene, widget)
    share = value.share
    return Dial(
        value=value,
        track=arc(0, 100),
        reached="" if share is None or share <= 0 else arc(0, share),
        zones=tuple((arc(start, end, _RADIUS + 10), active) for start, end, active in value.zones),
        needle="" if share is None else _needle(share),
    )


def arc(start: float, end: float, radius: float = _RADIUS) -> str:
    """A part of the dial, in percent of its sweep."""
    (x1, y1), (x2, y2) = _at(start, radius), _at(end, radius)
    large = 1 if (end - start) * _SWEEP / 100 > _HALF else 0
    return f"M{x1:.1f} {y1:.1f}A{radius:g} {radius:g} 0 {large} 1 {x2:.1f} {y2:.1f}"


def _needle(share: float) -> str:
    (x1, y1), (x2, y2) = _at(share, _RADIUS - 11), _at(share, _RADIUS + 7)
    return f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"


def _at(share: float, radius: float) -> tuple[float, float]:
    angle = (share / 100 - 0.5) * _SWEEP * pi / 180
    return _MIDDLE + radius * sin(angle), _MIDDLE - radius * cos(angle)


KIND = Kind(
    name=WidgetType.gauge,
    words=text("Gauge"),
    about=text("One value on a dial, with its limits."),
    icon="gauge",
    size=(3, 3),
    settings=measures.Scaled,
    fields=(measures.ANALOG, *measures.SCALE),
    look=look,
)
