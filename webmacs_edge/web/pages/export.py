"""The export page: any channels, any range, any kind of file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from webmacs_edge.history.export.formats import FORMATS
from webmacs_edge.history.export.parquet import has_parquet
from webmacs_edge.history.export.plan import Export, Options
from webmacs_edge.model.errors import InvalidError, NotFoundError
from webmacs_edge.model.local_times import parse_moment
from webmacs_edge.model.times import DAY_MS, HOUR_MS, from_ms, now_ms
from webmacs_edge.store.events import ever_events
from webmacs_edge.store.experiments import get_experiment, list_experiments
from webmacs_edge.web.csv_answer import span_of
from webmacs_edge.web.export_jobs import EXPORT_JOBS
from webmacs_edge.web.file_answer import file_name, make_export, send_file
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, HISTORY, SETTINGS, USER
from webmacs_edge.web.render import render, wants_partial
from webmacs_edge.web.schemas.export import Delimiter, ExportForm, Span
from webmacs_edge.web.trend_data import asked_ids

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event, Experiment

_LENGTHS_MS = {Span.hour: HOUR_MS, Span.day: DAY_MS, Span.week: 7 * DAY_MS}
_SPANS = {
    Span.hour: "Last hour", Span.day: "Last 24 hours", Span.week: "Last 7 days",
    Span.experiment: "An experiment", Span.between: "From … to …",
}  # fmt: skip
_STEPS = {
    0: "As recorded", 100: "0.1 s", 1000: "1 s", 10_000: "10 s", 60_000: "1 min",
    600_000: "10 min", HOUR_MS: "1 h", DAY_MS: "1 d",
}  # fmt: skip
_EXPERIMENTS = 200
_NO_GROUP = "Other channels"
_REMOVED = "Removed channels"


async def index(request: web.Request) -> web.Response:
    """The form; links from other pages fill it with their channels and their time."""
    return await _page(request, _prefilled(request), chosen=asked_ids(request))


async def estimate(request: web.Request) -> web.Response:
    """About how much the form asks for: a part of the page, or the page without JavaScript."""
    typed, form, errors = await read_form(request, ExportForm)
    found, errors = await _estimate(request, form, errors)
    if wants_partial(request):
        return render(request, "export/_estimate.html", found=found, errors=errors)
    chosen = form.channels if form else None
    return await _page(request, typed, chosen=chosen, found=found, errors=errors)


async def download(request: web.Request) -> web.StreamResponse:
    """The file, or the form again with what is wrong."""
    typed, form, errors = await read_form(request, ExportForm)
    if form is None:
        return await _page(request, typed, chosen=None, errors=_at_fields(errors), status=422)
    try:
        export, name = await _export(request, form)
        kind = FORMATS[form.format]
        kind.check()
    except InvalidError as error:
        errors = {error.field: str(error)}
        return await _page(request, typed, chosen=form.channels, errors=errors, status=422)
    filename = f"{name}.{_ending(form)}"
    return await send_file(request, export, kind, filename=filename, job_id=form.job)


async def progress(request: web.Request) -> web.Response:
    """JSON: how far an export has come; `unknown` before it has begun."""
    try:
        job = request.app[EXPORT_JOBS].find(
            request.match_info["job"], owner=request[USER].public_id
        )
    except NotFoundError:
        return web.json_response({"state": "unknown"})
    return web.json_response(
        {
            "state": job.state,
            "share": round(job.course.share, 4),
            "rows": job.course.rows,
            "bytes": job.size_bytes,
        }
    )


async def cancel(request: web.Request) -> web.Response:
    """Stop an export of one's own."""
    job = request.app[EXPORT_JOBS].cancel(request.match_info["job"], owner=request[USER].public_id)
    return web.json_response({"state": job.state})


