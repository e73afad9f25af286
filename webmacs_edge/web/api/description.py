"""The description of this API for programs and their makers; no login needed."""

from aiohttp import web

from webmacs_edge.web.api.answers import answer_text
from webmacs_edge.web.described import description
from webmacs_edge.web.openapi import operation


@operation(returns="application/json")
async def show(request: web.Request) -> web.Response:
    """The description of this API."""
    return answer_text(await description(request.app))
