"""The audit trail."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webmacs_edge.store.tables.base import Base


class AuditEntry(Base):
    """Who changed what, when, from where; append-only, each entry sealed onto the one before.

    Refers to nothing: entries outlive whatever they speak of.
    """

    __tablename__ = "audit_entries"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    at_ms: Mapped[int] = mapped_column(index=True)
    user_public_id: Mapped[str | None] = mapped_column(String(100), index=True)
    actor: Mapped[str] = mapped_column(String(255))  # the name they had then
    via: Mapped[str] = mapped_column(String(100))  # session | token <name> | command line | …
    address: Mapped[str] = mapped_column(String(100), default="")
    action: Mapped[str] = mapped_column(String(40), index=True)  # create | update | sign-in | …
    noun: Mapped[str] = mapped_column(String(40))  # the table, "" for none
    object_public_id: Mapped[str] = mapped_column(String(100), default="", index=True)
    object_name: Mapped[str] = mapped_column(String(255), default="")
    old_json: Mapped[str] = mapped_column(Text, default="{}")  # what changed, as it was
    new_json: Mapped[str] = mapped_column(Text, default="{}")  # and as it is now
    refused: Mapped[bool] = mapped_column(default=False)
    request_id: Mapped[str] = mapped_column(String(100), default="")
    hash: Mapped[str] = mapped_column(String(64))  # over all of this and the hash before it
