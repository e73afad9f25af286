"""Settings of the site, updates, what was thinned and written."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webmacs_edge.model.text import recalled
from webmacs_edge.store.tables.base import Base, new_owner, new_public_id


class FirmwareUpdate(Base):
    """A release of this software and its course on this box."""

    __tablename__ = "firmware_updates"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
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
    user_public_id: Mapped[str | None] = new_owner()
    error_json: Mapped[str | None] = mapped_column(Text)  # the error, for other languages

    @property
    def why(self) -> str:
        """The error as pages show it, in the language of who reads; "" for none."""
        return recalled(self.error_message or "", self.error_json)


class SiteSetting(Base):
    """Something that the site decided, or that the appliance must remember, as JSON by name."""

    __tablename__ = "site_settings"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    value_json: Mapped[str] = mapped_column(Text)
    changed_on_ms: Mapped[int]
    user_public_id: Mapped[str | None] = new_owner()


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
