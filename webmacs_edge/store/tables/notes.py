"""What people write beside the values: annotations of the trends."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webmacs_edge.model.text import recalled
from webmacs_edge.store.tables.base import Base, new_owner, new_public_id


class Annotation(Base):
    """A remark at a moment, of a channel or of the plant; it outlives who wrote it and the run."""

    __tablename__ = "annotations"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    at_ms: Mapped[int] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(String(500))
    author: Mapped[str] = mapped_column(String(255))  # their name when they wrote it
    event_public_id: Mapped[str | None] = mapped_column(
        String(100), ForeignKey("events.public_id", ondelete="SET NULL"), index=True
    )
    experiment_public_id: Mapped[str | None] = mapped_column(
        String(100), ForeignKey("experiments.public_id", ondelete="SET NULL"), index=True
    )
    user_public_id: Mapped[str | None] = new_owner()
    created_on_ms: Mapped[int]
    text_json: Mapped[str | None] = mapped_column(Text)  # the text, for other languages

    @property
    def told(self) -> str:
        """The text as pages show it: what the appliance wrote in the language of who reads."""
        return recalled(self.text, self.text_json)
