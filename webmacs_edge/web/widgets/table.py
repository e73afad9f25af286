"""A table: many channels with their values."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field as Setting

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.web.tiles import Tile
from webmacs_edge.web.widgets.kind import Field, Kind, Scene, Settings, Widget

MAX_ROWS = 40


class Listed(Settings):
    """Which channels, in which order."""

    channels: Annotated[
        list[Annotated[str, Setting(max_length=100)]], Setting(max_length=MAX_ROWS)
    ] = Setting(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """One channel, and its most urgent alarm."""

    tile: Tile
    priority: str
    state: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The channels that are still there."""

    rows: tuple[Row, ...]


def look(scene: Scene, widget: Widget) -> Rows:
    """The table as it is now."""
    rows = []
    for public_id in widget.channels[:MAX_ROWS]:
        event = scene.event(public_id)
        if event is None:
            continue
        alarm = scene.alarms.get(event.id)
        priority = alarm.priority.value if alarm else ""
        state = alarm.alarm.state.value if alarm else ""
        rows.append(Row(scene.tile(event), priority, state))
    return Rows(tuple(rows))


KIND = Kind(
    name=WidgetType.table,
    words=text("Table"),
    about=text("Many channels with value, unit and age."),
    icon="table",
    size=(4, 4),
    settings=Listed,
    fields=(Field("channels", text("Channels"), "channels", text("Forty at most.")),),
    look=look,
)
