"""Widgets of one measured value: what gauge, bar and card have in common."""

from dataclasses import dataclass
from typing import Any

from pydantic import Field as Setting
from pydantic import model_validator

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.web.schemas.fields import LARGEST_TYPED
from webmacs_edge.web.tiles import Tile
from webmacs_edge.web.widgets.kind import Field, Measured, Scene, Settings, Widget

MAX_DECIMALS = 6


def _number() -> Any:
    return Setting(None, ge=-LARGEST_TYPED, le=LARGEST_TYPED, allow_inf_nan=False)


class Scaled(Settings):
    """Another range, other limits or decimals than the channel's own."""

    min_value: float | None = _number()
    max_value: float | None = _number()
    low_limit: float | None = _number()
    high_limit: float | None = _number()
    decimals: int | None = Setting(None, ge=0, le=MAX_DECIMALS)

    @model_validator(mode="after")
    def _is_a_range(self) -> "Scaled":
        low, high = self.min_value, self.max_value
        if low is not None and high is not None and low >= high:
            raise InvalidError(text("The minimum must be below the maximum."), field="max_value")
        return self


CHANNEL = Field("channel", text("Channel"), "channel")
ANALOG = Field("channel", text("Channel"), "channel", wants="analog")
_OWN = text("Empty: as the channel has it.")
SCALE = (
    Field("min_value", text("Minimum"), "number", _OWN),
    Field("max_value", text("Maximum"), "number", _OWN),
    Field("low_limit", text("Low limit"), "number", _OWN),
    Field("high_limit", text("High limit"), "number", _OWN),
    Field("decimals", text("Decimals"), "whole", _OWN),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a widget of one channel shows; no tile: it has no channel, or that is gone."""

    tile: Tile | None
    share: float | None = None  # where the value lies in the range, 0 to 100
    zones: tuple[tuple[float, float, bool], ...] = ()  # from, to, whether the value lies there
    priority: str = ""
    state: str = ""


def look(scene: Scene, widget: Widget) -> Look:
    """The value of its channel, in the range that the widget asks for."""
    event = scene.event(widget.channel)
    if event is None:
        return Look(None)
    shown = Measured.of(event, **_scaling(widget))
    tile = scene.tile(event, shown)
    alarm = scene.alarms.get(event.id)
    return Look(
        tile=tile,
        share=_percent(tile.pointer),
        zones=tuple((_of(it.start), _of(it.start) + _of(it.width), it.active) for it in tile.zones),
        priority=alarm.priority.value if alarm else "",
        state=alarm.alarm.state.value if alarm else "",
    )


def _scaling(widget: Widget) -> dict[str, float | None]:
    settings = widget.settings
    return (
        settings.model_dump(include=set(Scaled.model_fields))
        if isinstance(settings, Scaled)
        else {}
    )


def _percent(words: str) -> float | None:
    return _of(words) if words else None


def _of(words: str) -> float:
    return float(words.rstrip("%"))
