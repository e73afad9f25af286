"""site settings, retention, protected experiments, what was thinned, bytes written."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    op.add_column("events", sa.Column("retention_days", _BIG, nullable=True))
    op.add_column("events", sa.Column("rollup_days", _BIG, nullable=True))
    op.add_column(
        "experiments",
        sa.Column("protected", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _create_site_settings()
    _create_thinned()
    op.create_table(
        "written_days",
        sa.Column("day", _BIG, nullable=False, autoincrement=False),
        sa.Column("app_bytes", _BIG, nullable=False),
        sa.Column("device_bytes", _BIG, nullable=False),
        sa.Column("counted_s", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_written_days"),
    )


def _create_site_settings() -> None:
    op.create_table(
        "site_settings",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("value_json", sa.Text(), nullable=False),
        sa.Column("changed_on_ms", _BIG, nullable=False),
        sa.Column("user_public_id", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name="fk_site_settings_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("key", name="pk_site_settings"),
    )
    op.create_index("ix_site_settings_user_public_id", "site_settings", ["user_public_id"])


def _create_thinned() -> None:
    op.create_table(
        "thinned",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("at_ms", _BIG, nullable=False),
        sa.Column("channel", _BIG, nullable=True),
        sa.Column("from_ms", _BIG, nullable=False),
        sa.Column("to_ms", _BIG, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("samples", _BIG, nullable=False),
        sa.Column("bytes", _BIG, nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_thinned"),
    )
    op.create_index("ix_thinned_at_ms", "thinned", ["at_ms"])
