"""the first twelve tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "blacklist_tokens",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("token", sa.String(length=500), nullable=False),
        sa.Column("blacklisted_on_ms", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blacklist_tokens"),
        sa.UniqueConstraint("token", name="uq_blacklist_tokens_token"),
    )
    op.create_index(
        "ix_blacklist_tokens_blacklisted_on_ms",
        "blacklist_tokens",
        ["blacklisted_on_ms"],
        unique=False,
    )

    op.create_table(
        "users",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("username", sa.String(length=50), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column(
            "role",
            sa.Enum("viewer", "operator", "admin", name="userrole", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("registered_on_ms", _BIG, nullable=False),
        sa.Column("token_generation", _BIG, nullable=False),
        sa.Column("sso_provider", sa.String(length=100), nullable=True),
        sa.Column("sso_subject_id", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.UniqueConstraint("public_id", name="uq_users_public_id"),
        sa.UniqueConstraint("sso_provider", "sso_subject_id", name="uq_users_sso_provider"),
        sa.UniqueConstraint("username", name="uq_users_username"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "dashboards",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("is_global", sa.Boolean(), nullable=False),
        sa.Column("created_on_ms", _BIG, nullable=False),
        sa.Column("user_public_id", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name="fk_dashboards_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_dashboards"),
        sa.UniqueConstraint("public_id", name="uq_dashboards_public_id"),
    )
    op.create_index("ix_dashboards_user_public_id", "dashboards", ["user_public_id"], unique=False)

    op.create_table(
        "events",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("min_value", sa.Double(), nullable=False),
        sa.Column("max_value", sa.Double(), nullable=False),
        sa.Column("unit", sa.String(length=255), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "sensor",
                "actuator",
                "range",
                "cmd_button",
                "cmd_opened",
                "cmd_closed",
                name="eventtype",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("user_public_id", sa.String(length=100), nullable=True),
        sa.Column("point_id", sa.String(length=200), nullable=True),
        sa.Column("group_name", sa.String(length=100), nullable=False),
        sa.Column("position", _BIG, nullable=False),
        sa.Column("is_digital", sa.Boolean(), nullable=False),
        sa.Column("on_text", sa.String(length=40), nullable=False),
        sa.Column("off_text", sa.String(length=40), nullable=False),
        sa.Column("decimals", _BIG, nullable=False),
        sa.Column("factor", sa.Double(), nullable=False),
        sa.Column("offset", sa.Double(), nullable=False),
        sa.Column("low_limit", sa.Double(), nullable=True),
        sa.Column("high_limit", sa.Double(), nullable=True),
        sa.Column("recorded", sa.Boolean(), nullable=False),
        sa.Column("divider", _BIG, nullable=False),
        sa.Column("deadband", sa.Double(), nullable=False),
        sa.Column("silence_s", sa.Double(), nullable=False),
        sa.Column("created_on_ms", _BIG, nullable=False),
        sa.Column("removed_on_ms", _BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name="fk_events_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("public_id", name="uq_events_public_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_user_public_id", "events", ["user_public_id"], unique=False)
    op.create_index(
        "uq_events_name",
        "events",
        ["name"],
        unique=True,
        sqlite_where=sa.text("removed_on_ms IS NULL"),
        postgresql_where=sa.text("removed_on_ms IS NULL"),
    )
    op.create_index(
        "uq_events_point_id",
        "events",
        ["point_id"],
        unique=True,
        sqlite_where=sa.text("removed_on_ms IS NULL"),
        postgresql_where=sa.text("removed_on_ms IS NULL"),
    )

    op.create_table(
        "experiments",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("started_on_ms", _BIG, nullable=False),
        sa.Column("stopped_on_ms", _BIG, nullable=True),
        sa.Column("user_public_id", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name="fk_experiments_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_experiments"),
        sa.UniqueConstraint("name", name="uq_experiments_name"),
        sa.UniqueConstraint("public_id", name="uq_experiments_public_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_experiments_user_public_id", "experiments", ["user_public_id"], unique=False
    )

    op.create_table(
        "firmware_updates",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=100), nullable=False),
        sa.Column("version", sa.String(length=50), nullable=False),
        sa.Column("changelog", sa.Text(), nullable=True),
        sa.Column("file_path", sa.String(length=500), nullable=True),
        sa.Column("file_hash_sha256", sa.String(length=64), nullable=True),
        sa.Column("file_size_bytes", _BIG, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_on_ms", _BIG, nullable=False),
        sa.Column("started_on_ms", _BIG, nullable=True),
        sa.Column("completed_on_ms", _BIG, nullable=True),
        sa.Column("user_public_id", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name="fk_firmware_updates_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_firmware_updates"),
        sa.UniqueConstraint("public_id", name="uq_firmware_updates_public_id"),
        sa.UniqueConstraint("version", name="uq_firmware_updates_version"),
    )
    op.create_index("ix_firmware_updates_status", "firmware_updates", ["status"], unique=False)
    op.create_index(
        "ix_firmware_updates_user_public_id", "firmware_updates", ["user_public_id"], unique=False
    )

    op.create_table(
        "log_entries",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=100), nullable=False),
        sa.Column("content", sa.String(length=500), nullable=False),
        sa.Column(
            "logging_type",
            sa.Enum("error", "warning", "info", name="loggingtype", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column(
            "status_type",
            sa.Enum("read", "unread", name="statustype", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("created_on_ms", _BIG, nullable=False),
        sa.Column("user_public_id", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name="fk_log_entries_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_log_entries"),
        sa.UniqueConstraint("public_id", name="uq_log_entries_public_id"),
    )
    op.create_index("ix_log_entries_created_on_ms", "log_entries", ["created_on_ms"], unique=False)
    op.create_index(
        "ix_log_entries_user_public_id", "log_entries", ["user_public_id"], unique=False
    )

    op.create_table(
        "webhooks",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("secret", sa.String(length=1024), nullable=True),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_on_ms", _BIG, nullable=False),
        sa.Column("user_public_id", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name="fk_webhooks_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        sa.UniqueConstraint("public_id", name="uq_webhooks_public_id"),
        sa.UniqueConstraint("url", name="uq_webhooks_url"),
    )
    op.create_index("ix_webhooks_user_public_id", "webhooks", ["user_public_id"], unique=False)

    op.create_table(
        "dashboard_widgets",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=100), nullable=False),
        sa.Column("dashboard_id", _BIG, nullable=False),
        sa.Column("widget_type", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("event_public_id", sa.String(length=100), nullable=True),
        sa.Column("x", _BIG, nullable=False),
        sa.Column("y", _BIG, nullable=False),
        sa.Column("w", _BIG, nullable=False),
        sa.Column("h", _BIG, nullable=False),
        sa.Column("config_json", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dashboard_id"],
            ["dashboards.id"],
            name="fk_dashboard_widgets_dashboard_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["event_public_id"], ["events.public_id"], name="fk_dashboard_widgets_event_public_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_dashboard_widgets"),
        sa.UniqueConstraint("public_id", name="uq_dashboard_widgets_public_id"),
    )
    op.create_index(
        "ix_dashboard_widgets_dashboard_id", "dashboard_widgets", ["dashboard_id"], unique=False
    )

    op.create_table(
        "rules",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("event_public_id", sa.String(length=100), nullable=False),
        sa.Column("operator", sa.String(length=20), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("threshold_high", sa.Double(), nullable=True),
        sa.Column("action_type", sa.String(length=20), nullable=False),
        sa.Column("webhook_event_type", sa.String(length=100), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("cooldown_seconds", _BIG, nullable=False),
        sa.Column("last_triggered_at_ms", _BIG, nullable=True),
        sa.Column("created_on_ms", _BIG, nullable=False),
        sa.Column("user_public_id", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_public_id"], ["events.public_id"], name="fk_rules_event_public_id"
        ),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name="fk_rules_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
        sa.UniqueConstraint("name", name="uq_rules_name"),
        sa.UniqueConstraint("public_id", name="uq_rules_public_id"),
    )
    op.create_index("ix_rules_enabled", "rules", ["enabled"], unique=False)
    op.create_index("ix_rules_event_public_id", "rules", ["event_public_id"], unique=False)
    op.create_index("ix_rules_user_public_id", "rules", ["user_public_id"], unique=False)

    op.create_table(
        "webhook_deliveries",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=100), nullable=False),
        sa.Column("webhook_id", _BIG, nullable=False),
        sa.Column("event_type", sa.String(length=100), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", _BIG, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("response_code", _BIG, nullable=True),
        sa.Column("created_on_ms", _BIG, nullable=False),
        sa.Column("delivered_on_ms", _BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["webhooks.id"],
            name="fk_webhook_deliveries_webhook_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint("public_id", name="uq_webhook_deliveries_public_id"),
    )
    op.create_index(
        "ix_webhook_deliveries_created_on_ms", "webhook_deliveries", ["created_on_ms"], unique=False
    )
    op.create_index(
        "ix_webhook_deliveries_event_type", "webhook_deliveries", ["event_type"], unique=False
    )
    op.create_index("ix_webhook_deliveries_status", "webhook_deliveries", ["status"], unique=False)
    op.create_index(
        "ix_webhook_deliveries_webhook_id", "webhook_deliveries", ["webhook_id"], unique=False
    )
    op.create_index(
        "uq_experiments_running",
        "experiments",
        [sa.text("(stopped_on_ms IS NULL)")],
        unique=True,
        sqlite_where=sa.text("stopped_on_ms IS NULL"),
        postgresql_where=sa.text("stopped_on_ms IS NULL"),
    )
