"""Whether the appliance works, for watchdogs and load balancers; no login needed."""

import time

from aiohttp import web

from webmacs_edge import __version__
from webmacs_edge.acquisition.statistics import BUCKETS_MS, Histogram
from webmacs_edge.model.errors import SignInError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text
from webmacs_edge.web.api.answers import answer
from webmacs_edge.web.condition import Condition, condition_of
from webmacs_edge.web.keys import HISTORY, HUB, STARTED_AT, STATION
from webmacs_edge.web.measures import bus_figures
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.paths import wants_detail
from webmacs_edge.web.schemas.health import CycleOut, HealthDetailOut, HealthOut, SpreadOut
from webmacs_edge.web.tokens import CREDENTIAL


@operation(returns=HealthOut, errors=(401,))
async def show(request: web.Request) -> web.Response:
    """Tell whether the appliance works; 503 when its database does not answer."""
    app = request.app
    if wants_detail(request) and CREDENTIAL not in request:
        raise SignInError(text("Please sign in first: without that, ask for /health alone."))
    condition = await condition_of(app)
    health = _health(app, condition)
    if wants_detail(request):
        health = await _detail(app, condition, health)
    return answer(health, status=200 if condition.database == "ok" else 503)


def _health(app: web.Application, condition: Condition) -> HealthOut:
    good = [s.read_at_ms for s in app[HUB].all_latest() if s.quality is not Quality.BAD]
    return HealthOut(
        status=condition.status,
        version=__version__,
        database=condition.database,
        last_datapoint=max(good, default=None),
        uptime_seconds=round(time.monotonic() - app[STARTED_AT], 1),
    )


async def _detail(app: web.Application, condition: Condition, health: HealthOut) -> HealthDetailOut:
    station, recorder = app[STATION], app[HISTORY].recorder
    return HealthDetailOut(
        **dict(health),
        what=condition.what,
        device=f"{station.scanner.info.name}, {station.scanner.info.place}",
        notice=station.notice,
        cycle=_cycle(app),
        bus=await bus_figures(app),
        samples_at_risk_s=round(recorder.at_risk_s, 3),
        samples_dropped=recorder.dropped,
    )


def _cycle(app: web.Application) -> CycleOut:
    scanner = app[STATION].scanner
    seen = scanner.statistics
    return CycleOut(
        scan_hz=scanner.scan_hz,
        cycles=seen.cycles,
        overruns=seen.overruns,
        read_failures=seen.failures,
        scans_dropped=seen.dropped,
        lateness=_spread(seen.lateness),
        work=_spread(seen.work),
    )


def _spread(durations: Histogram) -> SpreadOut:
    return SpreadOut(
        bounds_ms=BUCKETS_MS,
        counts=tuple(durations.counts),
        p50_ms=durations.quantile_ms(0.5),
        p99_ms=durations.quantile_ms(0.99),
        longest_ms=round(durations.longest_ms, 3),
    )
