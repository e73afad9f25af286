"""What is said about the appliance's own health."""

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
