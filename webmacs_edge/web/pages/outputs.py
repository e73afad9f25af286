"""Pages of outputs: set point, image and state apart; commands, and all safe."""

from aiohttp import web

from webmacs_edge.control.control import Control
from webmacs_edge.model.errors import (
    BusyError,
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    StoreError,
    WebmacsError,
)
from webmacs_edge.model.outputs import ValveCycle
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import CONTROL, USER
from webmacs_edge.web.output_rows import OutputRow, output_row
from webmacs_edge.web.output_tiles import OUTPUT_TILES
from webmacs_edge.web.render import render, wants_partial
from webmacs_edge.web.schemas.output_forms import (
    CommandForm,
    Way,
    WhyForm,
    dashboard_path,
)
from webmacs_edge.web.writing import actor_of

_OUTPUTS = "/outputs"
_REFUSED = (ConflictError, InvalidError, NotAllowedError, BusyError)


async def index(request: web.Request) -> web.Response:
    """Every output as it stands, and the channels that are none yet."""
    return _index(request)


async def show(request: web.Request) -> web.Response:
    """One output, and the form that commands it; as a part it fills a dialog."""
    return _form(request, _row(request))


async def command(request: web.Request) -> web.Response:
    """Set one output; asks back where the output wants that, and says what refused it."""
    row = _row(request)
    typed, form, errors = await read_form(request, CommandForm)
    typed["back"] = dashboard_path(typed.get("back", ""))
    if form is None:
        return _form(request, row, status=422, typed=typed, errors=errors)
    if row.claim.needs_confirmation and not form.confirmed:
        return _ask_back(request, row, typed)
    try:
        await _carry_out(request, row.public_id, form)
    except _REFUSED as error:
        faults = {getattr(error, "field", WHOLE_FORM): str(error)}
        return _form(request, row, status=_status(error), typed=typed, errors=faults)
    return _done(request, f"{form.back}?commanded={row.public_id}" if form.back else _OUTPUTS)


async def stop(request: web.Request) -> web.Response:
    """End what the output does by itself: it goes to its safe value."""
    row = _row(request)
    try:
        await request.app[CONTROL].command(
            row.public_id,
            row.claim.safe_value,
            actor=actor_of(request),
            why=text("Stopped"),
            confirmed=True,
        )
    except _REFUSED as error:
        return _form(request, row, status=_status(error), errors={WHOLE_FORM: str(error)})
    return _done(request)


async def make_all_safe(request: web.Request) -> web.Response:
    """Force every output to its safe value; from the header of every page."""
    _, form, _ = await read_form(request, WhyForm)
    try:
        await request.app[CONTROL].make_all_safe(
            actor=actor_of(request), why=form.why if form is not None else ""
        )
    except StoreError as error:
        return _index(request, status=503, said=str(error))
    raise web.HTTPSeeOther("/outputs")


async def confirm_release(request: web.Request) -> web.Response:
    """Ask before the outputs may be commanded again."""
    return render(request, "outputs/release.html", held=request.app[CONTROL].locks.all_safe)


async def release(request: web.Request) -> web.Response:
    """Let the outputs be commanded again."""
    await request.app[CONTROL].release(actor=actor_of(request))
    raise web.HTTPSeeOther("/outputs")


async def _carry_out(request: web.Request, public_id: str, form: CommandForm) -> None:
    control: Control = request.app[CONTROL]
    actor, confirmed = actor_of(request), form.confirmed
    if form.way is Way.cycle:
        cycle = ValveCycle(form.open_s or 0.0, form.close_s or 0.0, form.repeats or 0)
        await control.run_valve_cycle(
            public_id, cycle, actor=actor, why=form.why, confirmed=confirmed
        )
        return
    await control.command(
        public_id,
        form.value or 0.0,
        actor=actor,
        why=form.why,
        over_s=form.over_s or 0.0 if form.way is Way.ramp else 0.0,
        pulse_s=form.pulse_s if form.way is Way.pulse else None,
        confirmed=confirmed,
    )


def _index(request: web.Request, *, status: int = 200, said: str = "") -> web.Response:
    control = request.app[CONTROL]
    return render(
        request,
        "outputs/index.html",
        status=status,
        said=said,
        tiles=request.app[OUTPUT_TILES].render(request.app, request[USER].role),
        unclaimed=control.unclaimed,
        held=control.locks.all_safe,
        moved=[it for it in control.bindings if it.moved_to],
    )


def _row(request: web.Request) -> OutputRow:
    public_id = request.match_info["public_id"]
    row = output_row(request.app, public_id)
    if row is None:
        raise NotFoundError(
            text("There is no output {public_id}, or it was not set up.", public_id=public_id)
        )
    return row


def _form(
    request: web.Request,
    row: OutputRow,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    template = "outputs/_command.html" if wants_partial(request) else "outputs/command.html"
    return render(
        request,
        template,
        status=status,
        row=row,
        typed=typed or {},
        errors=errors or {},
        at_ms=now_ms(),
        may_switch=request[USER].role.rank >= row.claim.role.rank,
    )


def _ask_back(request: web.Request, row: OutputRow, typed: dict[str, str]) -> web.Response:
    template = "outputs/_confirm.html" if wants_partial(request) else "outputs/confirm.html"
    return render(request, template, row=row, typed=typed)


def _done(request: web.Request, path: str = _OUTPUTS) -> web.Response:
    """Without scripts the browser goes back to where the command came from."""
    if not wants_partial(request):
        raise web.HTTPSeeOther(path)
    return web.Response(headers={"HX-Trigger": "webmacs:commanded"}, content_type="text/html")


def _status(error: WebmacsError) -> int:
    if isinstance(error, NotAllowedError):
        return 403
    if isinstance(error, BusyError):
        return 503
    return 422 if isinstance(error, InvalidError) else 409
