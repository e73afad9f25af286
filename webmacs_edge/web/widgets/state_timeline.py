"""When digital channels were on: a bar for each over time."""

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.web.widgets.kind import Field, Kind
from webmacs_edge.web.widgets.line_chart import SPAN, Drawn, look

KIND = Kind(
    name=WidgetType.state_timeline,
    words=text("State timeline"),
    about=text("When up to six digital channels were on."),
    icon="states",
    size=(6, 3),
    settings=Drawn,
    fields=(
        Field("channels", text("Channels"), "channels", text("Six at most."), wants="digital"),
        SPAN,
    ),
    look=look,
    has_chart=True,
)
