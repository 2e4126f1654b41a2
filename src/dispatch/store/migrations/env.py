"""Alembic's hook: run the migrations on the connection that `upgrade` hands in."""

from alembic import context

from dispatch.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
