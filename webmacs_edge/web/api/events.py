"""Events (channels) for programs."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.events import (
    create_event,
    get_event,
    list_events,
    remove_event,
    update_event,
)
from webmacs_edge.web.api.answers import answer, answer_page_unless_known, done
from webmacs_edge.web.keys import DATABASE, STATION, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.events import EventIn, EventOut, EventPatch
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut
from webmacs_edge.web.writing import write


@operation(query=PageQuery, returns=PageOut[EventOut])
async def index(request: web.Request) -> web.Response:
    """List the channels, in the order of the pages."""
    asked = read_query(request, PageQuery)
    async with request.app[DATABASE].read() as session:
        page = await list_events(session, page=asked.page, page_size=asked.page_size)
    return answer_page_unless_known(request, page, EventOut)


@operation(body=EventIn, returns=StatusOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Create a channel that is fed from outside."""
    given, owner, at_ms = read_body(request, EventIn), request[USER].public_id, now_ms()
    await write(
        request,
        lambda session: create_event(
            session, at_ms=at_ms, user_public_id=owner, **given.model_dump()
        ),
    )
    await request.app[STATION].reload()
    return done(f"The channel “{given.name}” was created.", status=201)


@operation(returns=EventOut)
async def show(request: web.Request) -> web.Response:
    """One channel."""
    async with request.app[DATABASE].read() as session:
        event = await get_event(session, request.match_info["public_id"])
    return answer(EventOut.model_validate(event))


@operation(body=EventPatch, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Change any part of a channel."""
    values = read_body(request, EventPatch).model_dump(exclude_unset=True)
    public_id = request.match_info["public_id"]
    event = await write(request, lambda session: update_event(session, public_id, values=values))
    await request.app[STATION].reload()
    return done(f"The channel “{event.name}” was changed.")


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Take a channel out of use; what it recorded stays."""
    public_id, at_ms = request.match_info["public_id"], now_ms()
    event = await write(request, lambda session: remove_event(session, public_id, at_ms=at_ms))
    await request.app[STATION].reload()
    return done(f"The channel “{event.name}” was removed; what it recorded stays.")
