"""why values were doubted."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "quality_reasons",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("event_id", _BIG, nullable=False),
        sa.Column("at_ms", _BIG, nullable=False),
        sa.Column("quality", _BIG, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quality_reasons"),
    )
    op.create_index("ix_quality_reasons_event_id", "quality_reasons", ["event_id", "at_ms"])
