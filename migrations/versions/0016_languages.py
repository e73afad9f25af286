"""what the appliance wrote, so that it can be said in another language."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_BESIDE = {
    "annotations": "text_json",
    "emails": "error_json",
    "firmware_updates": "error_json",
    "interlock_trips": "cause_json",
    "interlocks": "latched_json",
    "log_entries": "content_json",
    "output_holds": "words_json",
    "webhook_deliveries": "error_json",
}


def upgrade() -> None:
    """Apply; a column that may be empty takes no time, however large the table."""
    for table, column in _BESIDE.items():
        op.add_column(table, sa.Column(column, sa.Text(), nullable=True))
