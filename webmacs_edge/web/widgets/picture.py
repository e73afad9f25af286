"""A picture of the plant: parts of an uploaded drawing show values, levels and states."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import Text, text
from webmacs_edge.web.widgets.kind import Field, Kind, Scene, Settings, Widget

MAX_PARTS = 200
_NO_NUMBER = frozenset({"bad", "none"})
Id = Annotated[str, Setting(max_length=100)]


class Shows(StrEnum):
    """What a part does with the value of its channel."""

    text = "text"
    fill = "fill"
    state = "state"
    visible = "visible"
    hidden = "hidden"


SHOWS_WORDS: dict[Shows, Text] = {
    Shows.text: text("Value in words"),
    Shows.fill: text("Fill level"),
    Shows.state: text("Colour of its state"),
    Shows.visible: text("Seen while on"),
    Shows.hidden: text("Hidden while on"),
}


class Part(BaseModel):
    """One part of the drawing and the channel that it follows."""

    model_config = ConfigDict(defer_build=True, extra="ignore")

    id: Id
    channel: Id
    shows: Shows = Shows.text


class PictureSettings(Settings):
    """Which picture, and what its parts follow."""

    picture: Id = ""
    bare: bool = False
    parts: list[Part] = Setting(default_factory=list, max_length=MAX_PARTS)


@dataclass(frozen=True, slots=True)
class PartLook:
    """One part as it is to be drawn now."""

    id: str
    shows: str
    name: str
    text: str  # with its unit
    share: int  # of the range, in percent
    is_on: bool
    quality: str
    priority: str


@dataclass(frozen=True, slots=True)
class PictureLook:
    """The picture, and what its parts show; a channel that is gone leaves its part alone."""

    picture: str
    paper: bool
    parts: tuple[PartLook, ...]


def look(scene: Scene, widget: Widget) -> PictureLook:
    """What the parts show now."""
    settings: PictureSettings = widget.settings
    found = (_part(scene, part) for part in settings.parts)
    return PictureLook(settings.picture, not settings.bare, tuple(it for it in found if it))


def _part(scene: Scene, part: Part) -> PartLook | None:
    event = scene.event(part.channel)
    if event is None:
        return None
    tile, alarm = scene.tile(event), scene.alarms.get(event.id)
    return PartLook(
        id=part.id,
        shows=part.shows.value,
        name=tile.name,
        text=tile.text if tile.quality in _NO_NUMBER else f"{tile.text} {tile.unit}".strip(),
        share=round(float(tile.pointer.rstrip("%"))) if tile.pointer else 0,
        is_on=tile.is_on,
        quality=tile.quality,
        priority=alarm.priority.value if alarm else "",
    )


KIND = Kind(
    name=WidgetType.picture,
    words=text("Picture"),
    about=text("A drawing of the plant whose parts show values, levels and states."),
    icon="picture",
    size=(6, 5),
    settings=PictureSettings,
    fields=(
        Field(
            "bare",
            text("Without white paper behind it"),
            "switch",
            text("For drawings whose colours suit the light and the dark theme by themselves."),
        ),
    ),
    look=look,
    has_controls=True,
)
