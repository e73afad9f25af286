"""What is said about datapoints: the stored samples of channels."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from webmacs_edge.web.schemas.fields import LENIENT, Instant

MAX_SERIES = 20
MAX_MINUTES = 14_400
MAX_POINTS = 2000


class SeriesIn(BaseModel):
    """Which channels over how long, in how many points each."""

    model_config = LENIENT

    event_public_ids: list[Annotated[str, StringConstraints(max_length=100)]] = Field(
        min_length=1, max_length=MAX_SERIES
    )
    minutes: int = Field(60, ge=1, le=MAX_MINUTES)
    max_points: int = Field(500, ge=10, le=MAX_POINTS)


class DatapointOut(BaseModel):
    """One value of one channel."""

    public_id: str
    value: float
    timestamp: Instant
    event_public_id: str
    experiment_public_id: str | None
