"""The page that lists what programs can ask for; it works without a network."""

from aiohttp import web

from webmacs_edge.web.described import description, entries_by_tag
from webmacs_edge.web.render import render


async def index(request: web.Request) -> web.Response:
    """Every operation of the API, as its description has it."""
    groups = entries_by_tag(await description(request.app))
    return render(request, "docs/index.html", groups=groups)


async def lead(_request: web.Request) -> web.Response:
    """The second address that WebMACS 2.x had for it."""
    raise web.HTTPSeeOther("/docs")
