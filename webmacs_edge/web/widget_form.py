"""The form of a widget: what its kind asks, which channels fit, and what is stored of it."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web
from pydantic import create_model

from webmacs_edge.model.channels import group_words
from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.text import text
from webmacs_edge.model.words import EventType
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.schemas.dashboard_forms import WidgetForm
from webmacs_edge.web.widgets import KINDS
from webmacs_edge.web.widgets.kind import Field, Kind, Widget, stored_config
from webmacs_edge.web.wording import short_number

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

_OUTPUTS = ("output_analog", "output_digital")


@cache
def form_of(kind: WidgetType) -> type[WidgetForm]:
    """The schema of the form of a kind: its settings and what every kind is asked."""
    bases: Any = (KINDS[kind].settings, WidgetForm)  # the stubs want bases of one kind
    return cast("type[WidgetForm]", create_model(f"{kind.name}_form", __base__=bases))


def choices_of(app: web.Application, field: Field) -> "dict[str, list[Event]]":
    """The channels that a field may name, by group."""
    groups: dict[str, list[Event]] = {}
    for event in app[STATION].events:
        if fits(event, field.wants):
            name = group_words(event.group_name) or text("Other channels")
            groups.setdefault(name, []).append(event)
    return groups


def fits(event: "Event", wants: str) -> bool:
    """Whether a channel is of the kind that a field asks for."""
    if wants in _OUTPUTS and event.type is EventType.sensor:
        return False
    if wants.endswith("digital"):
        return event.is_digital
    return wants == "any" or not event.is_digital


def faults_of(app: web.Application, kind: Kind, form: WidgetForm) -> dict[str, str]:
    """What a schema cannot see: whether the channels are there and fit."""
    faults: dict[str, str] = {}
    for field in kind.fields:
        if field.control not in ("channel", "channels"):
            continue
        given = [form.channel] if field.control == "channel" else getattr(form, "channels", [])
        events = [app[STATION].event_by_public_id(it) for it in given if it]
        if not events:
            faults[field.name] = text("Please choose a channel.")
        elif not all(event is not None and fits(event, field.wants) for event in events):
            faults[field.name] = text("This channel is gone or does not fit. Choose another one.")
    return faults


def values_of(
    app: web.Application, kind: Kind, form: WidgetForm, *, before: str | None = None
) -> dict[str, Any]:
    """The columns of the widget; what other programs keep in `config_json` stays in it."""
    given = form.model_dump(include=set(kind.settings.model_fields))
    settings = kind.settings.model_validate(given)
    channel = form.channel or next(iter(getattr(form, "channels", [])), None)
    asked = {field.name for field in kind.fields}  # what has a page of its own stays as it is
    config = {**stored_config(before), **settings.model_dump(mode="json", include=asked)}
    event = app[STATION].event_by_public_id(channel) if channel else None
    return {
        "title": form.title or (event.name if event is not None else str(kind.words)),
        "event_public_id": channel,
        "w": form.width,
        "h": form.height,
        "config_json": json.dumps(config, ensure_ascii=False) if config else None,
    }


def typed_of(widget: Widget, *, width: int, height: int) -> dict[str, str]:
    """What the form of a stored widget shows."""
    settings: dict[str, Any] = widget.settings.model_dump(mode="json")
    typed = {name: _typed(value) for name, value in settings.items()}
    if widget.channels:
        typed["channels"] = "\n".join(widget.channels)
    size = {"width": str(width), "height": str(height)}
    return {**typed, "title": widget.title, "channel": widget.channel, **size}


def _typed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, int | float):
        return short_number(value)
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)
