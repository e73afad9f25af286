"""rules with several conditions and alarms, their memory, the journal of alarms, the outbox."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    op.add_column("rules", sa.Column("more_json", sa.Text(), nullable=False, server_default="{}"))
    op.create_table(
        "rule_states",
        sa.Column("rule_id", _BIG, nullable=False, autoincrement=False),
        sa.Column("state_json", sa.Text(), nullable=False),
        sa.Column("changed_on_ms", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["rules.id"], name="fk_rule_states_rule_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rule_id", name="pk_rule_states"),
    )
    _create_alarm_journal()
    op.add_column(
        "webhooks", sa.Column("template", sa.String(20), nullable=False, server_default="plain")
    )
    op.add_column("webhooks", sa.Column("attempts", _BIG, nullable=True))
    op.add_column(
        "webhook_deliveries",
        sa.Column("text", sa.String(500), nullable=False, server_default=""),
    )
    op.add_column("webhook_deliveries", sa.Column("next_attempt_on_ms", _BIG, nullable=True))


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _create_alarm_journal() -> None:
    op.create_table(
        "alarm_journal",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("at_ms", _BIG, nullable=False),
        _text("rule_public_id", 100),
        _text("name", 255),
        _text("priority", 20),
        _text("group_name", 100),
        _text("move", 20),
        sa.Column("value", sa.Double(), nullable=True),
        _text("unit", 255),
        sa.Column("first_out", sa.Boolean(), nullable=False),
        _text("user_public_id", 100, nullable=True),
        _text("actor", 255),
        _text("comment", 500),
        sa.Column("until_ms", _BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alarm_journal"),
    )
    for column in ("at_ms", "rule_public_id", "move"):
        op.create_index(f"ix_alarm_journal_{column}", "alarm_journal", [column])
