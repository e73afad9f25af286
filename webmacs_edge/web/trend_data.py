"""Which channels over which time: what every door to trends asks for in the same words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS
from webmacs_edge.web.keys import STATION

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

MAX_CHANNELS = 8
LEAST_WIDTH = 10
MAX_WIDTH = 2000
MAX_SPAN_MS = 3660 * DAY_MS
_LAST_MS = 253_402_300_799_000  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class TrendQuery:
    """Channels over a span of time, in so many points."""

    events: Sequence["Event"]
    from_ms: int
    to_ms: int
    width: int

    @property
    def keys(self) -> list[int]:
        """The channels' keys in the history."""
        return [event.id for event in self.events]


def asked_ids(request: web.Request) -> list[str]:
    """Public ids from `channels=a,b`, `channels=a&channels=b` or `channel=a`, each once."""
    texts = request.query.getall("channels", []) + request.query.getall("channel", [])
    ids = (part.strip() for given in texts for part in given.split(","))
    return list(dict.fromkeys(public_id for public_id in ids if public_id))


def asked_events(request: web.Request) -> list["Event"]:
    """The channels that were asked for; InvalidError when there are none, too many, or unknown."""
    ids = asked_ids(request)
    if not ids:
        raise InvalidError(
            text("Name one channel or more, as channels=<id>,<id>."), field="channels"
        )
    if len(ids) > MAX_CHANNELS:
        raise InvalidError(
            text(
                "{ids} channels are too many. Choose {max_channels} at most.",
                ids=len(ids),
                max_channels=MAX_CHANNELS,
            ),
            field="channels",
        )
    return [_event(request, public_id) for public_id in ids]


def asked_span(request: web.Request) -> tuple[int, int]:
    """`from` and `to` in UTC milliseconds; InvalidError unless they make a span."""
    from_ms, to_ms = asked_number(request, "from"), asked_number(request, "to")
    if from_ms >= to_ms:
        raise InvalidError(text("“from” must lie before “to”."), field="from")
    if to_ms - from_ms > MAX_SPAN_MS:
        raise InvalidError(
            text("The span is longer than ten years. Choose a shorter one."), field="from"
        )
    return from_ms, to_ms


def asked_trend(request: web.Request) -> TrendQuery:
    """All of it; InvalidError says what does not fit."""
    width = asked_number(request, "width")
    if not LEAST_WIDTH <= width <= MAX_WIDTH:
        raise InvalidError(
            text(
                "Use a width from {least_width} to {max_width} points.",
                least_width=LEAST_WIDTH,
                max_width=MAX_WIDTH,
            ),
            field="width",
        )
    events = asked_events(request)
    from_ms, to_ms = asked_span(request)
    return TrendQuery(events, from_ms, to_ms, width)


def asked_number(request: web.Request, name: str) -> int:
    """A whole number from the query; InvalidError when it is missing or none."""
    given = request.query.get(name, "")
    if not (given.isascii() and given.isdigit()) or int(given[:20]) > _LAST_MS:
        raise InvalidError(text("“{name}” must be a whole number.", name=name), field=name)
    return int(given)


def channels_query(events: Sequence["Event"]) -> str:
    """`channels=<id>,<id>` for a link."""
    return "channels=" + ",".join(quote(event.public_id, safe="") for event in events)


def _event(request: web.Request, public_id: str) -> "Event":
    event = request.app[STATION].event_by_public_id(public_id)
    if event is None:
        raise InvalidError(
            text("There is no channel {public_id}.", public_id=public_id[:100]), field="channels"
        )
    return event
