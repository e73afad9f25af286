"""Templates: how every page is made, and what every page knows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined

from webmacs_edge import __version__
from webmacs_edge.config import RESOURCES
from webmacs_edge.model.channels import group_words
from webmacs_edge.model.devices import device_words
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.language import CURRENT
from webmacs_edge.model.text import say, text
from webmacs_edge.model.times import from_ms, iso_z, now_ms
from webmacs_edge.model.words import UserRole, state_word
from webmacs_edge.store.experiments import running_experiment
from webmacs_edge.web.alarm_rows import alarm_head
from webmacs_edge.web.assets import ASSETS, Assets
from webmacs_edge.web.audit_lines import actor_words
from webmacs_edge.web.board_changes import UNDO, Undo
from webmacs_edge.web.boards import BOARDS, Boards
from webmacs_edge.web.keys import CONTROL, DATABASE, FORCING, SETTINGS, STATION, USER
from webmacs_edge.web.language import set_up_language
from webmacs_edge.web.live_tiles import LIVE_TILES, LiveTiles
from webmacs_edge.web.output_tiles import OUTPUT_TILES, OutputTiles
from webmacs_edge.web.paths import is_page
from webmacs_edge.web.template_cache import CompiledTemplates, Compiler
from webmacs_edge.web.wording import (
    about,
    count,
    date,
    duration,
    exact_moment,
    file_size,
    moment,
    number,
    short_number,
    stopwatch,
)

_WORTH_PACKING = 2000  # characters
# What people and tokens may do, in words.
WORDS = {
    "viewer": text("viewer"),
    "operator": text("operator"),
    "admin": text("admin"),
    "read": text("read"),
    "telemetry": text("telemetry"),
    "full": text("full"),
}
_WAYS_OUT = {
    403: text("You may not do this"),
    404: text("This page does not exist"),
    429: text("Too many tries"),
    503: text("Not just now"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """The running experiment, as the header shows it."""

    public_id: str
    name: str
    started_on_ms: int


# Where compiled templates are kept between appliances of one process; only tests have several.
BYTECODE_CACHE: BytecodeCache | None = None

COMPILER = web.AppKey("compiler", Compiler)
RUNNING: web.RequestKey[Run] = web.RequestKey("running", Run)


def set_up_templates(app: web.Application) -> None:
    """Give the application its templates and its files; call once, after the settings are there."""
    app[LIVE_TILES], app[OUTPUT_TILES] = LiveTiles(), OutputTiles()
    app[BOARDS], app[UNDO] = Boards(), Undo()
    assets = app[ASSETS] = Assets(RESOURCES / "static")
    cache = BYTECODE_CACHE or CompiledTemplates(
        app[SETTINGS].data_dir / "cache" / "templates", RESOURCES / "templates"
    )
    env = aiohttp_jinja2.setup(
        app,
        loader=FileSystemLoader(RESOURCES / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=cache,
        default_helpers=False,
    )
    set_up_language(env)
    env.globals["forced_count"] = lambda: len(app[FORCING].keys) if FORCING in app else 0
    env.globals.update(asset=assets.url, version=__version__, UserRole=UserRole)
    _set_filters(env, ZoneInfo(app[SETTINGS].time_zone))
    if isinstance(cache, CompiledTemplates):
        app[COMPILER] = Compiler(env, cache)
    app.middlewares.append(_know_the_run)


def render(
    request: web.Request, template: str, *, status: int = 200, **context: Any
) -> web.Response:
    """A page or a part of one."""
    html = render_string(request, template, **context)
    response = web.Response(text=html, status=status, content_type="text/html", charset="utf-8")
    if len(html) > _WORTH_PACKING:
        response.enable_compression()
    return response


def render_string(request: web.Request, template: str, **context: Any) -> str:
    """The text of a template with what every page knows."""
    html: str = aiohttp_jinja2.render_string(template, request, _shell(request) | context)
    return html


def wants_partial(request: web.Request) -> bool:
    """True when htmx asked for a part of a page, to put it in a place of its own."""
    return request.headers.get("HX-Request-Type") == "partial"


def error_page(request: web.Request, status: int, message: str) -> web.Response:
    """A page that says what is wrong and how to go on."""
    title = _WAYS_OUT.get(status, text("Something went wrong"))
    return render(request, "error.html", status=status, title=title, message=message)


def _shell(request: web.Request) -> dict[str, Any]:
    settings, station = request.app[SETTINGS], request.app[STATION]
    user = request.get(USER)
    return {
        "user": user,
        "language": CURRENT.get().code,
        "theme": user.theme if user is not None else "",
        "site": settings.site_name,
        "time_zone": settings.time_zone,
        "scan_hz": settings.scan_hz,
        "simulated": station.is_simulated,
        "problem": station.problem,
        "device_notice": station.notice,
        "unseen_changes": station.unseen_changes,
        "running": request.get(RUNNING),
        "has_outputs": CONTROL in request.app and bool(request.app[CONTROL].bindings),
        "alarms": alarm_head(request.app) if user is not None else None,
        "now_ms": now_ms(),
        "path": request.path,
        "may_operate": user is not None and user.role.rank >= UserRole.operator.rank,
        "may_configure": user is not None and user.role.rank >= UserRole.admin.rank,
    }


@web.middleware
async def _know_the_run(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every page says which experiment runs; asked once per page, before its handler."""
    if is_page(request) and request.get(USER) is not None:
        try:
            async with request.app[DATABASE].read() as session:
                found = await running_experiment(session)
        except StoreError:
            found = None  # the page itself will say what is wrong with the database
        if found is not None:
            request[RUNNING] = Run(found.public_id, found.name, found.started_on_ms)
    return await handler(request)


def _set_filters(env: Environment, zone: ZoneInfo) -> None:
    def local(at_ms: int) -> datetime:
        return from_ms(at_ms).astimezone(zone)

    env.filters.update(
        number=number,
        short=short_number,
        count=count,
        about=about,
        file_size=file_size,
        duration=duration,
        stopwatch=stopwatch,
        say=say,
        group=group_words,
        device=device_words,
        who=actor_words,
        word=lambda it: WORDS.get(str(it), it),
        state_word=state_word,
        iso=iso_z,
        clock=lambda at_ms: f"{local(at_ms):%H:%M:%S}",
        moment=lambda at_ms: moment(local(at_ms), local(now_ms())),
        exact=lambda at_ms: exact_moment(local(at_ms), local(now_ms())),
        local_date=lambda at_ms: date(local(at_ms)),
        local_input=lambda at_ms: f"{local(at_ms):%Y-%m-%dT%H:%M:%S}",
    )
