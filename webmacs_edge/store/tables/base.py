"""What every table of `config.db` is made with."""

from sqlalchemy import BigInteger, Enum, ForeignKey, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from webmacs_edge.model.words import EventType, LoggingType, StatusType, TokenScope, UserRole

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
        TokenScope: Enum(TokenScope, native_enum=False, length=20),
        EventType: Enum(EventType, native_enum=False, length=20),
        LoggingType: Enum(LoggingType, native_enum=False, length=20),
        StatusType: Enum(StatusType, native_enum=False, length=20),
    }


def new_public_id() -> Mapped[str]:
    """The id that the world sees."""
    return mapped_column(String(100), unique=True)


def new_owner() -> Mapped[str | None]:
    """Whoever made it; deleting the user keeps the row."""
    return mapped_column(
        String(100), ForeignKey("users.public_id", ondelete="SET NULL"), index=True
    )
