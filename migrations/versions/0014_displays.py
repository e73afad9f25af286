"""wall screens."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "displays",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("turns_json", sa.Text(), nullable=False),
        sa.Column("stops_on_alarm", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("is_reusable", sa.Boolean(), nullable=False),
        sa.Column("generation", _BIG, nullable=False),
        sa.Column("created_on_ms", _BIG, nullable=False),
        sa.Column("expires_on_ms", _BIG, nullable=True),
        sa.Column("opened_on_ms", _BIG, nullable=True),
        sa.Column("opened_from", sa.String(100), nullable=False),
        sa.Column("seen_on_ms", _BIG, nullable=True),
        sa.Column("user_public_id", sa.String(100), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name="fk_displays_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_displays"),
        sa.UniqueConstraint("public_id", name="uq_displays_public_id"),
        sa.UniqueConstraint("token_hash", name="uq_displays_token_hash"),
    )
    op.create_index("ix_displays_user_public_id", "displays", ["user_public_id"])
