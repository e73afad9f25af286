"""E-mails on their way."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webmacs_edge.model.text import recalled
from webmacs_edge.store.tables.base import Base, new_public_id


class Email(Base):
    """One e-mail; written in the transaction of its cause."""

    __tablename__ = "emails"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    recipients: Mapped[str] = mapped_column(Text)  # with commas in between
    subject: Mapped[str] = mapped_column(String(255))
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), default="pending", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_on_ms: Mapped[int] = mapped_column(index=True)
    sent_on_ms: Mapped[int | None]
    next_attempt_on_ms: Mapped[int | None]
    error_json: Mapped[str | None] = mapped_column(Text)  # the last error, for other languages

    @property
    def why(self) -> str:
        """The last error as pages show it, in the language of who reads; "" for none."""
        return recalled(self.last_error or "", self.error_json)
