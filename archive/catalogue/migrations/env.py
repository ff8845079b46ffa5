"""Alembic's entry: migrate the connection that `create_catalogue` passes in, in one transaction."""

from alembic import context

from archive.catalogue.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.get_context().connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[union-attr]
context.run_migrations()