async def _page(
    request: web.Request,
    typed: dict[str, str],
    *,
    chosen: Sequence[str] | None,
    found: dict[str, float] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        events = await ever_events(session)
        experiments = await list_experiments(session, page=1, page_size=_EXPERIMENTS)
    present = [event.public_id for event in events if event.removed_on_ms is None]
    return render(
        request,
        "export/index.html",
        status=status,
        typed=typed,
        errors=errors or {},
        found=found,
        groups=_groups(events),
        chosen=set(chosen or present),
        spans=list(_SPANS.items()),
        steps=list(_STEPS.items()),
        experiments=[(it.public_id, it.name) for it in experiments.rows],
        **_yesterday(request),
        formats=[(name, kind.words) for name, kind in FORMATS.items()],
        has_parquet=has_parquet(),
    )


def _yesterday(request: web.Request) -> dict[str, str]:
    """What stands in the fields from and to when nothing else does."""
    zone = ZoneInfo(request.app[SETTINGS].time_zone)
    at_ms = now_ms() // 60_000 * 60_000
    return {
        "default_start": _local(at_ms - DAY_MS, zone),
        "default_end": _local(at_ms, zone),
    }


def _local(at_ms: int, zone: ZoneInfo) -> str:
    return from_ms(at_ms).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")


def _prefilled(request: web.Request) -> dict[str, str]:
    """What a link says: an experiment, or from when to when in UTC milliseconds."""
    experiment = request.query.get("experiment", "")
    if experiment:
        return {"span": Span.experiment, "experiment": experiment}
    ends = [request.query.get(name, "")[:14] for name in ("from", "to")]
    if not all(text.isascii() and text.isdigit() for text in ends):
        return {}
    zone = ZoneInfo(request.app[SETTINGS].time_zone)
    start, end = (_local(int(text), zone) for text in ends)
    return {"span": Span.between, "start": start, "end": end}


async def _estimate(
    request: web.Request, form: ExportForm | None, errors: dict[str, str]
) -> tuple[dict[str, float] | None, dict[str, str]]:
    if form is None:
        return None, _at_fields(errors)
    try:
        export, _ = await _export(request, form)
    except InvalidError as error:
        return None, {error.field: str(error)}
    keys = [channel.key for channel in export.channels]
    rows = await request.app[HISTORY].estimate(keys, export.from_ms, export.to_ms)
    written = rows
    if form.format == "wide" and form.step:
        steps = (export.to_ms - export.from_ms) // form.step + 1
        written = min(rows, steps * len(keys))
    return {"rows": rows, "bytes": written * FORMATS[form.format].row_bytes}, {}


async def _export(request: web.Request, form: ExportForm) -> tuple[Export, str]:
    """What the form asks for and the name of its file; InvalidError names the field."""
    async with request.app[DATABASE].read() as session:
        known = {event.public_id: event for event in await ever_events(session)}
        experiment = None
        if form.span is Span.experiment:
            experiment = await _experiment(session, form.experiment)
    missing = [public_id for public_id in form.channels if public_id not in known]
    if missing:
        raise InvalidError(
            f"There is no channel {missing[0]}. Load the page again.", field="channels"
        )
    wanted = set(form.channels)
    events = [event for public_id, event in known.items() if public_id in wanted]
    zone = ZoneInfo(request.app[SETTINGS].time_zone)
    span = span_of(experiment) if experiment else _span(form, zone)
    export = make_export(request, events, span, options=_options(form, zone))
    return export, _name(events, span, zone) if experiment is None else _run_name(experiment)


async def _experiment(session: Any, public_id: str) -> "Experiment":
    try:
        return await get_experiment(session, public_id)
    except NotFoundError as error:
        raise InvalidError("Choose the experiment.", field="experiment") from error


def _span(form: ExportForm, zone: ZoneInfo) -> tuple[int, int]:
    if form.span in _LENGTHS_MS:
        at_ms = now_ms() + 1
        return at_ms - _LENGTHS_MS[form.span], at_ms
    start = parse_moment(form.start, zone, field="start")
    end = parse_moment(form.end, zone, is_end=True, field="end")
    if end <= start:
        raise InvalidError("The end must be after the start.", field="end")
    return start, end


def _options(form: ExportForm, zone: ZoneInfo) -> Options:
    return Options(
        with_quality=form.with_quality,
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


def _at_fields(errors: dict[str, str]) -> dict[str, str]:
    if "channels" not in errors:
        return errors
    return {**errors, "channels": "Choose one channel or more."}


def _groups(events: Sequence["Event"]) -> dict[str, list["Event"]]:
    """By group, in the order of pages; removed ones last."""
    groups: dict[str, list[Event]] = {}
    for event in events:
        if event.removed_on_ms is None:
            groups.setdefault(event.group_name or _NO_GROUP, []).append(event)
    removed = [event for event in events if event.removed_on_ms is not None]
    return {**groups, _REMOVED: removed} if removed else groups
