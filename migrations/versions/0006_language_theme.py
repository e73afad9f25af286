"""each user's language and theme of the pages."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""
    for name, length in (("language", 10), ("theme", 20)):
        column = sa.Column(name, sa.String(length), nullable=False, server_default="")
        op.add_column("users", column)
