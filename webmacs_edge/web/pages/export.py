"""The export page: any channels, any range, any kind of file."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from webmacs_edge.history.export.formats import FORMATS
from webmacs_edge.history.export.parquet import has_parquet
from webmacs_edge.model.channels import group_words
from webmacs_edge.model.errors import InvalidError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, HOUR_MS, from_ms, now_ms
from webmacs_edge.store.events import ever_events
from webmacs_edge.store.experiments import get_experiment, list_experiments
from webmacs_edge.web.asked_export import asked_export
from webmacs_edge.web.export_jobs import EXPORT_JOBS
from webmacs_edge.web.file_answer import send_file
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, HISTORY, SETTINGS, USER
from webmacs_edge.web.render import render, wants_partial
from webmacs_edge.web.schemas.export import ExportForm, Span
from webmacs_edge.web.trend_data import asked_ids

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

_SPANS = {
    Span.hour: text("Last hour"), Span.day: text("Last 24 hours"), Span.week: text("Last 7 days"),
    Span.experiment: text("An experiment"), Span.between: text("From … to …"),
}  # fmt: skip
_STEPS = {
    0: text("As recorded"), 100: "0.1 s", 1000: "1 s", 10_000: "10 s", 60_000: "1 min",
    600_000: "10 min", HOUR_MS: "1 h", DAY_MS: "1 d",
}  # fmt: skip
_CHOICES = {
    "spans": tuple(_SPANS.items()),
    "steps": tuple(_STEPS.items()),
    "formats": tuple((name, kind.words) for name, kind in FORMATS.items()),
}
_EXPERIMENTS = 200
_NO_GROUP = text("Other channels")
_REMOVED = text("Removed channels")


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
        export, filename = await asked_export(request, form)
        kind = FORMATS[form.format]
        kind.check()
    except InvalidError as error:
        errors = {error.field: str(error)}
        return await _page(request, typed, chosen=form.channels, errors=errors, status=422)
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
        experiments = await _experiments(session, typed.get("experiment", ""))
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
        experiments=experiments,
        **_CHOICES,
        **_yesterday(request),
        has_parquet=has_parquet(),
    )


async def _experiments(session: Any, wanted: str) -> list[tuple[str, str]]:
    """Ids and names of the newest ones, and of the one that a link asks for."""
    newest = await list_experiments(session, page=1, page_size=_EXPERIMENTS)
    found = {it.public_id: it.name for it in newest.rows}
    if wanted and wanted not in found:
        with suppress(NotFoundError):
            found[wanted] = (await get_experiment(session, wanted)).name
    return list(found.items())


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
        export, _ = await asked_export(request, form)
    except InvalidError as error:
        return None, {error.field: str(error)}
    keys = [channel.key for channel in export.channels]
    rows = await request.app[HISTORY].estimate(keys, export.from_ms, export.to_ms)
    written = rows
    if form.format == "wide" and form.step:
        steps = (export.to_ms - export.from_ms) // form.step + 1
        written = min(rows, steps * len(keys))
    return {"rows": rows, "bytes": written * FORMATS[form.format].row_bytes}, {}


def _at_fields(errors: dict[str, str]) -> dict[str, str]:
    if "channels" not in errors:
        return errors
    return {**errors, "channels": text("Choose one channel or more.")}


def _groups(events: Sequence["Event"]) -> dict[str, list["Event"]]:
    """By group, in the order of pages; removed ones last."""
    groups: dict[str, list[Event]] = {}
    for event in events:
        if event.removed_on_ms is None:
            groups.setdefault(group_words(event.group_name) or _NO_GROUP, []).append(event)
    removed = [event for event in events if event.removed_on_ms is not None]
    return {**groups, _REMOVED: removed} if removed else groups
