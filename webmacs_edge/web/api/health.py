"""Whether the appliance works, for watchdogs and load balancers; no login needed."""

import time

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.model.quality import Quality
from webmacs_edge.web.api.answers import answer
from webmacs_edge.web.condition import condition_of
from webmacs_edge.web.keys import HUB, STARTED_AT
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.health import HealthOut


@operation(returns=HealthOut)
async def show(request: web.Request) -> web.Response:
    """Tell whether the appliance works; 503 when its database does not answer."""
    app = request.app
    condition = await condition_of(app)
    good = [s.read_at_ms for s in app[HUB].all_latest() if s.quality is not Quality.BAD]
    health = HealthOut(
        status=condition.status,
        version=__version__,
        database=condition.database,
        last_datapoint=max(good, default=None),
        uptime_seconds=round(time.monotonic() - app[STARTED_AT], 1),
    )
    return answer(health, status=200 if condition.database == "ok" else 503)
