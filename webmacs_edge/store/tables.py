"""The tables of `config.db`: the nouns a site configures. Times are UTC milliseconds."""

from sqlalchemy import (
    BigInteger,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from webmacs_edge.model.words import EventType, LoggingType, StatusType, UserRole

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The one metadata of `config.db`.

    Partial indexes say `sqlite_where` only: naming PostgreSQL here would load its dialect (2 MiB).
    The migrations say it for both.
    """

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012 read once by SQLAlchemy
        int: BigInteger().with_variant(Integer, "sqlite"),
        UserRole: Enum(UserRole, native_enum=False, length=20),
        EventType: Enum(EventType, native_enum=False, length=20),
        LoggingType: Enum(LoggingType, native_enum=False, length=20),
        StatusType: Enum(StatusType, native_enum=False, length=20),
    }


def _public_id() -> Mapped[str]:
    return mapped_column(String(100), unique=True)


def _owner() -> Mapped[str | None]:
    """Whoever made it; deleting the user keeps the row."""
    return mapped_column(
        String(100), ForeignKey("users.public_id", ondelete="SET NULL"), index=True
    )


class User(Base):
    """Someone who may sign in."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("sso_provider", "sso_subject_id"),
        {"sqlite_autoincrement": True},  # JWTs name the id: it must never be used again
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = _public_id()
    email: Mapped[str] = mapped_column(String(255), unique=True)
    username: Mapped[str] = mapped_column(String(50), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[UserRole]
    registered_on_ms: Mapped[int]
    token_generation: Mapped[int] = mapped_column(default=0)  # older tokens are void
    sso_provider: Mapped[str | None] = mapped_column(String(100))
    sso_subject_id: Mapped[str | None] = mapped_column(String(255))


class Event(Base):
    """A channel: a configured point of the plant. `id` is its key in the history."""

    __tablename__ = "events"
    __table_args__ = (
        Index(
            "uq_events_name",
            "name",
            unique=True,
            sqlite_where=text("removed_on_ms IS NULL"),
        ),
        Index(
            "uq_events_point_id",
            "point_id",
            unique=True,
            sqlite_where=text("removed_on_ms IS NULL"),
        ),
        {"sqlite_autoincrement": True},  # the history is keyed by id: never used again
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = _public_id()
    name: Mapped[str] = mapped_column(String(255))
    min_value: Mapped[float]
    max_value: Mapped[float]
    unit: Mapped[str] = mapped_column(String(255))
    type: Mapped[EventType]
    user_public_id: Mapped[str | None] = _owner()

    point_id: Mapped[str | None] = mapped_column(String(200))  # I/O point; None: fed from outside
    group_name: Mapped[str] = mapped_column(String(100), default="")
    position: Mapped[int] = mapped_column(default=0)  # order on pages
    is_digital: Mapped[bool] = mapped_column(default=False)
    on_text: Mapped[str] = mapped_column(String(40), default="On")
    off_text: Mapped[str] = mapped_column(String(40), default="Off")
    decimals: Mapped[int] = mapped_column(default=2)  # resolution kept in the history
    factor: Mapped[float] = mapped_column(default=1.0)  # value = factor * native + offset
    offset: Mapped[float] = mapped_column(default=0.0)
    low_limit: Mapped[float | None]
    high_limit: Mapped[float | None]
    recorded: Mapped[bool] = mapped_column(default=True)
    divider: Mapped[int] = mapped_column(default=1)  # recorded at most every n-th cycle
    deadband: Mapped[float] = mapped_column(default=0.0)  # in the channel's unit
    silence_s: Mapped[float] = mapped_column(default=10.0)  # recorded at least this often
    retention_days: Mapped[int | None]  # of its samples; None: as the site says
    rollup_days: Mapped[int | None]  # of the summaries that outlive them; None: as the site says
    created_on_ms: Mapped[int]
    removed_on_ms: Mapped[int | None]


class Experiment(Base):
    """A named span of time; owns no samples. At most one is running."""

    __tablename__ = "experiments"
    __table_args__ = (
        Index(
            "uq_experiments_running",
            text("(stopped_on_ms IS NULL)"),
            unique=True,
            sqlite_where=text("stopped_on_ms IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = _public_id()
    name: Mapped[str] = mapped_column(String(255), unique=True)
    started_on_ms: Mapped[int]
    stopped_on_ms: Mapped[int | None]
    user_public_id: Mapped[str | None] = _owner()
    protected: Mapped[bool] = mapped_column(default=False)  # retention keeps what it spans


class LogEntry(Base):
    """A note for the operator."""

    __tablename__ = "log_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = _public_id()
    content: Mapped[str] = mapped_column(String(500))
    logging_type: Mapped[LoggingType]
    status_type: Mapped[StatusType] = mapped_column(default=StatusType.unread)
    created_on_ms: Mapped[int] = mapped_column(index=True)
    user_public_id: Mapped[str | None] = _owner()


class BlacklistToken(Base):
    """The SHA-256 of a bearer token that was signed out before it expired."""

    __tablename__ = "blacklist_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(500), unique=True)
    blacklisted_on_ms: Mapped[int] = mapped_column(index=True)


class Rule(Base):
    """A condition on a channel and what to do when it holds."""

    __tablename__ = "rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = _public_id()
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
    user_public_id: Mapped[str | None] = _owner()


class Webhook(Base):
    """A receiver of our happenings."""

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = _public_id()
    url: Mapped[str] = mapped_column(String(2048), unique=True)
    secret: Mapped[str | None] = mapped_column(String(1024))
    events: Mapped[str] = mapped_column(Text)  # JSON array of types
    enabled: Mapped[bool] = mapped_column(default=True)
    created_on_ms: Mapped[int]
    user_public_id: Mapped[str | None] = _owner()


class WebhookDelivery(Base):
    """One payload on its way to a receiver."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = _public_id()
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


class FirmwareUpdate(Base):
    """A release of this software and its course on this box."""

    __tablename__ = "firmware_updates"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = _public_id()
    version: Mapped[str] = mapped_column(String(50), unique=True)
    changelog: Mapped[str | None] = mapped_column(Text)
    file_path: Mapped[str | None] = mapped_column(String(500))
    file_hash_sha256: Mapped[str | None] = mapped_column(String(64))
    file_size_bytes: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(20), default="pending", index=True)
    error_message: Mapped[str | None] = mapped_column(Text)
    created_on_ms: Mapped[int]
    started_on_ms: Mapped[int | None]
    completed_on_ms: Mapped[int | None]
    user_public_id: Mapped[str | None] = _owner()


class Dashboard(Base):
    """A page of widgets that somebody put together."""

    __tablename__ = "dashboards"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = _public_id()
    name: Mapped[str] = mapped_column(String(255))
    is_global: Mapped[bool] = mapped_column(default=False)
    created_on_ms: Mapped[int]
    user_public_id: Mapped[str | None] = _owner()


class DashboardWidget(Base):
    """One widget on a dashboard."""

    __tablename__ = "dashboard_widgets"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = _public_id()
    dashboard_id: Mapped[int] = mapped_column(
        ForeignKey("dashboards.id", ondelete="CASCADE"), index=True
    )
    widget_type: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(255))
    event_public_id: Mapped[str | None] = mapped_column(ForeignKey("events.public_id"))
    x: Mapped[int] = mapped_column(default=0)
    y: Mapped[int] = mapped_column(default=0)
    w: Mapped[int] = mapped_column(default=4)
    h: Mapped[int] = mapped_column(default=3)
    config_json: Mapped[str | None] = mapped_column(Text)


class SiteSetting(Base):
    """Something that the site decided, or that the appliance must remember, as JSON by name."""

    __tablename__ = "site_settings"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    value_json: Mapped[str] = mapped_column(Text)
    changed_on_ms: Mapped[int]
    user_public_id: Mapped[str | None] = _owner()


class Thinned(Base):
    """What retention removed on one day for one reason."""

    __tablename__ = "thinned"

    id: Mapped[int] = mapped_column(primary_key=True)
    at_ms: Mapped[int] = mapped_column(index=True)  # when it was removed last
    channel: Mapped[int | None]  # its key in the history; None: of several channels
    from_ms: Mapped[int]
    to_ms: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))  # raw | rollup
    samples: Mapped[int]
    bytes: Mapped[int]
    why: Mapped[str] = mapped_column(String(20))  # age | budget | space


class WrittenDay(Base):
    """How much was written to the device on one day (UTC), for the forecast of its wear."""

    __tablename__ = "written_days"

    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # since 1970-01-01
    app_bytes: Mapped[int] = mapped_column(default=0)
    device_bytes: Mapped[int] = mapped_column(default=0)
    counted_s: Mapped[int] = mapped_column(default=0)  # of the day's 86,400
