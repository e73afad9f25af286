"""pictures for dashboards."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts rows in INTEGER


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "pictures",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("width", sa.Double(), nullable=False),
        sa.Column("height", sa.Double(), nullable=False),
        sa.Column("size_bytes", _BIG, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("dropped", sa.String(1000), nullable=False),
        sa.Column("created_on_ms", _BIG, nullable=False),
        sa.Column("updated_on_ms", _BIG, nullable=False),
        sa.Column("user_public_id", sa.String(100), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_public_id"],
            ["users.public_id"],
            name="fk_pictures_user_public_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pictures"),
        sa.UniqueConstraint("public_id", name="uq_pictures_public_id"),
    )
    op.create_index("ix_pictures_user_public_id", "pictures", ["user_public_id"])
    op.create_table(
        "picture_contents",
        sa.Column("picture_id", _BIG, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["picture_id"],
            ["pictures.id"],
            name="fk_picture_contents_picture_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("picture_id", name="pk_picture_contents"),
    )
