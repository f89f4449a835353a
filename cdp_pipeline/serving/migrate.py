"""A database of any earlier revision -> the newest one, within the publisher's own transaction.

So a publication that fails leaves the old schema with the old rows, and readers never see one without the other. The
revisions themselves stand in `migrations/`.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from sqlalchemy.schema import DropTable

from cdp_pipeline.serving.database import ServingError, clear_errors, restart_without_foreign_keys
from cdp_pipeline.serving.revisions import VERSIONS, Standing, alembic_config, revision_of, standing
from cdp_pipeline.serving.views import delete_views


def migrate(connection: sa.Connection, metadata: sa.MetaData, versions: Path = VERSIONS) -> bool:
    """Bring a database to the newest revision; returns whether it had to be changed for that.

    A database in which nothing was published is only marked: its tables are created from the declarations. Those that
    a revision adds are likewise left to that, as tables without indexes load several times faster.

    Args:
        connection: The publisher's, on which nothing was written yet.
        metadata: The declared tables, to which the newest revision leads.
        versions: The folder of the revisions.

    Raises:
        ServingError: The database is of a newer version than this program, or a revision fails.
    """
    match standing(connection, versions):
        case Standing.CURRENT:
            return False
        case Standing.UNKNOWN:
            raise ServingError(
                f"The database is at revision {revision_of(connection)}, made by a newer version of cdp_pipeline; "
                "update cdp_pipeline to publish to it."
            )
        case Standing.EMPTY:
            _alembic(connection, versions, stamp="head")
            return False
    restart_without_foreign_keys(connection)
    with clear_errors(f"Cannot migrate from revision {revision_of(connection)}"):
        delete_views(connection)
        before = set(sa.inspect(connection).get_table_names())
        _alembic(connection, versions)
        made = set(sa.inspect(connection).get_table_names()) - before
        _delete_empty(connection, metadata, made)
    return True


def _alembic(connection: sa.Connection, versions: Path, stamp: str | None = None) -> None:
    config = alembic_config(versions)
    config.attributes["connection"] = connection
    if stamp:
        command.stamp(config, stamp)
    else:
        command.upgrade(config, "head")


def _delete_empty(connection: sa.Connection, metadata: sa.MetaData, made: set[str]) -> None:
    """Delete the tables just created, except those with rows and those that a foreign key refers to."""
    named = {key.column.table.name for table in metadata.tables.values() for key in table.foreign_keys}
    for name in sorted((made & set(metadata.tables)) - named):
        table = metadata.tables[name]
        if connection.scalar(sa.select(sa.literal(1)).select_from(table).limit(1)) is None:
            connection.execute(DropTable(table))
