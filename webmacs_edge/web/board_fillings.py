"""A ready-made dashboard of every channel."""

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.grids import Place, free_place
from webmacs_edge.model.text import said, text
from webmacs_edge.model.words import EventType
from webmacs_edge.web.keys import CONTROL, STATION
from webmacs_edge.web.widgets import KINDS
from webmacs_edge.web.widgets.line_chart import MAX_PENS

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

MOST_CHANNELS = 60


def all_channels(app: web.Application) -> list[dict[str, Any]]:
    """The rows of its widgets: a chart of the first, then each channel by its kind."""
    events = app[STATION].events[:MOST_CHANNELS]
    claimed = {it.public_id for it in app[CONTROL].bindings} if CONTROL in app else set()
    drawn = [it.public_id for it in events if not it.is_digital and not _is_output(it)][:MAX_PENS]
    wanted = [
        (_kind_of(it, may_be_set=it.public_id in claimed), it.name, it.public_id, "")
        for it in events
    ]
    wanted.sort(key=lambda it: _ORDER.index(it[0]))
    if drawn:
        config = json.dumps({"channels": drawn, "span": "15m"})
        wanted.insert(0, (WidgetType.line_chart, said(text("Course")), drawn[0], config))
    wanted.insert(1, (WidgetType.alarm_list, said(text("Alarms")), "", ""))
    wanted.insert(2, (WidgetType.experiment_control, said(text("Experiment")), "", ""))
    return _placed(wanted)


_ORDER = [
    WidgetType.stat_card,
    WidgetType.status_lamp,
    WidgetType.actuator_toggle,
    WidgetType.set_point,
]


def _placed(wanted: list[tuple[WidgetType, str, str, str]]) -> list[dict[str, Any]]:
    rows, places = list[dict[str, Any]](), list[Place]()
    for kind, title, channel, config in wanted:
        place = free_place(places, *KINDS[kind].size)
        places.append(place)
        rows.append(
            {
                "widget_type": kind.value,
                "title": title,
                "event_public_id": channel or None,
                "x": place.x,
                "y": place.y,
                "w": place.w,
                "h": place.h,
                "config_json": config or None,
            }
        )
    return rows


def _kind_of(event: "Event", *, may_be_set: bool) -> WidgetType:
    if may_be_set:
        return WidgetType.actuator_toggle if event.is_digital else WidgetType.set_point
    return WidgetType.status_lamp if event.is_digital else WidgetType.stat_card


def _is_output(event: "Event") -> bool:
    return event.type is not EventType.sensor
