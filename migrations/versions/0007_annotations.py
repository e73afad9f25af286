"""annotations of the trends."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER
_OWNERS = (("event", "events"), ("experiment", "experiments"), ("user", "users"))


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "annotations",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(100), nullable=False),
        sa.Column("at_ms", _BIG, nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("author", sa.String(255), nullable=False),
        *(sa.Column(f"{name}_public_id", sa.String(100), nullable=True) for name, _ in _OWNERS),
        sa.Column("created_on_ms", _BIG, nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_public_id"],
                [f"{table}.public_id"],
                name=f"fk_annotations_{name}_public_id",
                ondelete="SET NULL",
            )
            for name, table in _OWNERS
        ),
        sa.PrimaryKeyConstraint("id", name="pk_annotations"),
        sa.UniqueConstraint("public_id", name="uq_annotations_public_id"),
    )
    for column in ("at_ms", *(f"{name}_public_id" for name, _ in _OWNERS)):
        op.create_index(f"ix_annotations_{column}", "annotations", [column])
