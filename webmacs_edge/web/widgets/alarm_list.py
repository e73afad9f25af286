"""The alarms that are active now."""

from dataclasses import dataclass

from pydantic import Field as Setting

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.rules.alarms import Shown
from webmacs_edge.web.alarm_rows import AlarmRow, alarm_rows
from webmacs_edge.web.keys import RULES
from webmacs_edge.web.widgets.kind import Field, Kind, Scene, Settings, Widget

MAX_ROWS = 30


class Length(Settings):
    """How many are shown."""

    rows: int = Setting(8, ge=1, le=MAX_ROWS)


@dataclass(frozen=True, slots=True)
class Alarms:
    """The most urgent ones, and how many more there are."""

    rows: tuple[AlarmRow, ...]
    more: int


def look(scene: Scene, widget: Widget) -> Alarms:
    """What is active now."""
    rows = alarm_rows(scene.app, Shown.active) if RULES in scene.app else []
    most: int = widget.settings.rows
    return Alarms(tuple(rows[:most]), max(0, len(rows) - most))


KIND = Kind(
    name=WidgetType.alarm_list,
    words=text("Alarms"),
    about=text("What is active now, the most urgent first."),
    icon="alarm",
    size=(4, 3),
    settings=Length,
    fields=(Field("rows", text("Rows at most"), "whole"),),
    look=look,
)
