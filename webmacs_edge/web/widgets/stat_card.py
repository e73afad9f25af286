"""A card: one large value with its course of the last minutes."""

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.web.widgets import measures
from webmacs_edge.web.widgets.kind import Kind

KIND = Kind(
    name=WidgetType.stat_card,
    words=text("Value"),
    about=text("One large value with its course of the last two minutes."),
    icon="live",
    size=(3, 2),
    settings=measures.Scaled,
    fields=(measures.CHANNEL, *measures.SCALE),
    look=measures.look,
)
