"""Alembic's environment: runs on the connection that `store/migrate.py` hands over."""

from alembic import context

from webmacs_edge.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
