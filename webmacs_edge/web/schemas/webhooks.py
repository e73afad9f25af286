"""What is said about webhooks and their deliveries: API input and output."""

import json
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    Field,
    StringConstraints,
    field_validator,
)

from webmacs_edge.model.text import text
from webmacs_edge.model.webhook_templates import WebhookTemplate
from webmacs_edge.model.webhooks import DeliveryStatus, WebhookEventType
from webmacs_edge.web.schemas.fields import FORM, LEFT_OUT, LENIENT, OUTPUT, Instant, Moment
from webmacs_edge.web.schemas.lists import PageQuery

MAX_URL = 2048
MAX_SECRET = 255
MAX_SECRET_BYTES = 700  # so that it still fits its column once it is sealed
MAX_EVENTS = 50
MAX_ATTEMPTS = 50


def receiver_url(given: str) -> str:
    """The URL as it stands; ValueError unless something can be sent there."""
    fault = text("Please give a URL that begins with http:// or https:// and names a host.")
    if not given.isprintable() or any(character.isspace() for character in given):
        raise ValueError(fault)
    try:
        parts = urlsplit(given)
        is_fit = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:
        raise ValueError(fault) from error
    if not is_fit:
        raise ValueError(fault)
    return given


def short_secret(given: str) -> str:
    """The secret; ValueError when its UTF-8 is too long."""
    if len(given.encode()) > MAX_SECRET_BYTES:
        raise ValueError(
            text(
                "Please use a secret of at most {max_secret_bytes} bytes.",
                max_secret_bytes=MAX_SECRET_BYTES,
            )
        )
    return given


ReceiverUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_URL),
    AfterValidator(receiver_url),
    Field(json_schema_extra={"format": "uri"}),
]
Secret = Annotated[
    str,
    StringConstraints(strip_whitespace=False, max_length=MAX_SECRET),
    AfterValidator(short_secret),
]
EventTypes = Annotated[list[WebhookEventType], Field(min_length=1, max_length=MAX_EVENTS)]
Attempts = Annotated[int, Field(ge=1, le=MAX_ATTEMPTS)]


class WebhookIn(BaseModel):
    """A new receiver. The secret signs what is sent; it is never shown again."""

    model_config = LENIENT

    url: ReceiverUrl
    secret: Secret | None = None
    events: EventTypes
    enabled: bool = True
    template: WebhookTemplate = WebhookTemplate.plain
    attempts: Attempts | None = None  # None: as is usual for the type


class WebhookPatch(BaseModel):
    """Any part of a webhook; what is left out stays, and a secret of null is forgotten."""

    model_config = LENIENT

    url: ReceiverUrl = LEFT_OUT
    secret: Secret | None = None
    events: EventTypes = LEFT_OUT
    enabled: bool = LEFT_OUT
    template: WebhookTemplate = LEFT_OUT
    attempts: Attempts | None = None


class WebhookForm(BaseModel):
    """The form of a webhook; an empty secret keeps the one it has, unless that is forgotten."""

    model_config = FORM

    url: ReceiverUrl
    secret: Secret | None = None
    forget_secret: bool = False
    events: list[WebhookEventType] = Field(
        default_factory=list, max_length=MAX_EVENTS, validate_default=True
    )
    enabled: bool = False
    template: WebhookTemplate = WebhookTemplate.plain
    attempts: Attempts | None = None

    @field_validator("events")
    @classmethod
    def _at_least_one(cls, events: list[WebhookEventType]) -> list[WebhookEventType]:
        if not events:
            raise ValueError(text("Please choose at least one thing to be told of."))
        return events


class WebhookOut(BaseModel):
    """A webhook as programs see it: without its secret."""

    model_config = OUTPUT

    public_id: str
    url: str
    events: list[str]
    enabled: bool
    created_on: Instant | None = Field(validation_alias=AliasChoices("created_on_ms", "created_on"))
    user_public_id: str | None
    template: WebhookTemplate
    attempts: int | None

    @field_validator("events", mode="before")
    @classmethod
    def _from_column(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


class DeliveryQuery(PageQuery):
    """Which deliveries: in which state, of which type, from and before a moment."""

    status: DeliveryStatus | None = None
    event_type: str = Field("", max_length=100)
    from_ms: Moment | None = Field(None, alias="from")
    to_ms: Moment | None = Field(None, alias="to")


class DeliveryOut(BaseModel):
    """A delivery as programs see it: without what it carries."""

    model_config = OUTPUT

    public_id: str
    event_type: str
    status: DeliveryStatus
    attempts: int
    last_error: str | None
    response_code: int | None
    created_on: Instant | None = Field(validation_alias=AliasChoices("created_on_ms", "created_on"))
    delivered_on: Instant | None = Field(
        validation_alias=AliasChoices("delivered_on_ms", "delivered_on")
    )
    next_attempt_on: Instant | None = Field(
        validation_alias=AliasChoices("next_attempt_on_ms", "next_attempt_on")
    )
