"""A bar or a tank: how far a value fills its range."""

from dataclasses import dataclass
from typing import Literal

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.web.widgets import measures
from webmacs_edge.web.widgets.kind import Field, Kind, Scene, Widget


class Filled(measures.Scaled):
    """The range, and what it looks like."""

    shape: Literal["tank", "bar"] = "tank"


@dataclass(frozen=True, slots=True)
class Level:
    """The value and how full that is."""

    value: measures.Look
    shape: str


def look(scene: Scene, widget: Widget) -> Level:
    """The level as it is now."""
    return Level(measures.look(scene, widget), widget.settings.shape)


KIND = Kind(
    name=WidgetType.bar,
    words=text("Bar or tank"),
    about=text("How far a value fills its range, upright as a tank or as a bar."),
    icon="tank",
    size=(2, 3),
    settings=Filled,
    fields=(
        measures.ANALOG,
        Field(
            "shape",
            text("Shape"),
            "choice",
            choices=(("tank", text("Tank, upright")), ("bar", text("Bar, lying"))),
        ),
        *measures.SCALE,
    ),
    look=look,
)
