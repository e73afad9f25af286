"""Forced values for programs: what stands in the place of measured values, and for how long."""

from aiohttp import web

from webmacs_edge.store.forced_values import list_forced
from webmacs_edge.web.api.answers import answer_page, done
from webmacs_edge.web.forcing import force, release
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.forced import ForcedIn, ForcedOut
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut


@operation(query=PageQuery, returns=PageOut[ForcedOut])
async def index(request: web.Request) -> web.Response:
    """List what is and was forced, newest first; without `ended_on`: still standing."""
    asked = read_query(request, PageQuery)
    async with request.app[DATABASE].read() as session:
        page = await list_forced(session, page=asked.page, page_size=asked.page_size)
    return answer_page(page, ForcedOut)


@operation(body=ForcedIn, returns=StatusOut)
async def put(request: web.Request) -> web.Response:
    """Force the value of a channel; it ends by itself, and is uncertain for as long as it lasts."""
    given = read_body(request, ForcedIn)
    name = await force(
        request,
        request.match_info["public_id"],
        value=given.value,
        reason=given.reason,
        minutes=given.minutes,
    )
    return done(f"“{name}” is forced for {given.minutes} min.")


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Let the measured value through again."""
    name = await release(request, request.match_info["public_id"])
    return done(f"“{name}” is measured again.")
