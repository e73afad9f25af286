"""What is said about datapoints: the stored samples of channels."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from webmacs_edge.acquisition.intake import EARLIEST_MS, MAX_AHEAD_MS
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.schemas.fields import LENIENT, Instant, Moment
from webmacs_edge.web.schemas.lists import PageQuery

MAX_SERIES = 20
MAX_MINUTES = 14_400
MAX_POINTS = 2000
MAX_BATCH = 500


def _in_time(at_ms: int) -> int:
    if at_ms < EARLIEST_MS:
        raise ValueError(
            text("The timestamp lies before the year 2000. Is the sender's clock set?")
        )
    if at_ms > now_ms() + MAX_AHEAD_MS:
        raise ValueError(
            text(
                "The timestamp lies more than {max_ahead_ms} s in the future. "
                "Is the sender's clock right?",
                max_ahead_ms=MAX_AHEAD_MS // 1000,
            )
        )
    return at_ms


PublicId = Annotated[str, StringConstraints(max_length=100)]


class DatapointIn(BaseModel):
    """One value of one channel; measured now unless it says when."""

    model_config = LENIENT

    value: float = Field(allow_inf_nan=False)
    event_public_id: PublicId
    timestamp: Annotated[Moment, AfterValidator(_in_time)] | None = None


class BatchIn(BaseModel):
    """Values of any channels."""

    model_config = LENIENT

    datapoints: list[DatapointIn] = Field(max_length=MAX_BATCH)


class SeriesIn(BaseModel):
    """Which channels over how long, in how many points each."""

    model_config = LENIENT

    event_public_ids: list[PublicId] = Field(min_length=1, max_length=MAX_SERIES)
    minutes: int = Field(60, ge=1, le=MAX_MINUTES)
    max_points: int = Field(500, ge=10, le=MAX_POINTS)


class DatapointQuery(PageQuery):
    """Which datapoints: of a channel, of an experiment, from and before a moment."""

    event_public_id: PublicId | None = None
    experiment_public_id: PublicId | None = None
    from_ms: Moment | None = Field(None, alias="from")
    to_ms: Moment | None = Field(None, alias="to")


class DatapointOut(BaseModel):
    """One value of one channel."""

    public_id: str
    value: float
    timestamp: Instant
    event_public_id: str
    experiment_public_id: str | None


class StoredDatapointOut(DatapointOut):
    """One stored value, and how far it can be trusted: good, uncertain, bad, stale."""

    quality: str
