"""What is said about rules: API input and output."""

from pydantic import AliasChoices, BaseModel, Field

from webmacs_edge.model.rules import ActionType, RuleOperator
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.web.schemas.fields import (
    LEFT_OUT,
    LENIENT,
    OUTPUT,
    Instant,
    Number,
    PublicId,
    Text,
)

MAX_COOLDOWN_S = 366 * 24 * 3600
_COOLDOWN_S = 60


class RuleIn(BaseModel):
    """A new rule. The thresholds must fit the operator: `threshold_high` only ends a range."""

    model_config = LENIENT

    name: Text
    event_public_id: PublicId
    operator: RuleOperator
    threshold: Number
    threshold_high: Number | None = None
    action_type: ActionType
    webhook_event_type: WebhookEventType | None = None
    enabled: bool = True
    cooldown_seconds: int = Field(_COOLDOWN_S, ge=0, le=MAX_COOLDOWN_S)


class RulePatch(BaseModel):
    """Any part of a rule; what is left out stays as it is."""

    model_config = LENIENT

    name: Text = LEFT_OUT
    event_public_id: PublicId = LEFT_OUT
    operator: RuleOperator = LEFT_OUT
    threshold: Number = LEFT_OUT
    threshold_high: Number | None = None
    action_type: ActionType = LEFT_OUT
    webhook_event_type: WebhookEventType | None = None
    enabled: bool = LEFT_OUT
    cooldown_seconds: int = Field(LEFT_OUT, ge=0, le=MAX_COOLDOWN_S)


class RuleOut(BaseModel):
    """A rule as programs see it."""

    model_config = OUTPUT

    public_id: str
    name: str
    event_public_id: str
    operator: RuleOperator
    threshold: float
    threshold_high: float | None
    action_type: ActionType
    webhook_event_type: str | None
    enabled: bool
    cooldown_seconds: int
    last_triggered_at: Instant | None = Field(
        validation_alias=AliasChoices("last_triggered_at_ms", "last_triggered_at")
    )
    created_on: Instant | None = Field(validation_alias=AliasChoices("created_on_ms", "created_on"))
    user_public_id: str | None
