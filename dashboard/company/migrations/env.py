"""Alembic's environment: migrations run on the connection that State.migrate passes, inside its transaction."""

from __future__ import annotations

from alembic import context

from dashboard.company.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter a table in place
)
context.run_migrations()
