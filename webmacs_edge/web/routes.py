"""Every URL of the appliance with the least role that may use it."""

from collections.abc import Sequence

from aiohttp import web


def routes() -> Sequence[web.RouteDef]:
    """Pages first, then the JSON API, then streams."""
    return []
