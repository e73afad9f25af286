"""what is said about experiments, and their phases."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    texts = {
        "description": sa.Text(),
        "tags": sa.String(600),
        "operators": sa.String(255),
        "outcome": sa.String(20),
        "conclusion": sa.Text(),
    }
    for name, kind in texts.items():
        op.add_column("experiments", sa.Column(name, kind, nullable=False, server_default=""))
    op.create_table(
        "experiment_phases",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(100), nullable=False),
        sa.Column("experiment_public_id", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("started_on_ms", _BIG, nullable=False),
        sa.Column("author", sa.String(255), nullable=False),
        sa.Column("user_public_id", sa.String(100), nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment_public_id"],
            ["experiments.public_id"],
            name="fk_experiment_phases_experiment_public_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name="fk_experiment_phases_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_experiment_phases"),
        sa.UniqueConstraint("public_id", name="uq_experiment_phases_public_id"),
    )
    for column in ("experiment_public_id", "user_public_id"):
        op.create_index(f"ix_experiment_phases_{column}", "experiment_phases", [column])
