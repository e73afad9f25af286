"""Dashboards as files: written for another appliance, read with care."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from webmacs_edge.model.dashboards import WidgetType, check_place
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.web.forms import sentence_of
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.schemas.dashboard_files import DashboardFile, WidgetFile
from webmacs_edge.web.schemas.dashboards import MAX_CONFIG_BYTES
from webmacs_edge.web.widgets import KINDS
from webmacs_edge.web.widgets.kind import stored_config

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Dashboard, DashboardWidget

MAX_BYTES = 512 * 1024
_CHANNELS = "channels"


def written(app: web.Application, dashboard: "Dashboard") -> str:
    """The dashboard as the text of a file."""
    widgets = [_written(it) for it in dashboard.widgets if it.widget_type in set(WidgetType)]
    said = {word for it in widgets for word in (*_named(it), *_words(it.config))}
    events = {word: app[STATION].event_by_public_id(word) for word in sorted(said)}
    file = DashboardFile(
        webmacs_dashboard=1,
        name=dashboard.name,
        description=dashboard.description,
        channels={key: event.name for key, event in events.items() if event is not None},
        widgets=widgets,
    )
    return file.model_dump_json(indent=1, exclude_none=True)


def read(content: bytes) -> DashboardFile:
    """What a file holds; InvalidError names the first place that cannot be used."""
    try:
        given = from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidError(text("This is not JSON: {error}.", error=error), field="file") from error
    try:
        file = DashboardFile.model_validate(given)
    except ValidationError as error:
        raise _refusal((), error.errors()[0]) from error
    for index, widget in enumerate(file.widgets):
        _check(index, widget)
    return file


def rows_for(app: web.Application, file: DashboardFile) -> tuple[list[dict[str, Any]], int]:
    """The rows of its widgets with the channels of this appliance, and how many it lacks."""
    by_name = {event.name: event.public_id for event in app[STATION].events}
    here: dict[str, str | None] = {}
    for public_id in {*file.channels, *(it for widget in file.widgets for it in _named(widget))}:
        is_here = app[STATION].event_by_public_id(public_id) is not None
        found = by_name.get(file.channels.get(public_id, ""))
        here[public_id] = public_id if is_here else found
    rows = [_row(widget, here) for widget in file.widgets]
    return rows, sum(it is None for it in here.values())


def _row(widget: WidgetFile, here: Mapping[str, str | None]) -> dict[str, Any]:
    config, channel = _moved(widget.config or {}, here), widget.event_public_id
    return {
        "widget_type": widget.widget_type.value,
        "title": widget.title,
        "event_public_id": here[channel] if channel else None,
        **{name: getattr(widget, name) for name in "xywh"},
        "config_json": json.dumps(config, ensure_ascii=False) if config else None,
    }


def _moved(value: Any, here: Mapping[str, str | None]) -> Any:
    """The same settings with the channels of this appliance; lists lose those it lacks."""
    if isinstance(value, dict):
        return {name: _moved(it, here) for name, it in value.items()}
    if isinstance(value, list):
        kept = (it for it in value if not (isinstance(it, str) and here.get(it, it) is None))
        return [_moved(it, here) for it in kept]
    return here.get(value) or value if isinstance(value, str) else value


def _written(row: "DashboardWidget") -> WidgetFile:
    return WidgetFile(
        widget_type=WidgetType(row.widget_type),
        title=row.title,
        event_public_id=row.event_public_id,
        x=row.x,
        y=row.y,
        w=row.w,
        h=row.h,
        config=stored_config(row.config_json) or None,
    )


def _named(widget: WidgetFile) -> list[str]:
    """The channels that it says it shows."""
    given = (widget.config or {}).get(_CHANNELS, [])
    listed = [it for it in given if isinstance(it, str)] if isinstance(given, list) else []
    return [*listed, *([widget.event_public_id] if widget.event_public_id else [])]


def _words(value: Any) -> Iterator[str]:
    """Every text in some settings: among them are ids of channels."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for it in value.values() if isinstance(value, dict) else value:
            yield from _words(it)


def _check(index: int, widget: WidgetFile) -> None:
    place: tuple[int | str, ...] = ("widgets", index)
    try:
        check_place(widget.x, widget.w)
        _check_config(widget)
    except ValidationError as error:
        raise _refusal((*place, "config"), error.errors()[0]) from error
    except InvalidError as error:
        raise _named_fault((*place, error.field), str(error)) from error


def _check_config(widget: WidgetFile) -> None:
    config: Mapping[str, Any] = widget.config or {}
    if len(json.dumps(config).encode()) > MAX_CONFIG_BYTES:
        kib = MAX_CONFIG_BYTES // 1024
        sentence = text("Please use at most {max_config_bytes} KiB.", max_config_bytes=kib)
        raise InvalidError(sentence, field="config")
    KINDS[widget.widget_type].settings.model_validate(config)
    listed = config.get(_CHANNELS, [])
    if not isinstance(listed, list) or not all(isinstance(it, str) for it in listed):
        sentence = text("A list of channel ids is wanted here.")
        raise InvalidError(sentence, field=f"config.{_CHANNELS}")


def _refusal(place: tuple[int | str, ...], fault: ErrorDetails) -> InvalidError:
    return _named_fault((*place, *fault["loc"]), sentence_of(fault))


def _named_fault(place: tuple[int | str, ...], sentence: str) -> InvalidError:
    path = "".join(f"[{it}]" if isinstance(it, int) else f".{it}" for it in place).lstrip(".")
    where = path or "file"
    return InvalidError(text("{where}: {sentence}", where=where, sentence=sentence), field="file")
