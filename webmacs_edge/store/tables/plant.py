"""Channels, experiments, notes."""

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webmacs_edge.model.text import recalled
from webmacs_edge.model.words import EventType, LoggingType, StatusType
from webmacs_edge.store.tables.base import Base, new_owner, new_public_id


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
    public_id: Mapped[str] = new_public_id()
    name: Mapped[str] = mapped_column(String(255))
    min_value: Mapped[float]
    max_value: Mapped[float]
    unit: Mapped[str] = mapped_column(String(255))
    type: Mapped[EventType]
    user_public_id: Mapped[str | None] = new_owner()

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
    formula: Mapped[str] = mapped_column(Text, default="")  # of a derived channel; "": measured
    frozen_s: Mapped[float | None]  # unchanged for longer: uncertain; 0: never; None: by its kind
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
    public_id: Mapped[str] = new_public_id()
    name: Mapped[str] = mapped_column(String(255), unique=True)
    started_on_ms: Mapped[int]
    stopped_on_ms: Mapped[int | None]
    user_public_id: Mapped[str | None] = new_owner()
    protected: Mapped[bool] = mapped_column(default=False)  # retention keeps what it spans
    description: Mapped[str] = mapped_column(Text, default="")
    tags: Mapped[str] = mapped_column(String(600), default="")  # "a, b"
    operators: Mapped[str] = mapped_column(String(255), default="")  # who ran it, as they say
    outcome: Mapped[str] = mapped_column(String(20), default="")  # of model.experiments.Outcome
    conclusion: Mapped[str] = mapped_column(Text, default="")


class ExperimentPhase(Base):
    """A named part of an experiment; it lasts until the next one begins, or the end."""

    __tablename__ = "experiment_phases"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    experiment_public_id: Mapped[str] = mapped_column(
        ForeignKey("experiments.public_id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(100))
    started_on_ms: Mapped[int]
    author: Mapped[str] = mapped_column(String(255))
    user_public_id: Mapped[str | None] = new_owner()


class LogEntry(Base):
    """A note for the operator."""

    __tablename__ = "log_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    content: Mapped[str] = mapped_column(String(500))
    logging_type: Mapped[LoggingType]
    status_type: Mapped[StatusType] = mapped_column(default=StatusType.unread)
    created_on_ms: Mapped[int] = mapped_column(index=True)
    user_public_id: Mapped[str | None] = new_owner()
    content_json: Mapped[str | None] = mapped_column(Text)  # the content, for other languages

    @property
    def told(self) -> str:
        """The content as pages show it: what the appliance wrote in the language of who reads."""
        return recalled(self.content, self.content_json)
