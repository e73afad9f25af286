"""Pages of commissioning: each channel checked from its terminal to the screen."""

import json

from aiohttp import web

from webmacs_edge.model.commissioning import CheckKind, CheckRun, told_steps
from webmacs_edge.model.errors import (
    BusyError,
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
)
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.channel_checks import add_check, list_checks
from webmacs_edge.web.channel_rows import channel_now
from webmacs_edge.web.check_rows import (
    STATES,
    CheckRow,
    check_row,
    check_rows,
    steps_of,
    value_text,
)
from webmacs_edge.web.check_runs import CHECK_RUNS, Running
from webmacs_edge.web.check_steps import make_steps, refuse_forced, usual_tolerance
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import CONTROL, DATABASE, HUB, STATION, USER
from webmacs_edge.web.output_rows import output_row
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.checks import CommandCheckForm, MovedForm, StartForm, StoreForm
from webmacs_edge.web.writing import actor_of, write

_REFUSED = (ConflictError, InvalidError, NotAllowedError, BusyError)


async def index(request: web.Request) -> web.Response:
    """Every channel with a terminal, and whether somebody has checked it."""
    groups = await check_rows(request.app)
    rows = [row for group in groups.values() for row in group]
    counts = {words: sum(row.state is state for row in rows) for state, words in STATES.items()}
    return render(
        request, "commissioning/index.html", groups=groups, counts=counts, total=len(rows)
    )


async def show(request: web.Request) -> web.Response:
    """One channel: its check under way, or the way to begin one, and all checks before."""
    return await _show(request)


async def start(request: web.Request) -> web.Response:
    """Begin a check."""
    row = await _row(request)
    typed, form, errors = await read_form(request, StartForm)
    if form is None:
        return await _show(request, status=422, typed=typed, errors=errors)
    at_ms = now_ms()
    try:
        steps = await make_steps(request.app, row, tolerance=form.tolerance)
    except (InvalidError, ConflictError) as error:
        faults = {error.field: str(error)}
        return await _show(request, status=422, typed=typed, errors=faults)
    run = CheckRun(row.kind, steps, at_ms)
    running = Running(run, request[USER].username, row.fingerprint)
    request.app[CHECK_RUNS].start(row.event.public_id, running, at_ms=at_ms)
    raise web.HTTPSeeOther(_path(row))


async def take(request: web.Request) -> web.Response:
    """Nothing else will come: judge the present step by what is read now."""
    row = await _row(request)
    running = _running(request, row)
    sample = request.app[HUB].latest(row.event.id)
    running.run.take(sample.value if sample is not None else None, at_ms=now_ms())
    raise web.HTTPSeeOther(_path(row))


async def command(request: web.Request) -> web.Response:
    """Set the output that is being checked, for a while; then it goes back to safe."""
    row = await _row(request)
    running = _running(request, row)
    typed, form, errors = await read_form(request, CommandCheckForm)
    if form is None:
        return await _show(request, status=422, typed=typed, errors=errors)
    try:
        outcome = await request.app[CONTROL].command(
            row.event.public_id,
            form.value,
            actor=actor_of(request),
            why=text("Check of its wiring"),
            pulse_s=form.pulse_s,
            confirmed=True,
        )
    except _REFUSED as error:
        faults = {getattr(error, "field", WHOLE_FORM): str(error)}
        return await _show(request, status=409, typed=typed, errors=faults)
    if running.run.position == 0:
        image = outcome.image if outcome.image is not None else form.value
        running.run.note(image, at_ms=now_ms(), passed=True)
    raise web.HTTPSeeOther(_path(row))


async def say_what_moved(request: web.Request) -> web.Response:
    """The answer of whoever stands at the plant."""
    row = await _row(request)
    running = _running(request, row)
    typed, form, errors = await read_form(request, MovedForm)
    if form is None:
        return await _show(request, status=422, typed=typed, errors=errors)
    run = running.run
    position = run.position
    if position is None or position == 0:
        raise ConflictError(text("Command the output first."))
    run.answer(position, form.moved)
    run.note(float(form.is_right == "yes"), at_ms=now_ms(), passed=form.is_right == "yes")
    raise web.HTTPSeeOther(_path(row))


async def store(request: web.Request) -> web.Response:
    """Keep the check, with who did it and when."""
    row = await _row(request)
    running = _running(request, row)
    typed, form, errors = await read_form(request, StoreForm)
    if form is not None and form.result == "failed" and not form.note:
        errors = {"note": str(text("Say what is wrong."))}
    if form is not None and form.result == "passed" and not running.run.has_passed:
        errors = {WHOLE_FORM: str(text("Not every step was seen as it shall be."))}
    if form is None or errors:
        return await _show(request, status=422, typed=typed, errors=errors)
    await refuse_forced(request.app, row.event)
    await _store(request, row, form)
    request.app[CHECK_RUNS].drop(row.event.public_id)
    raise web.HTTPSeeOther(_path(row))


async def cancel(request: web.Request) -> web.Response:
    """Forget a check that was not finished."""
    row = await _row(request)
    request.app[CHECK_RUNS].drop(row.event.public_id)
    raise web.HTTPSeeOther("/commissioning")


async def _store(request: web.Request, row: CheckRow, form: StoreForm) -> None:
    running, user, at_ms = _running(request, row), request[USER], now_ms()
    run = running.run
    await write(
        request,
        lambda session: add_check(
            session,
            row.event.public_id,
            name=row.event.name,
            at_ms=at_ms,
            kind=run.kind.value,
            steps_json=json.dumps(told_steps(run.steps)),
            passed=form.result == "passed",
            simulated=request.app[STATION].is_simulated,
            note=form.note,
            place=row.place,
            fingerprint=running.fingerprint,
            actor=user.username,
            user_public_id=user.public_id,
        ),
    )


async def _row(request: web.Request) -> CheckRow:
    event = request.app[STATION].event_by_public_id(request.match_info["public_id"])
    row = await check_row(request.app, event) if event is not None else None
    if row is None:
        raise NotFoundError(text("There is no such channel, or it has no terminal to check."))
    return row


def _running(request: web.Request, row: CheckRow) -> Running:
    running = request.app[CHECK_RUNS].get(row.event.public_id)
    if running is None:
        raise ConflictError(text("No check of this channel is under way. Begin it again."))
    if running.fingerprint != row.fingerprint:
        request.app[CHECK_RUNS].drop(row.event.public_id)
        words = text("The channel was changed while it was checked. Begin the check again.")
        raise ConflictError(words)
    return running


def _path(row: CheckRow) -> str:
    return f"/commissioning/{row.event.public_id}"


async def _show(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    row = await _row(request)
    app = request.app
    async with app[DATABASE].read() as session:
        checks = await list_checks(session, row.event.public_id)
    output = output_row(app, row.event.public_id) if row.kind is CheckKind.output else None
    return render(
        request,
        "commissioning/check.html",
        status=status,
        row=row,
        ongoing=app[CHECK_RUNS].observe(app, row.event, at_ms=now_ms()),
        tolerance=usual_tolerance(row.event),
        output=output,
        now=channel_now(app, row.event),
        value_text=value_text,
        checks=[(check, steps_of(check)) for check in checks],
        typed=typed or {},
        errors=errors or {},
    )
