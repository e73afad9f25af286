"""what interlocks did and why, checks of channels from the terminal to the screen."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "interlock_trips",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("at_ms", _BIG, nullable=False),
        _text("interlock_public_id", 100),
        _text("name", 255),
        _text("move", 20),
        sa.Column("cause", sa.Text(), nullable=False),
        _text("actor", 255),
        sa.PrimaryKeyConstraint("id", name="pk_interlock_trips"),
    )
    op.create_index(
        "ix_interlock_trips_interlock_public_id", "interlock_trips", ["interlock_public_id"]
    )
    op.create_table(
        "channel_checks",
        sa.Column("id", _BIG, nullable=False),
        _text("public_id", 100),
        _text("event_public_id", 100),
        _text("name", 255),
        sa.Column("at_ms", _BIG, nullable=False),
        _text("kind", 20),
        sa.Column("steps_json", sa.Text(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        _text("note", 500),
        _text("place", 300),
        _text("fingerprint", 100),
        _text("actor", 255),
        sa.Column("user_public_id", sa.String(length=100), nullable=True),
        sa.UniqueConstraint("public_id", name="uq_channel_checks_public_id"),
        sa.PrimaryKeyConstraint("id", name="pk_channel_checks"),
    )
    op.create_index("ix_channel_checks_event_public_id", "channel_checks", ["event_public_id"])


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=False)
