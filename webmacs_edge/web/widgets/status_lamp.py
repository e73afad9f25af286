"""A lamp: whether something is on, and whether it should be."""

from dataclasses import dataclass
from typing import Literal

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.web.widgets import measures
from webmacs_edge.web.widgets.kind import Field, Kind, Scene, Settings, Widget


class Expecting(Settings):
    """Which state is normal; the other one is set off."""

    expected: Literal["any", "on", "off"] = "any"


@dataclass(frozen=True, slots=True)
class Lamp:
    """The state, and whether it is not the normal one."""

    value: measures.Look
    is_unexpected: bool


def look(scene: Scene, widget: Widget) -> Lamp:
    """The lamp as it is lit now."""
    value = measures.look(scene, widget)
    tile, expected = value.tile, widget.settings.expected
    known = tile is not None and tile.quality not in ("bad", "none")
    is_wrong = known and tile is not None and expected == ("off" if tile.is_on else "on")
    return Lamp(value, is_unexpected=is_wrong)


KIND = Kind(
    name=WidgetType.status_lamp,
    words=text("Status lamp"),
    about=text("Whether something is on or off, and whether that is normal."),
    icon="lamp",
    size=(2, 2),
    settings=Expecting,
    fields=(
        Field("channel", text("Channel"), "channel", wants="digital"),
        Field(
            "expected",
            text("Normal state"),
            "choice",
            text("The other state is framed and named as not normal."),
            choices=(
                ("any", text("Both are normal")),
                ("on", text("On is normal")),
                ("off", text("Off is normal")),
            ),
        ),
    ),
    look=look,
)
