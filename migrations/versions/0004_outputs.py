"""outputs that may be commanded, interlocks, what holds all outputs safe."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    _create_outputs()
    _create_interlocks()
    op.create_table(
        "output_holds",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("at_ms", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_output_holds"),
    )


def _float(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _owner(table: str) -> tuple[sa.Column[Any], sa.Constraint]:
    return sa.Column("user_public_id", sa.String(length=100), nullable=True), (
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name=f"fk_{table}_user_public_id",
            ondelete="SET NULL",
        )
    )


def _create_outputs() -> None:
    op.create_table(
        "outputs",
        sa.Column("id", _BIG, nullable=False),
        _text("event_public_id", 100),
        _float("safe_value"),
        _float("min_value"),
        _float("max_value"),
        _float("rate_per_s", nullable=True),
        _float("min_on_s"),
        _float("min_off_s"),
        _float("max_on_s", nullable=True),
        _text("role", 20),
        _flag("needs_confirmation"),
        _text("during_update", 20),
        sa.Column("holds", _BIG, nullable=False),
        _text("owner", 100),
        _text("place", 300),
        sa.Column("created_on_ms", _BIG, nullable=False),
        *_owner("outputs"),
        sa.ForeignKeyConstraint(
            ["event_public_id"], ["events.public_id"], name="fk_outputs_event_public_id"
        ),
        sa.UniqueConstraint("event_public_id", name="uq_outputs_event_public_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outputs"),
    )
    op.create_index("ix_outputs_user_public_id", "outputs", ["user_public_id"])


def _create_interlocks() -> None:
    op.create_table(
        "interlocks",
        sa.Column("id", _BIG, nullable=False),
        _text("public_id", 100),
        _text("name", 255),
        _text("action", 20),
        sa.Column("outputs_json", sa.Text(), nullable=False),
        sa.Column("conditions_json", sa.Text(), nullable=False),
        _flag("needs_all"),
        _flag("is_latching"),
        _float("delay_s"),
        _flag("enabled"),
        sa.Column("latched", sa.Text(), nullable=False),
        sa.Column("created_on_ms", _BIG, nullable=False),
        *_owner("interlocks"),
        sa.UniqueConstraint("public_id", name="uq_interlocks_public_id"),
        sa.UniqueConstraint("name", name="uq_interlocks_name"),
        sa.PrimaryKeyConstraint("id", name="pk_interlocks"),
    )
    op.create_index("ix_interlocks_user_public_id", "interlocks", ["user_public_id"])
