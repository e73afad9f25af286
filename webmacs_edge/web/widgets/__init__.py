"""Kinds of widgets: a file and a line here for each, and templates/widgets/<kind>.html."""

from collections.abc import Mapping

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.web.widgets import (
    actuator_toggle,
    alarm_list,
    bar,
    experiment_control,
    gauge,
    line_chart,
    picture,
    set_point,
    stat_card,
    state_timeline,
    status_lamp,
    table,
    words,
)
from webmacs_edge.web.widgets.kind import Kind

# In the order in which they are offered.
KINDS: Mapping[WidgetType, Kind] = {
    kind.name: kind
    for kind in (
        stat_card.KIND,
        gauge.KIND,
        bar.KIND,
        line_chart.KIND,
        state_timeline.KIND,
        status_lamp.KIND,
        table.KIND,
        actuator_toggle.KIND,
        set_point.KIND,
        alarm_list.KIND,
        experiment_control.KIND,
        picture.KIND,
        words.KIND,
    )
}
