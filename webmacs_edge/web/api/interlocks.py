"""Interlocks for programs."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.interlocks import (
    create_interlock,
    delete_interlock,
    get_interlock,
    list_interlocks,
    update_interlock,
)
from webmacs_edge.store.pages import Page
from webmacs_edge.web.api.answers import answer, answer_page, done
from webmacs_edge.web.keys import CONTROL, DATABASE, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.interlocks import InterlockIn, InterlockOut, interlock_out
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut
from webmacs_edge.web.writing import actor_of, write


@operation(query=PageQuery, returns=PageOut[InterlockOut])
async def index(request: web.Request) -> web.Response:
    """List the interlocks, in the order they were made, with what has tripped them."""
    asked, control = read_query(request, PageQuery), request.app[CONTROL]
    async with request.app[DATABASE].read() as session:
        page = await list_interlocks(session, page=asked.page, page_size=asked.page_size)
    rows = [interlock_out(row, control.interlock_view(row.public_id)) for row in page.rows]
    return answer_page(Page(page.page, page.page_size, page.total, rows), InterlockOut)


@operation(body=InterlockIn, returns=StatusOut, status=201, errors=(404,))
async def create(request: web.Request) -> web.Response:
    """Create an interlock; from the next cycle on it is judged before every write."""
    values = read_body(request, InterlockIn).model_dump(mode="json")
    owner, at_ms = request[USER].public_id, now_ms()
    await write(
        request,
        lambda session: create_interlock(session, at_ms=at_ms, user_public_id=owner, **values),
    )
    await request.app[CONTROL].reload()
    return done(f"The interlock “{values['name']}” was created.", status=201)


@operation(returns=InterlockOut)
async def show(request: web.Request) -> web.Response:
    """One interlock."""
    public_id = request.match_info["public_id"]
    async with request.app[DATABASE].read() as session:
        row = await get_interlock(session, public_id)
    return answer(interlock_out(row, request.app[CONTROL].interlock_view(public_id)))


@operation(body=InterlockIn, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Change an interlock; one that has latched stays so until it is reset."""
    values = read_body(request, InterlockIn).model_dump(mode="json")
    public_id = request.match_info["public_id"]
    await write(request, lambda session: update_interlock(session, public_id, values=values))
    await request.app[CONTROL].reload()
    return done(f"The interlock “{values['name']}” was changed.")


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Remove an interlock; what it forced safe stays safe until somebody commands it."""
    public_id = request.match_info["public_id"]
    row = await write(request, lambda session: delete_interlock(session, public_id))
    await request.app[CONTROL].reload()
    return done(f"The interlock “{row.name}” was removed.")


@operation(returns=StatusOut)
async def reset(request: web.Request) -> web.Response:
    """Release a latched interlock whose conditions do not hold any more."""
    public_id = request.match_info["public_id"]
    async with request.app[DATABASE].read() as session:
        row = await get_interlock(session, public_id)
    await request.app[CONTROL].reset_interlock(public_id, actor=actor_of(request))
    return done(f"The interlock “{row.name}” was reset.")
