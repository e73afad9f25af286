"""what a dashboard is for, and when it was changed last."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "dashboards", sa.Column("description", sa.String(255), nullable=False, server_default="")
    )
    op.add_column(
        "dashboards", sa.Column("updated_on_ms", _BIG, nullable=False, server_default="0")
    )
