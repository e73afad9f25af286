"""Pictures for dashboards."""

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webmacs_edge.store.tables.base import Base, new_owner, new_public_id


class Picture(Base):
    """What is said of a picture that somebody uploaded."""

    __tablename__ = "pictures"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10))  # of model.pictures.PictureKind
    width: Mapped[float]
    height: Mapped[float]
    size_bytes: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the content
    parts: Mapped[str] = mapped_column(Text, default="")  # ids in a drawing, a line each
    dropped: Mapped[str] = mapped_column(String(1000), default="")  # what was left out, in words
    created_on_ms: Mapped[int]
    updated_on_ms: Mapped[int]
    user_public_id: Mapped[str | None] = new_owner()


class PictureContent(Base):
    """The picture itself, apart from what lists read."""

    __tablename__ = "picture_contents"

    picture_id: Mapped[int] = mapped_column(
        ForeignKey("pictures.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    content: Mapped[bytes] = mapped_column(LargeBinary)
