"""What is said about the appliance's own health."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel

from webmacs_edge.web.schemas.fields import Instant


class HealthOut(BaseModel):
    """Whether the appliance works."""

    status: Literal["ok", "degraded"]
    version: str
    database: Literal["ok", "error"]
    last_datapoint: Instant | None
    uptime_seconds: float


class SpreadOut(BaseModel):
    """How long something takes: how often it took at most so long, and the longest."""

    bounds_ms: tuple[float, ...]  # the last count has no bound
    counts: tuple[int, ...]
    p50_ms: float
    p99_ms: float
    longest_ms: float


class CycleOut(BaseModel):
    """How the acquisition keeps its time, since the start."""

    scan_hz: float
    cycles: int
    overruns: int
    read_failures: int
    scans_dropped: int
    lateness: SpreadOut
    work: SpreadOut


class HealthDetailOut(HealthOut):
    """The same for somebody who is signed in, with how the cycle and the bus do."""

    what: str  # why it is degraded; "" when it is not
    device: str
    notice: str  # what somebody should do although it works
    cycle: CycleOut
    bus: Mapping[str, int]  # as the driver names it; times in µs
    samples_at_risk_s: float
    samples_dropped: int
