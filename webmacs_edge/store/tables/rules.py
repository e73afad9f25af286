"""Rules, webhooks and what they send."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webmacs_edge.store.tables.base import Base, new_owner, new_public_id


class Rule(Base):
    """A condition on a channel and what to do when it holds."""

    __tablename__ = "rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    name: Mapped[str] = mapped_column(String(255), unique=True)
    event_public_id: Mapped[str] = mapped_column(ForeignKey("events.public_id"), index=True)
    operator: Mapped[str] = mapped_column(String(20))
    threshold: Mapped[float]
    threshold_high: Mapped[float | None]
    action_type: Mapped[str] = mapped_column(String(20))
    webhook_event_type: Mapped[str | None] = mapped_column(String(100))
    enabled: Mapped[bool] = mapped_column(default=True, index=True)
    cooldown_seconds: Mapped[int] = mapped_column(default=60)
    last_triggered_at_ms: Mapped[int | None]
    created_on_ms: Mapped[int]
    user_public_id: Mapped[str | None] = new_owner()


class Webhook(Base):
    """A receiver of our happenings."""

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    url: Mapped[str] = mapped_column(String(2048), unique=True)
    secret: Mapped[str | None] = mapped_column(String(1024))
    events: Mapped[str] = mapped_column(Text)  # JSON array of types
    enabled: Mapped[bool] = mapped_column(default=True)
    created_on_ms: Mapped[int]
    user_public_id: Mapped[str | None] = new_owner()


class WebhookDelivery(Base):
    """One payload on its way to a receiver."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    webhook_id: Mapped[int] = mapped_column(
        ForeignKey("webhooks.id", ondelete="CASCADE"), index=True
    )
    event_type: Mapped[str] = mapped_column(String(100), index=True)
    payload: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), default="pending", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    response_code: Mapped[int | None]
    created_on_ms: Mapped[int] = mapped_column(index=True)
    delivered_on_ms: Mapped[int | None]
