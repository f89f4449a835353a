"""What Alembic runs for every command: our connection, within the transaction that it already is in."""

from alembic import context

from cdp_pipeline.serving.revisions import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    **context.config.attributes.get("comparison", {}),
)
with context.begin_transaction():
    context.run_migrations()
