"""Wall screens."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webmacs_edge.store.tables.base import Base, new_owner, new_public_id


class Display(Base):
    """A screen that shows a few dashboards and may see nothing else."""

    __tablename__ = "displays"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    name: Mapped[str] = mapped_column(String(100))
    turns_json: Mapped[str] = mapped_column(Text)  # of model.displays.Turn
    stops_on_alarm: Mapped[bool] = mapped_column(default=False)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # None: link was used
    is_reusable: Mapped[bool] = mapped_column(default=False)  # its link, by a forgetful browser
    generation: Mapped[int] = mapped_column(default=0)  # proofs of an older one are void
    created_on_ms: Mapped[int]
    expires_on_ms: Mapped[int | None]
    opened_on_ms: Mapped[int | None]  # when its link was used last …
    opened_from: Mapped[str] = mapped_column(String(100), default="")  # … and from which address
    seen_on_ms: Mapped[int | None]  # rounded: not written on every request
    user_public_id: Mapped[str | None] = new_owner()
