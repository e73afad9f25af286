"""What is said about the newest values: each with its quality, and the reason for it in words."""

from pydantic import BaseModel

from webmacs_edge.web.schemas.fields import OUTPUT, Instant


class ValueOut(BaseModel):
    """The newest value of one channel."""

    event_public_id: str
    name: str
    unit: str
    value: float | None
    quality: str  # good, uncertain, bad, stale
    reason: str  # why it is not good, in words; "" when it is
    timestamp: Instant | None  # when it was really read
    is_forced: bool
    is_derived: bool
    is_simulated: bool  # of the virtual plant


class RelayOut(BaseModel):
    """How often one relay has switched."""

    model_config = OUTPUT

    module: str
    number: int
    cycles: int
    threshold: int  # 0: it warns never
    is_worn: bool
