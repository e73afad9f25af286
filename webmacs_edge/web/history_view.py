"""What the history page is asked for by its address: channels, time, experiment, quality, place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web

from webmacs_edge.history.paging import Span
from webmacs_edge.model.errors import InvalidError, NotFoundError
from webmacs_edge.model.local_times import parse_moment
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, HOUR_MS, MINUTE_MS, now_ms
from webmacs_edge.store.events import ever_events
from webmacs_edge.store.experiments import get_experiment
from webmacs_edge.web.csv_answer import span_of
from webmacs_edge.web.keys import DATABASE, SETTINGS, STATION
from webmacs_edge.web.run_figures import MOST_CHANNELS
from webmacs_edge.web.trend_data import asked_ids

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event, Experiment

SPANS_MS = {
    "15m": 15 * MINUTE_MS,
    "1h": HOUR_MS,
    "6h": 6 * HOUR_MS,
    "24h": DAY_MS,
    "7d": 7 * DAY_MS,
    "30d": 30 * DAY_MS,
}
ALL = "all"
DEFAULT = "1h"
T = TypeVar("T")
Ends = tuple[int | None, int | None]  # UTC ms: from and to, as far as they were typed
NAMES = ("experiment", "span", "from", "to", "quality", "until")
_LONGEST_TEXT = 100
_LONGEST_LIST = MOST_CHANNELS * 40
_LEAST_DIGITS, _MOST_DIGITS = 9, 14  # of UTC milliseconds; a year has fewer
_DEFAULT_CHANNELS = 4


@dataclass(frozen=True, slots=True)
class HistoryView:
    """What is shown, what was typed for it, and what of that cannot be understood, by field."""

    events: Sequence["Event"]
    ever: Sequence["Event"]  # every channel there is or was
    span: Span  # UTC ms: from the first to before the second
    until_ms: int  # what was recorded later does not move the pages
    span_name: str  # of the spans to choose from; "" where times were typed
    quality: Quality | None
    experiment: "Experiment | None"
    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> list[int]:
        """The channels' keys in the history."""
        return [event.id for event in self.events]

    def query(self, **changed: str) -> dict[str, str]:
        """The address of this view, with something changed; "" leaves a part out."""
        channels = self.typed["channels"]
        words = {"channels": channels, **{name: self.typed[name] for name in NAMES}, **changed}
        return {name: word for name, word in words.items() if word}


async def asked_history(request: web.Request) -> HistoryView:
    """The view of the address; where it cannot be understood, the ordinary one with the reasons."""
    typed = {name: request.query.get(name, "").strip()[:_LONGEST_TEXT] for name in NAMES}
    ids = asked_ids(request)
    errors: dict[str, str] = {}
    async with request.app[DATABASE].read() as session:
        ever = await ever_events(session)
        experiment = None
        try:
            if typed["experiment"]:
                experiment = await get_experiment(session, typed["experiment"])
        except NotFoundError as error:
            errors["experiment"] = error.args[0]

    def read(part: Callable[[], T], otherwise: T) -> T:
        try:
            return part()
        except InvalidError as error:
            errors[error.field or ""] = error.args[0]
            return otherwise

    until_ms = read(lambda: _until(typed["until"]), now_ms() + 1)
    zone = ZoneInfo(request.app[SETTINGS].time_zone)
    nothing: Ends = (None, None)
    ends = read(lambda: _typed_ends(typed, zone), nothing)
    name = typed["span"] if typed["span"] in {*SPANS_MS, ALL} else DEFAULT
    fixed = any(end is not None for end in ends) or experiment is not None
    return HistoryView(
        events=read(lambda: _chosen(request, ever, ids), _ordinary(request)),
        ever=ever,
        span=_span(ends, experiment, until_ms=until_ms, length_ms=SPANS_MS.get(name)),
        until_ms=until_ms,
        span_name="" if fixed else name,
        quality=read(lambda: _quality(typed["quality"]), None),
        experiment=experiment,
        typed={**typed, "channels": ",".join(ids)[:_LONGEST_LIST]},
        errors=errors,
    )


def _chosen(request: web.Request, ever: Sequence["Event"], ids: Sequence[str]) -> list["Event"]:
    """The channels that are named, removed ones too; `all`: all that there are."""
    if not ids:
        return _ordinary(request)
    if list(ids) == [ALL]:
        return list(request.app[STATION].events)
    if len(ids) > MOST_CHANNELS:
        raise InvalidError(
            text(
                "{ids} channels are too many. Choose {most} at most, or all.",
                ids=len(ids),
                most=MOST_CHANNELS,
            ),
            field="channels",
        )
    known = {event.public_id: event for event in ever}
    missing = next((public_id for public_id in ids if public_id not in known), None)
    if missing is not None:
        raise InvalidError(
            text("There is no channel {public_id}.", public_id=missing[:_LONGEST_TEXT]),
            field="channels",
        )
    return [known[public_id] for public_id in ids]


def _ordinary(request: web.Request) -> list["Event"]:
    """The first few channels that are recorded, as on the trends page."""
    recorded = [event for event in request.app[STATION].events if event.recorded]
    measured = [event for event in recorded if event.point_id and not event.is_digital]
    return (measured or recorded)[:_DEFAULT_CHANNELS]


def _until(typed: str) -> int:
    moment = _digits(typed)
    if typed and moment is None:
        raise InvalidError(text("“{name}” must be a whole number.", name="until"), field="until")
    return now_ms() + 1 if moment is None else moment


def _typed_ends(typed: dict[str, str], zone: ZoneInfo) -> Ends:
    """From and to, as people type them or as links name them in UTC milliseconds."""
    start, end = (
        (_digits(typed[name]) or parse_moment(typed[name], zone, is_end=name == "to", field=name))
        if typed[name]
        else None
        for name in ("from", "to")
    )
    if start is not None and end is not None and end <= start:
        raise InvalidError(text("The end must be after the start."), field="to")
    return start, end


def _span(
    ends: Ends,
    experiment: "Experiment | None",
    *,
    until_ms: int,
    length_ms: int | None,
) -> Span:
    """What lies within all that was asked for."""
    start, end = ends
    if experiment is not None:
        began, ended = span_of(experiment)
        start, end = max(began, start or 0), min(ended, end or until_ms)
    if start is None:
        start = 0 if end is not None or length_ms is None else until_ms - length_ms
    end = min(end or until_ms, until_ms)
    start = max(0, start)
    return start, max(end, start + 1)


def _quality(typed: str) -> Quality | None:
    if not typed:
        return None
    found = next((quality for quality in Quality if quality.word == typed), None)
    if found is None:
        raise InvalidError(
            text("There is no quality “{typed}”.", typed=typed[:40]), field="quality"
        )
    return found


def _digits(typed: str) -> int | None:
    if typed.isascii() and typed.isdigit() and _LEAST_DIGITS <= len(typed) <= _MOST_DIGITS:
        return int(typed)
    return None
