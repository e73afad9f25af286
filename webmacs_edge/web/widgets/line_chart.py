"""A strip chart that follows the plant."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field as Setting

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, HOUR_MS, MINUTE_MS
from webmacs_edge.web.widgets.kind import Field, Kind, Scene, Settings, Widget

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

MAX_PENS = 6
SPANS_MS = {
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "1h": HOUR_MS,
    "6h": 6 * HOUR_MS,
    "24h": DAY_MS,
    "7d": 7 * DAY_MS,
}
Span = Literal["5m", "15m", "1h", "6h", "24h", "7d"]
SPAN = Field(
    "span",
    text("Time span"),
    "choice",
    choices=(
        ("5m", text("5 minutes")),
        ("15m", text("15 minutes")),
        ("1h", text("1 hour")),
        ("6h", text("6 hours")),
        ("24h", text("24 hours")),
        ("7d", text("7 days")),
    ),
)
PublicIds = Annotated[list[Annotated[str, Setting(max_length=100)]], Setting(max_length=MAX_PENS)]


class Drawn(Settings):
    """Which channels over which time."""

    channels: PublicIds = Setting(default_factory=list)
    span: Span = "15m"


@dataclass(frozen=True, slots=True)
class Pen:
    """What the page must know of a channel to draw it."""

    id: str
    name: str
    unit: str
    decimals: int
    min: float
    max: float
    low: float | None
    high: float | None
    is_digital: bool
    on_text: str
    off_text: str
    is_recorded: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Pens and time; the values come by the stream."""

    pens: tuple[Pen, ...]
    span: str
    span_ms: int


def look(scene: Scene, widget: Widget) -> Chart:
    """The pens that are still there."""
    events = (scene.event(it) for it in widget.channels[:MAX_PENS])
    pens = tuple(_pen(event) for event in events if event is not None)
    span: str = widget.settings.span
    return Chart(pens, span, SPANS_MS[span])


def _pen(event: "Event") -> Pen:
    return Pen(
        id=event.public_id,
        name=event.name,
        unit=event.unit,
        decimals=event.decimals,
        min=event.min_value,
        max=event.max_value,
        low=event.low_limit,
        high=event.high_limit,
        is_digital=event.is_digital,
        on_text=event.on_text,
        off_text=event.off_text,
        is_recorded=event.recorded,
    )


KIND = Kind(
    name=WidgetType.line_chart,
    words=text("Line chart"),
    about=text("Up to six channels over time, following the plant."),
    icon="trend",
    size=(6, 4),
    settings=Drawn,
    fields=(
        Field("channels", text("Channels"), "channels", text("Six at most.")),
        SPAN,
    ),
    look=look,
    has_chart=True,
)
