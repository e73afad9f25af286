"""What is done to the values of channels: calibrations, forced values, what formulas remember."""

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webmacs_edge.store.tables.base import Base, new_owner, new_public_id


class Calibration(Base):
    """One calibration of a channel; the newest holds, and none is ever changed or removed."""

    __tablename__ = "calibrations"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    event_public_id: Mapped[str] = mapped_column(ForeignKey("events.public_id"), index=True)
    points_json: Mapped[str] = mapped_column(Text)  # [[shown, true], …]; []: as scaled again
    calibrated_on_ms: Mapped[int]
    due_on_ms: Mapped[int | None]  # of the next one
    person: Mapped[str] = mapped_column(String(255))
    reference: Mapped[str] = mapped_column(String(255))  # the standard it was compared with
    note: Mapped[str] = mapped_column(String(500), default="")
    created_on_ms: Mapped[int]
    user_public_id: Mapped[str | None] = new_owner()


class ForcedValue(Base):
    """A value that stood, or stands, in the place of a measured one."""

    __tablename__ = "forced_values"
    __table_args__ = (
        Index(
            "uq_forced_values_standing",
            "event_public_id",
            unique=True,
            sqlite_where=text("ended_on_ms IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    event_public_id: Mapped[str] = mapped_column(ForeignKey("events.public_id"), index=True)
    value: Mapped[float]
    reason: Mapped[str] = mapped_column(String(255))
    forced_by: Mapped[str] = mapped_column(String(255))  # the name of the person then
    started_on_ms: Mapped[int]
    until_ms: Mapped[int]
    ended_on_ms: Mapped[int | None]
    ended_by: Mapped[str] = mapped_column(String(255), default="")  # "": its time was up
    user_public_id: Mapped[str | None] = new_owner()


class ChannelMemory(Base):
    """What the formula of a derived channel remembers over a restart."""

    __tablename__ = "channel_memories"

    event_id: Mapped[int] = mapped_column(
        ForeignKey("events.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    state_json: Mapped[str] = mapped_column(Text)
    changed_on_ms: Mapped[int]


class QualityReason(Base):
    """From a moment on values of a channel were doubted for this reason; outlives the channel."""

    __tablename__ = "quality_reasons"
    __table_args__ = (Index("ix_quality_reasons_event_id", "event_id", "at_ms"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int]
    at_ms: Mapped[int]
    quality: Mapped[int]
    words: Mapped[str] = mapped_column(Text)  # JSON: a sentence and how it was made
