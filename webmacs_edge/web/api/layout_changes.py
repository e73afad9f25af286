"""Changes of the PiCtory configuration for programs, and that somebody has looked at them."""

from aiohttp import web

from webmacs_edge.store.pages import Page
from webmacs_edge.web.api.answers import answer_page, done
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.looking import look_at_changes
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_query
from webmacs_edge.web.schemas.layout_changes import LayoutChangeOut
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut


@operation(query=PageQuery, returns=PageOut[LayoutChangeOut])
async def index(request: web.Request) -> web.Response:
    """List the last 20 changes, newest first; without `seen_on`: nobody has looked yet."""
    asked, changes = read_query(request, PageQuery), request.app[STATION].changes
    start = (asked.page - 1) * asked.page_size
    rows = changes[start : start + asked.page_size]
    return answer_page(Page(asked.page, asked.page_size, len(changes), rows), LayoutChangeOut)


@operation(returns=StatusOut, errors=(404,))
async def mark(request: web.Request) -> web.Response:
    """Somebody has looked at all of them: rules and interlocks concerned work again."""
    count = await look_at_changes(request)
    return done(f"{count} changes of the configuration were looked at.")
