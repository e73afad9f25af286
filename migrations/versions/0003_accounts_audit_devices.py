"""API tokens, logins, the audit trail, devices with their channels."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER

_SQLITE_GUARDS = (
    """CREATE TRIGGER audit_entries_update BEFORE UPDATE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END""",
    """CREATE TRIGGER audit_entries_insert BEFORE INSERT ON audit_entries
    WHEN NEW.id <= COALESCE((SELECT MAX(id) FROM audit_entries), 0)
    BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END""",
    """CREATE TRIGGER audit_entries_delete BEFORE DELETE ON audit_entries
    WHEN OLD.id > COALESCE((SELECT CAST(json_extract(value_json, '$.id') AS INTEGER)
        FROM site_settings WHERE key = 'audit.pruned'), 0)
    BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END""",
)
_POSTGRESQL_GUARDS = (
    """CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND OLD.id <= COALESCE((SELECT (value_json::json ->> 'id')::bigint
            FROM site_settings WHERE key = 'audit.pruned'), 0) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'The audit trail is append-only.';
    END $$""",
    """CREATE TRIGGER audit_entries_change BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()""",
)


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "users", sa.Column("enabled", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("users", sa.Column("removed_on_ms", _BIG, nullable=True))
    _create_api_tokens()
    _create_logins()
    _create_audit_entries()
    _guard_audit_entries()
    with op.batch_alter_table("webhooks") as webhooks:  # a sealed secret is longer
        webhooks.alter_column(
            "secret", type_=sa.String(2048), existing_type=sa.String(1024), existing_nullable=True
        )
    _create_plugin_instances()
    _create_channel_mappings()
    _create_plugin_packages()


def _create(
    table: str, columns: Sequence[sa.Column[Any] | sa.Constraint], *, indexed: Sequence[str] = ()
) -> None:
    op.create_table(
        table,
        sa.Column("id", _BIG, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sqlite_autoincrement=table == "audit_entries",
    )
    for column in indexed:
        op.create_index(f"ix_{table}_{column}", table, [column])


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _BIG, nullable=nullable)


def _public_id(table: str) -> tuple[sa.Column[Any], sa.Constraint]:
    return _text("public_id", 100), sa.UniqueConstraint("public_id", name=f"uq_{table}_public_id")


def _owner(table: str) -> tuple[sa.Column[Any], sa.Constraint]:
    return _text("user_public_id", 100, nullable=True), sa.ForeignKeyConstraint(
        ["user_public_id"],
        ["users.public_id"],
        name=f"fk_{table}_user_public_id",
        ondelete="SET NULL",
    )


def _user(table: str) -> tuple[sa.Column[Any], sa.Constraint]:
    return _number("user_id"), sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"
    )


def _create_api_tokens() -> None:
    _create(
        "api_tokens",
        [
            *_public_id("api_tokens"),
            _text("name", 255),
            _text("token_hash", 64),
            _text("scope", 20),
            *_user("api_tokens"),
            _number("created_at_ms"),
            _number("last_used_at_ms", nullable=True),
            _number("expires_at_ms", nullable=True),
            sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
        ],
        indexed=["user_id"],
    )


def _create_logins() -> None:
    _create(
        "logins",
        [
            *_public_id("logins"),
            _text("token_id", 100),
            *_user("logins"),
            _text("address", 100),
            _text("user_agent", 255),
            _number("created_on_ms"),
            _number("seen_on_ms"),
            _number("expires_on_ms"),
            _number("ended_on_ms", nullable=True),
            sa.UniqueConstraint("token_id", name="uq_logins_token_id"),
        ],
        indexed=["user_id", "expires_on_ms"],
    )


def _create_audit_entries() -> None:
    _create(
        "audit_entries",
        [
            _number("at_ms"),
            _text("user_public_id", 100, nullable=True),
            _text("actor", 255),
            _text("via", 100),
            _text("address", 100),
            _text("action", 40),
            _text("noun", 40),
            _text("object_public_id", 100),
            _text("object_name", 255),
            sa.Column("old_json", sa.Text(), nullable=False),
            sa.Column("new_json", sa.Text(), nullable=False),
            sa.Column("refused", sa.Boolean(), nullable=False),
            _text("request_id", 100),
            _text("hash", 64),
        ],
        indexed=["at_ms", "user_public_id", "action", "object_public_id"],
    )


def _guard_audit_entries() -> None:
    """Nothing may change entries or slip one in; only pruned ones may go.

    A later step that rebuilds the table must make these triggers again.
    """
    dialect = op.get_bind().dialect.name
    for statement in _POSTGRESQL_GUARDS if dialect == "postgresql" else _SQLITE_GUARDS:
        op.execute(statement)


def _create_plugin_instances() -> None:
    _create(
        "plugin_instances",
        [
            *_public_id("plugin_instances"),
            _text("plugin_id", 100),
            _text("instance_name", 255),
            sa.Column("demo_mode", sa.Boolean(), nullable=False),
            sa.Column("enabled", sa.Boolean(), nullable=False),
            sa.Column("config_json", sa.Text(), nullable=True),
            _number("created_on_ms"),
            _number("updated_on_ms", nullable=True),
            *_owner("plugin_instances"),
            sa.UniqueConstraint("instance_name", name="uq_plugin_instances_instance_name"),
        ],
        indexed=["plugin_id", "user_public_id"],
    )


def _create_channel_mappings() -> None:
    _create(
        "channel_mappings",
        [
            *_public_id("channel_mappings"),
            _number("plugin_instance_id"),
            _text("channel_id", 200),
            _text("channel_name", 255),
            _text("direction", 20),
            _text("unit", 50),
            _text("event_public_id", 100, nullable=True),
            _number("created_on_ms"),
            sa.ForeignKeyConstraint(
                ["plugin_instance_id"],
                ["plugin_instances.id"],
                name="fk_channel_mappings_plugin_instance_id",
                ondelete="CASCADE",
            ),
            sa.ForeignKeyConstraint(
                ["event_public_id"],
                ["events.public_id"],
                name="fk_channel_mappings_event_public_id",
                ondelete="SET NULL",
            ),
            sa.UniqueConstraint(
                "plugin_instance_id", "channel_id", name="uq_channel_mappings_plugin_instance_id"
            ),
        ],
        indexed=["plugin_instance_id", "event_public_id"],
    )


def _create_plugin_packages() -> None:
    _create(
        "plugin_packages",
        [
            *_public_id("plugin_packages"),
            _text("package_name", 255),
            _text("version", 50),
            _text("source", 20),
            _text("file_path", 500, nullable=True),
            _text("file_hash_sha256", 64, nullable=True),
            _number("file_size_bytes", nullable=True),
            sa.Column("plugin_ids", sa.Text(), nullable=False),
            _number("installed_on_ms"),
            *_owner("plugin_packages"),
            sa.UniqueConstraint("package_name", name="uq_plugin_packages_package_name"),
        ],
        indexed=["user_public_id"],
    )
