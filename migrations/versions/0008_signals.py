"""derived channels, calibrations, forced values."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    op.add_column("events", sa.Column("formula", sa.Text(), nullable=False, server_default=""))
    op.add_column("events", sa.Column("frozen_s", sa.Double(), nullable=True))
    _create_calibrations()
    _create_forced_values()
    op.create_table(
        "channel_memories",
        sa.Column("event_id", _BIG, nullable=False, autoincrement=False),
        sa.Column("state_json", sa.Text(), nullable=False),
        _big("changed_on_ms"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_channel_memories_event_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name="pk_channel_memories"),
    )


def _big(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _BIG, nullable=nullable)


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _of_channel(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["event_public_id"], ["events.public_id"], name=f"fk_{table}_event_public_id"
        ),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name=f"fk_{table}_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("public_id", name=f"uq_{table}_public_id"),
    )


def _index(table: str) -> None:
    for column in ("event_public_id", "user_public_id"):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _create_calibrations() -> None:
    op.create_table(
        "calibrations",
        _big("id"),
        _text("public_id", 100),
        _text("event_public_id", 100),
        sa.Column("points_json", sa.Text(), nullable=False),
        _big("calibrated_on_ms"),
        _big("due_on_ms", nullable=True),
        _text("person", 255),
        _text("reference", 255),
        _text("note", 500),
        _big("created_on_ms"),
        sa.Column("user_public_id", sa.String(length=100), nullable=True),
        *_of_channel("calibrations"),
    )
    _index("calibrations")


def _create_forced_values() -> None:
    op.create_table(
        "forced_values",
        _big("id"),
        _text("public_id", 100),
        _text("event_public_id", 100),
        sa.Column("value", sa.Double(), nullable=False),
        _text("reason", 255),
        _text("forced_by", 255),
        _big("started_on_ms"),
        _big("until_ms"),
        _big("ended_on_ms", nullable=True),
        _text("ended_by", 255),
        sa.Column("user_public_id", sa.String(length=100), nullable=True),
        *_of_channel("forced_values"),
    )
    _index("forced_values")
    op.create_index(
        "uq_forced_values_standing",
        "forced_values",
        ["event_public_id"],
        unique=True,
        sqlite_where=sa.text("ended_on_ms IS NULL"),
        postgresql_where=sa.text("ended_on_ms IS NULL"),
    )
