"""The figures of the appliance for Prometheus: by a token that reads, or from a known address."""

from aiohttp import hdrs, web

from webmacs_edge.web.addresses import comes_from
from webmacs_edge.web.exposition import CONTENT_TYPE, write_metrics
from webmacs_edge.web.keys import SETTINGS
from webmacs_edge.web.measures import measures
from webmacs_edge.web.openapi import operation


def is_allowed(request: web.Request) -> bool:
    """Whether this address needs no login for it."""
    return comes_from(request, request.app[SETTINGS].metrics_allow)


@operation(returns="text/plain")
async def show(request: web.Request) -> web.Response:
    """Everything that is measured of the appliance, in the text format of Prometheus."""
    text = write_metrics(await measures(request.app))
    return web.Response(body=text.encode(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE})
