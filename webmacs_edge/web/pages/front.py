"""What belongs to the web app itself: its worker, the page for no connection, its components."""

from aiohttp import hdrs, web

from webmacs_edge.web.assets import ASSETS
from webmacs_edge.web.render import render


async def worker(request: web.Request) -> web.Response:
    """The script that a browser keeps for when the appliance cannot be reached."""
    asset = request.app[ASSETS].find("js/service-worker.js")
    headers = {hdrs.CONTENT_TYPE: asset.content_type, hdrs.CACHE_CONTROL: "no-cache"}
    return web.Response(body=asset.plain, headers=headers)


async def offline(request: web.Request) -> web.Response:
    """The page it shows then; it stays in the browser, so it is of nobody."""
    return render(request, "offline/index.html", user=None, alarms=None)


async def patterns(request: web.Request) -> web.Response:
    """Every component of the pages once."""
    return render(request, "patterns/index.html")
