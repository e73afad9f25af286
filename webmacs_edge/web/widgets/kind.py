"""What a kind of widget is made of: settings, the fields of its form, and what it shows now."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import Text
from webmacs_edge.model.words import EventType, UserRole
from webmacs_edge.web.keys import HUB, STATION
from webmacs_edge.web.tiles import Tile, make_tile

if TYPE_CHECKING:
    from webmacs_edge.rules.alarms import AlarmView
    from webmacs_edge.store.tables import Event


_SECOND_MS = 1000
_YOUNG = "< 1 s"


class Settings(BaseModel):
    """What `config_json` says to a kind; keys of other programs are left alone."""

    model_config = ConfigDict(defer_build=True, extra="ignore", str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind's form; `control` says how it is asked for."""

    name: str
    label: Text
    control: str  # channel, channels, number, whole, words, area, choice, switch
    hint: Text | str = ""
    choices: tuple[tuple[str, Text | str], ...] = ()
    wants: str = "any"  # of channels: any, analog, digital, output_analog, output_digital


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget as it is stored, with its settings read."""

    public_id: str
    title: str
    kind: "Kind"
    channel: str  # public id; "" for none
    settings: Any

    @property
    def channels(self) -> list[str]:
        """Every channel that it names."""
        return list(getattr(self.settings, "channels", [])) or [it for it in [self.channel] if it]


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """The experiment that runs now."""

    public_id: str
    name: str
    started_on_ms: int


@dataclass(frozen=True, slots=True)
class Scene:
    """The plant at one moment, for one role: what widgets look at."""

    app: web.Application
    at_ms: int
    role: UserRole
    run: CurrentRun | None = None
    alarms: "dict[int, AlarmView]" = field(default_factory=dict)  # the most urgent by channel
    tiles: dict[int, Tile] = field(default_factory=dict)  # those made for this moment

    @property
    def may_operate(self) -> bool:
        """Whether who looks may also act."""
        return self.role.rank >= UserRole.operator.rank

    def event(self, public_id: str) -> "Event | None":
        """A channel; None when it is not there any more."""
        return self.app[STATION].event_by_public_id(public_id) if public_id else None

    def tile(self, event: "Event", shown: "Measured | None" = None) -> Tile:
        """What is known of a channel now; `shown` is the channel with other limits.

        An age of less than a second stands still, so that a widget is sent for its value only.
        """
        known = self.tiles.get(event.id) if shown is None else None
        if known is not None:
            return known
        hub = self.app[HUB]
        sample = hub.latest(event.id)
        tile = make_tile(
            shown or event,
            sample,
            trail=hub.trail(event.id),
            at_ms=self.at_ms,
            quiet=self.app[STATION].problem,
        )
        if sample is not None and tile.age and self.at_ms - sample.read_at_ms < _SECOND_MS:
            tile = replace(tile, age=_YOUNG)
        if shown is None:
            self.tiles[event.id] = tile
        return tile


@dataclass(frozen=True, slots=True)
class Measured:
    """A channel as one widget shows it: its own range, limits and decimals may be others."""

    public_id: str
    name: str
    unit: str
    type: EventType
    is_digital: bool
    on_text: str
    off_text: str
    decimals: int
    min_value: float
    max_value: float
    low_limit: float | None
    high_limit: float | None

    @classmethod
    def of(cls, event: "Event", **others: Any) -> "Measured":
        """The channel, but for what is given and not None."""
        plain = cls(**{name: getattr(event, name) for name in cls.__slots__})
        shown = replace(plain, **{name: it for name, it in others.items() if it is not None})
        if shown.min_value < shown.max_value:
            return shown
        return replace(shown, min_value=plain.min_value, max_value=plain.max_value)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of widget. Its live part is the template `widgets/<name>.html`.

    What `look` returns is frozen: a widget is made anew only when it differs from before.
    """

    name: WidgetType
    words: Text
    about: Text
    icon: str
    size: tuple[int, int]  # columns and rows of a new one
    settings: type[Settings]
    fields: tuple[Field, ...]
    look: Callable[[Scene, Widget], object]
    has_controls: bool = False  # a part with fields, `widgets/<name>_controls.html`, made once
    has_chart: bool = False  # the page draws it from samples

    def read(self, config_json: str | None) -> Settings:
        """The settings in a stored text; what does not fit is left at its default."""
        given = stored_config(config_json)
        for _ in range(len(self.settings.model_fields) + 1):
            try:
                return self.settings.model_validate(given)
            except ValidationError as error:
                wrong = {fault["loc"][0] if fault["loc"] else "" for fault in error.errors()}
                given = {
                    name: it for name, it in given.items() if name not in wrong and "" not in wrong
                }
        return self.settings()


def stored_config(config_json: str | None) -> dict[str, Any]:
    """What a stored text holds; nothing when it is no object."""
    try:
        content = json.loads(config_json or "{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


@cache
def fields_of(kind: Kind) -> Sequence[str]:
    """The names of its settings that are kept in `config_json`."""
    return [name for name in kind.settings.model_fields if name != "channel"]
