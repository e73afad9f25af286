"""Calibrations for programs: added to, never changed."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.calibrations import add_calibration, list_calibrations
from webmacs_edge.store.events import get_event
from webmacs_edge.store.pages import Page
from webmacs_edge.web.api.answers import answer_page, done
from webmacs_edge.web.keys import DATABASE, STATION, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.calibrations import CalibrationIn, CalibrationOut, calibration_out
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut
from webmacs_edge.web.writing import write


@operation(query=PageQuery, returns=PageOut[CalibrationOut])
async def index(request: web.Request) -> web.Response:
    """List the calibrations of a channel; the first one holds."""
    asked, public_id = read_query(request, PageQuery), request.match_info["public_id"]
    async with request.app[DATABASE].read() as session:
        await get_event(session, public_id)
        found = await list_calibrations(session, public_id)
    first = (asked.page - 1) * asked.page_size
    rows = [calibration_out(row) for row in found[first : first + asked.page_size]]
    return answer_page(Page(asked.page, asked.page_size, len(found), rows), CalibrationOut)


@operation(body=CalibrationIn, returns=StatusOut, status=201, errors=(404,))
async def create(request: web.Request) -> web.Response:
    """Add a calibration; it holds from the next scan on."""
    given, owner, at_ms = read_body(request, CalibrationIn), request[USER].public_id, now_ms()
    public_id = request.match_info["public_id"]
    await write(
        request,
        lambda session: add_calibration(
            session,
            public_id,
            given.pairs(),
            at_ms=at_ms,
            user_public_id=owner,
            person=given.person,
            reference=given.reference,
            calibrated_on_ms=given.calibrated_on,
            due_on_ms=given.due_on,
            note=given.note,
        ),
    )
    await request.app[STATION].reload()
    return done("The calibration holds from now on.", status=201)
