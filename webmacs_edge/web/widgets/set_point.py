"""A set point: an analog output, commanded as on the page of outputs."""

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.web.widgets import outputs
from webmacs_edge.web.widgets.kind import Field, Kind, Settings

KIND = Kind(
    name=WidgetType.set_point,
    words=text("Set point"),
    about=text("An analog output: its state, and a slider to set it."),
    icon="channel",
    size=(4, 3),
    settings=Settings,
    fields=(
        Field(
            "channel",
            text("Output"),
            "channel",
            text("Only outputs that were set up can be commanded."),
            wants="output_analog",
        ),
    ),
    look=outputs.look,
    has_controls=True,
)
