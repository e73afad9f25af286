"""Pages about the calibration of a channel."""

import json
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import web

from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.model.local_times import parse_moment
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.calibrations import add_calibration, list_calibrations
from webmacs_edge.store.events import get_event
from webmacs_edge.web.channel_rows import channel_now
from webmacs_edge.web.deviation import deviation_of
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, HUB, SETTINGS, STATION, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.calibrations import CalibrationForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Calibration, Event


class Line:
    """A calibration as the table shows it."""

    def __init__(self, row: "Calibration") -> None:
        self.points = json.loads(row.points_json)
        self.calibrated_on_ms, self.due_on_ms = row.calibrated_on_ms, row.due_on_ms
        self.person, self.reference, self.note = row.person, row.reference, row.note


async def index(request: web.Request) -> web.Response:
    """The calibration that holds, all before it, and the form of a new one."""
    return await _show(request)


async def create(request: web.Request) -> web.Response:
    """Add a calibration, or show the form again with what is wrong."""
    typed, form, errors = await read_form(request, CalibrationForm)
    if form is None:
        return await _show(request, status=422, typed=typed, errors=errors)
    public_id, user, at_ms = request.match_info["public_id"], request[USER], now_ms()
    zone = ZoneInfo(request.app[SETTINGS].time_zone)
    try:
        values = {
            "person": form.person,
            "reference": form.reference,
            "note": form.note,
            "calibrated_on_ms": parse_moment(form.calibrated_on, zone, field="calibrated_on"),
            "due_on_ms": parse_moment(form.due_on, zone, field="due_on") if form.due_on else None,
        }
        await write(
            request,
            lambda session: add_calibration(
                session,
                public_id,
                form.pairs(),
                at_ms=at_ms,
                user_public_id=user.public_id,
                **values,
            ),
        )
    except (ConflictError, InvalidError) as error:
        status = 409 if isinstance(error, ConflictError) else 422
        return await _show(request, status=status, typed=typed, errors={error.field: str(error)})
    await request.app[STATION].reload()
    raise web.HTTPSeeOther(f"/events/{public_id}/calibration")


async def _show(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        event = await get_event(session, request.match_info["public_id"])
        found = await list_calibrations(session, event.public_id)
    return render(
        request,
        "calibrations/index.html",
        status=status,
        event=event,
        now=channel_now(request.app, event),
        calibrations=[Line(row) for row in found],
        raw=_raw(request, event),
        plot=deviation_of(found[0].points_json) if found else None,
        typed=typed or {},
        errors=errors or {},
    )


def _raw(request: web.Request, event: "Event") -> float | None:
    """What the channel would show now as scaled alone."""
    sample, curve = request.app[HUB].latest(event.id), request.app[STATION].curves
    if sample is None or sample.value is None or event.public_id not in curve:
        return None
    return curve[event.public_id].invert(sample.value)
