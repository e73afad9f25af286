"""The newest values for programs, with the reason for every doubt."""

from typing import TYPE_CHECKING

from aiohttp import web
from pydantic import TypeAdapter

from webmacs_edge.model.quality import Quality
from webmacs_edge.web.api.answers import answer_unless_known
from webmacs_edge.web.keys import FORCING, HUB, STATION
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.values import ValueOut

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

_VALUES = TypeAdapter(list[ValueOut])


@operation(returns=list[ValueOut])
async def index(request: web.Request) -> web.Response:
    """The newest value of every channel with its quality and, in words, why it is not good."""
    forced, app = request.app[FORCING].keys, request.app
    rows = [_value(app, event, is_forced=event.id in forced) for event in app[STATION].events]
    return answer_unless_known(request, _VALUES.dump_json(rows))


def _value(app: web.Application, event: "Event", *, is_forced: bool) -> ValueOut:
    sample, station = app[HUB].latest(event.id), app[STATION]
    quality = sample.quality if sample is not None else Quality.STALE
    return ValueOut(
        event_public_id=event.public_id,
        name=event.name,
        unit=event.unit,
        value=sample.value if sample is not None and quality is not Quality.BAD else None,
        quality=quality.word,
        reason=sample.reason if sample is not None else "No value has come yet.",
        timestamp=sample.read_at_ms if sample is not None else None,
        is_forced=is_forced,
        is_derived=bool(event.formula),
        is_simulated=station.is_simulated and event.point_id is not None,
    )
