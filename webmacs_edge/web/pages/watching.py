"""The page of settings about alarms and the log: the horn, and how long records are kept."""

from aiohttp import web

from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.watching import count_records, read_watching, write_watching
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import CONTROL, DATABASE, HORN, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.rule_words import PRIORITIES
from webmacs_edge.web.schemas.watching import WatchingForm
from webmacs_edge.web.writing import write


async def index(request: web.Request) -> web.Response:
    """What holds now, and the form to change it."""
    return await _page(request)


async def save(request: web.Request) -> web.Response:
    """Store it; the horn follows at once."""
    typed, form, errors = await read_form(request, WatchingForm)
    if form is None:
        return await _page(request, status=422, typed=typed, errors=errors)
    owner, at_ms, watching = request[USER].public_id, now_ms(), form.watching()
    outputs = {it.public_id for it in request.app[CONTROL].bindings}
    if watching.horn_output and watching.horn_output not in outputs:
        faults: dict[str, str] = {"horn_output": text("This is no output any more.")}
        return await _page(request, status=422, typed=typed, errors=faults)
    await write(
        request,
        lambda session: write_watching(session, watching, at_ms=at_ms, user_public_id=owner),
    )
    request.app[HORN].refresh()
    raise web.HTTPSeeOther("/settings/alarms?saved")


async def _page(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        watching = await read_watching(session)
        counts = await count_records(session)
    return render(
        request,
        "settings/alarms.html",
        status=status,
        watching=watching,
        counts=counts,
        outputs=[(it.public_id, it.name) for it in request.app[CONTROL].bindings],
        priorities=PRIORITIES,
        failure=request.app[HORN].failure,
        is_saved="saved" in request.query,
        typed=typed or {},
        errors=errors or {},
    )
