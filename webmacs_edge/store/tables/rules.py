"""Rules, webhooks and what they send."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webmacs_edge.model.text import recalled
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
    # All beyond the condition and action that WebMACS 2.x knew, as JSON (`model/rule_texts.py`).
    more_json: Mapped[str] = mapped_column(Text, default="{}")


class RuleMemory(Base):
    """What a rule must remember over a restart: delays, cooldown, its alarm, as JSON."""

    __tablename__ = "rule_states"

    rule_id: Mapped[int] = mapped_column(
        ForeignKey("rules.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    state_json: Mapped[str] = mapped_column(Text)
    changed_on_ms: Mapped[int]


class AlarmEntry(Base):
    """One thing that happened to an alarm; outlives its rule."""

    __tablename__ = "alarm_journal"

    id: Mapped[int] = mapped_column(primary_key=True)
    at_ms: Mapped[int] = mapped_column(index=True)
    rule_public_id: Mapped[str] = mapped_column(String(100), index=True)
    name: Mapped[str] = mapped_column(String(255))  # of the rule, then
    priority: Mapped[str] = mapped_column(String(20))
    group_name: Mapped[str] = mapped_column(String(100), default="")
    move: Mapped[str] = mapped_column(String(20), index=True)  # raised | returned | …
    value: Mapped[float | None]  # what was compared
    unit: Mapped[str] = mapped_column(String(255), default="")
    first_out: Mapped[bool] = mapped_column(default=False)  # the first of its group to be raised
    user_public_id: Mapped[str | None] = mapped_column(String(100))  # None: the appliance
    actor: Mapped[str] = mapped_column(String(255), default="")
    comment: Mapped[str] = mapped_column(String(500), default="")
    until_ms: Mapped[int | None]  # of a shelf


class Webhook(Base):
    """A receiver of our happenings."""

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    url: Mapped[str] = mapped_column(String(2048), unique=True)
    secret: Mapped[str | None] = mapped_column(String(2048))  # sealed
    events: Mapped[str] = mapped_column(Text)  # JSON array of types
    enabled: Mapped[bool] = mapped_column(default=True)
    template: Mapped[str] = mapped_column(String(20), default="plain")
    attempts: Mapped[int | None]  # at most; None: as is usual for the type
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
    text: Mapped[str] = mapped_column(String(500), default="")  # a sentence for people
    next_attempt_on_ms: Mapped[int | None]  # not before; None: at once
    error_json: Mapped[str | None] = mapped_column(Text)  # the last error, for other languages

    @property
    def why(self) -> str:
        """The last error as pages show it, in the language of who reads; "" for none."""
        return recalled(self.last_error or "", self.error_json)
