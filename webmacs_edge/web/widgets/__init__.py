"""Kinds of widgets: a file and a line here for each, and templates/widgets/<kind>.html."""

from collections.abc import Mapping

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.web.widgets import actuator_toggle, gauge, line_chart, picture, stat_card
from webmacs_edge.web.widgets.kind import Kind

KINDS: Mapping[WidgetType, Kind] = {
    kind.name: kind
    for kind in (
        line_chart.KIND,
        stat_card.KIND,
        gauge.KIND,
        actuator_toggle.KIND,
        picture.KIND,
    )
}
