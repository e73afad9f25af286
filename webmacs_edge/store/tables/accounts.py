"""Who may come in, and with what."""

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webmacs_edge.model.words import TokenScope, UserRole
from webmacs_edge.store.tables.base import Base, new_public_id


class User(Base):
    """Someone who may sign in."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("sso_provider", "sso_subject_id"),
        {"sqlite_autoincrement": True},  # JWTs name the id: it must never be used again
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    email: Mapped[str] = mapped_column(String(255), unique=True)
    username: Mapped[str] = mapped_column(String(50), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[UserRole]
    registered_on_ms: Mapped[int]
    token_generation: Mapped[int] = mapped_column(default=0)  # older tokens are void
    enabled: Mapped[bool] = mapped_column(default=True)
    sso_provider: Mapped[str | None] = mapped_column(String(100))
    sso_subject_id: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(10), default="")  # of the pages; "": by itself
    theme: Mapped[str] = mapped_column(String(20), default="")  # light, dark, contrast; "": system
    removed_on_ms: Mapped[int | None]  # deleted: anonymous, kept for what they made


class BlacklistToken(Base):
    """The SHA-256 of a bearer token that was signed out before it expired."""

    __tablename__ = "blacklist_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(500), unique=True)
    blacklisted_on_ms: Mapped[int] = mapped_column(index=True)


class ApiToken(Base):
    """A long-lived bearer token of a program; only the SHA-256 of its text is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    name: Mapped[str] = mapped_column(String(255))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[TokenScope] = mapped_column(default=TokenScope.full)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at_ms: Mapped[int]
    last_used_at_ms: Mapped[int | None]
    expires_at_ms: Mapped[int | None]
    user: Mapped[User] = relationship(lazy="raise")


class Login(Base):
    """One sign-in of a person: a browser or a program that holds a JWT; of its `jti` a hash."""

    __tablename__ = "logins"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    token_id: Mapped[str] = mapped_column(String(100), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(100), default="")
    user_agent: Mapped[str] = mapped_column(String(255), default="")
    created_on_ms: Mapped[int]
    seen_on_ms: Mapped[int]  # rounded: not written on every request
    expires_on_ms: Mapped[int] = mapped_column(index=True)
    ended_on_ms: Mapped[int | None]
