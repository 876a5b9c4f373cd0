"""Alembic runs this file: it works on the connection that it is given, inside the transaction that is open there."""

from __future__ import annotations

from alembic import context

from ostiary.identity.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
)
context.run_migrations()
