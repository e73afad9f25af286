"""What stands in the outbox, and how attempts to send it end."""

from dataclasses import dataclass

from webmacs_edge.model.webhooks import DeliveryStatus


@dataclass(frozen=True, slots=True)
class Lane:
    """A webhook with something to send, and when its next delivery may be tried (UTC, ms)."""

    webhook_id: int
    due_ms: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A delivery with all that is needed to send it."""

    id: int
    public_id: str
    event_type: str
    payload: str
    text: str  # a sentence for people; "" when nobody wrote one
    attempts: int  # so far
    webhook_public_id: str
    url: str
    secret: str | None  # sealed
    template: str
    most_attempts: int | None  # None: as is usual for the type


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt at a delivery ended."""

    id: int
    status: DeliveryStatus
    attempts: int
    response_code: int | None
    error: str | None
    at_ms: int
    next_attempt_on_ms: int | None = None  # None: at once, or never again
