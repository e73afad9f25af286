"""A switch: a digital output, switched as on the page of outputs."""

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.web.widgets import outputs
from webmacs_edge.web.widgets.kind import Field, Kind, Settings

KIND = Kind(
    name=WidgetType.actuator_toggle,
    words=text("Switch"),
    about=text("A digital output: its state, and buttons to switch it."),
    icon="valve",
    size=(3, 2),
    settings=Settings,
    fields=(
        Field(
            "channel",
            text("Output"),
            "channel",
            text("Only outputs that were set up can be switched."),
            wants="output_digital",
        ),
    ),
    look=outputs.look,
)
