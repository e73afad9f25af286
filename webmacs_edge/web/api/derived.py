"""Derived channels for programs: worked out of others in every scan."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.derived import create_derived, update_derived
from webmacs_edge.store.pages import Page
from webmacs_edge.web.api.answers import answer, answer_page, done
from webmacs_edge.web.formulas import checked, derived_event, derived_out, tried
from webmacs_edge.web.keys import STATION, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.derived import DerivedIn, DerivedOut, FormulaIn, TriedOut
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut
from webmacs_edge.web.writing import write


@operation(query=PageQuery, returns=PageOut[DerivedOut])
async def index(request: web.Request) -> web.Response:
    """List the derived channels with their formulas, in the order of the pages."""
    asked = read_query(request, PageQuery)
    found = [event for event in request.app[STATION].events if event.formula]
    first = (asked.page - 1) * asked.page_size
    rows = [derived_out(request.app, it) for it in found[first : first + asked.page_size]]
    return answer_page(Page(asked.page, asked.page_size, len(found), rows), DerivedOut)


@operation(body=DerivedIn, returns=StatusOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Create a derived channel; it is worked out, shown and recorded from the next scan on."""
    given, owner, at_ms = read_body(request, DerivedIn), request[USER].public_id, now_ms()
    values = given.model_dump() | {"formula": checked(request.app, given.formula)}
    await write(
        request,
        lambda session: create_derived(session, at_ms=at_ms, user_public_id=owner, **values),
    )
    await request.app[STATION].reload()
    return done(f"The channel “{given.name}” was created.", status=201)


@operation(body=FormulaIn, returns=TriedOut)
async def check(request: web.Request) -> web.Response:
    """Try a formula on the values of now, without storing anything."""
    given = read_body(request, FormulaIn)
    checked(request.app, given.formula, own_id=given.public_id)
    return answer(tried(request.app, given.formula))


@operation(returns=DerivedOut)
async def show(request: web.Request) -> web.Response:
    """One derived channel."""
    event = derived_event(request.app, request.match_info["public_id"])
    return answer(derived_out(request.app, event))


@operation(body=DerivedIn, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Change a derived channel; unchanged functions of time go on with what they know."""
    given = read_body(request, DerivedIn)
    event = derived_event(request.app, request.match_info["public_id"])
    formula = checked(request.app, given.formula, own_id=event.public_id)
    values = given.model_dump() | {"formula": formula}
    await write(request, lambda session: update_derived(session, event.public_id, **values))
    await request.app[STATION].reload()
    return done(f"The channel “{given.name}” was changed.")
