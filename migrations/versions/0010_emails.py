"""e-mails on their way."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "emails",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(100), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("attempts", _BIG, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_on_ms", _BIG, nullable=False),
        sa.Column("sent_on_ms", _BIG, nullable=True),
        sa.Column("next_attempt_on_ms", _BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_emails"),
        sa.UniqueConstraint("public_id", name="uq_emails_public_id"),
    )
    for column in ("status", "created_on_ms"):
        op.create_index(f"ix_emails_{column}", "emails", [column])
