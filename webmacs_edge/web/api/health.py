"""Whether the appliance works, for watchdogs and load balancers; no login needed."""

import time
from typing import Literal

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.quality import Quality
from webmacs_edge.store.users import count_users
from webmacs_edge.web.api.answers import answer
from webmacs_edge.web.keys import DATABASE, HUB, STARTED_AT, STATION
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.health import HealthOut


@operation(returns=HealthOut)
async def show(request: web.Request) -> web.Response:
    """Tell whether the appliance works; 503 when its database does not answer."""
    app = request.app
    database = await _database_state(app)
    is_well = database == "ok" and not app[STATION].problem
    good = [s.read_at_ms for s in app[HUB].all_latest() if s.quality is not Quality.BAD]
    health = HealthOut(
        status="ok" if is_well else "degraded",
        version=__version__,
        database=database,
        last_datapoint=max(good, default=None),
        uptime_seconds=round(time.monotonic() - app[STARTED_AT], 1),
    )
    return answer(health, status=200 if database == "ok" else 503)


async def _database_state(app: web.Application) -> Literal["ok", "error"]:
    try:
        async with app[DATABASE].read() as session:
            await count_users(session)
    except StoreError:
        return "error"
    return "ok"
