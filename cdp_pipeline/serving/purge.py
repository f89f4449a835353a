"""The database without what deleted rows left behind: free pages, dead rows, and the write-ahead log of SQLite.

A server's own write-ahead log, archives and replicas are its administrator's, see `docs/privacy.md`.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from cdp_pipeline.entities.table import Table
from cdp_pipeline.serving.database import WAIT_SECONDS, ServingError, clear_errors, database_file, database_name
from cdp_pipeline.serving.schema import database_tables


def purge_database(url: str, tables: Sequence[Table], wait_seconds: float = WAIT_SECONDS) -> None:
    """Rewrite the database, so that no page holds a row that was deleted or changed.

    SQLite rewrites the file and empties its write-ahead log; PostgreSQL rewrites the tables and, for the owner of the
    database, the statistics of their columns.

    Args:
        url: SQLAlchemy URL of the database.
        tables: The published tables.
        wait_seconds: How long to wait for readers and writers.

    Raises:
        ServingError: The database cannot be reached, or a reader keeps the old state for longer than that.
    """
    parsed = sa.make_url(url)
    with clear_errors(f"Cannot purge {database_name(url)}"):
        if file := database_file(parsed):
            _purge_sqlite(file, url, wait_seconds)
        else:
            _purge_server(parsed, tables, wait_seconds)


def _purge_sqlite(file: Path, url: str, wait_seconds: float) -> None:
    with closing(sqlite3.connect(file, timeout=wait_seconds, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("VACUUM")
        is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise ServingError(
            f"Cannot purge {database_name(url)}: a reader holds a state from before the erasure. End its connection "
            "and run again."
        )


def _purge_server(url: sa.URL, tables: Sequence[Table], wait_seconds: float) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"SET lock_timeout = {max(1, int(wait_seconds * 1000))}"))
        there = set(sa.inspect(connection).get_table_names())
        for table in database_tables(tuple(tables)).sorted_tables:
            if table.name in there:
                name = connection.dialect.identifier_preparer.format_table(table)
                connection.execute(sa.text(f"VACUUM (FULL, ANALYZE) {name}"))
        # Statistics hold values of columns. The server skips the table, with a warning, for whoever may not rewrite it.
        connection.execute(sa.text("VACUUM FULL pg_catalog.pg_statistic"))
    engine.dispose()
