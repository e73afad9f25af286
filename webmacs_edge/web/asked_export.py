"""What a filled export form asks for: channels, time, manner, and the name of the file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from webmacs_edge.history.export.formats import FORMATS
from webmacs_edge.history.export.plan import Export, Options
from webmacs_edge.model.errors import InvalidError, NotFoundError
from webmacs_edge.model.local_times import parse_moment
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, HOUR_MS, from_ms, now_ms
from webmacs_edge.store.clock_marks import list_clock_marks
from webmacs_edge.store.events import ever_events
from webmacs_edge.store.experiments import get_experiment
from webmacs_edge.web.csv_answer import span_of
from webmacs_edge.web.file_answer import file_name, make_export
from webmacs_edge.web.keys import DATABASE, SETTINGS
from webmacs_edge.web.schemas.export import Delimiter, ExportForm, Span

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event, Experiment

_LENGTHS_MS = {Span.hour: HOUR_MS, Span.day: DAY_MS, Span.week: 7 * DAY_MS}


async def asked_export(request: web.Request, form: ExportForm) -> tuple[Export, str]:
    """The export and the name of its file; InvalidError names the field that does not fit."""
    async with request.app[DATABASE].read() as session:
        known = {event.public_id: event for event in await ever_events(session)}
        marks = await list_clock_marks(session) if form.with_clock else []
        experiment = None
        if form.span is Span.experiment:
            experiment = await _experiment(session, form.experiment)
    missing = [public_id for public_id in form.channels if public_id not in known]
    if missing:
        raise InvalidError(
            text("There is no channel {missing}. Load the page again.", missing=missing[0]),
            field="channels",
        )
    wanted = set(form.channels)
    events = [event for public_id, event in known.items() if public_id in wanted]
    zone = ZoneInfo(request.app[SETTINGS].time_zone)
    span = span_of(experiment) if experiment else _span(form, zone)
    export = make_export(request, events, span, options=_options(form, zone), marks=marks)
    name = _name(events, span, zone) if experiment is None else _run_name(experiment)
    return export, f"{name}.{_ending(form)}"


async def _experiment(session: Any, public_id: str) -> "Experiment":
    try:
        return await get_experiment(session, public_id)
    except NotFoundError as error:
        raise InvalidError(text("Choose the experiment."), field="experiment") from error


def _span(form: ExportForm, zone: ZoneInfo) -> tuple[int, int]:
    if form.span in _LENGTHS_MS:
        at_ms = now_ms() + 1
        return at_ms - _LENGTHS_MS[form.span], at_ms
    start = parse_moment(form.start, zone, field="start")
    end = parse_moment(form.end, zone, is_end=True, field="end")
    if end <= start:
        raise InvalidError(text("The end must be after the start."), field="end")
    return start, end


def _options(form: ExportForm, zone: ZoneInfo) -> Options:
    return Options(
        with_quality=form.with_quality,
        with_clock=form.with_clock,
        delimiter=form.delimiter.mark,
        decimal_comma=form.decimal_comma,
        byte_order_mark=form.byte_order_mark,
        zone=zone if form.local_times else None,
        step_ms=form.step,
        reduce=form.reduce,
    )


def _ending(form: ExportForm) -> str:
    is_csv = form.format in {"csv", "wide"}
    return "tsv" if is_csv and form.delimiter is Delimiter.tab else FORMATS[form.format].ending


def _name(events: Sequence["Event"], span: tuple[int, int], zone: ZoneInfo) -> str:
    what = file_name(events[0].name) if len(events) == 1 else f"{len(events)}_channels"
    start = from_ms(span[0]).astimezone(zone)
    return f"{what}_{start:%Y-%m-%dT%H-%M}"


def _run_name(experiment: "Experiment") -> str:
    return f"experiment_{file_name(experiment.name)}_{experiment.public_id[:8]}"
