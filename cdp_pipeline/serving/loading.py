"""Rows -> staging tables, by the fastest way each database has.

SQLite takes them by ADBC, PostgreSQL by COPY. Rows of new tables go into the tables themselves where that saves a copy.
The published tables are then changed in `merge.py`.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import adbc_driver_manager
import polars as pl
import psycopg
import sqlalchemy as sa
from adbc_driver_sqlite import dbapi as sqlite_loader
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from cdp_pipeline.serving.cells import as_text
from cdp_pipeline.serving.database import (
    CACHE_KIBIBYTES,
    ServingError,
    clear_errors,
    database_file,
    folder_beside,
    is_new_file,
)
from cdp_pipeline.serving.schema import staging_table

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Load:
    """The rows to publish in one table: `batches` come from `cells.storable_batches`; a `new` table has none yet."""

    table: sa.Table
    batches: Iterator[pl.DataFrame]
    new: bool = False


Stage = Callable[[sa.Connection, Iterable[Load]], AbstractContextManager[dict[str, sa.Table]]]
"""Puts rows into staging tables, gives these by table name, and takes them away again at the end.

For a new table it may be the table itself.
"""


def stage_for(connection: sa.Connection) -> Stage:
    """The fastest way of staging for the database at hand."""
    if connection.dialect.name == "sqlite":
        return fill_new_file if is_new_file(connection) else stage_in_file
    return stage_by_copy


@contextmanager
def fill_new_file(connection: sa.Connection, loads: Iterable[Load]) -> Iterator[dict[str, sa.Table]]:
    """Load rows into the tables of a SQLite file that no other process sees yet.

    The connection is closed meanwhile, and opened again when it is next used: ADBC brings its own SQLite library, and
    two of them in one process must not have the same file open, as closing it in one releases the locks of the other.
    """
    path = database_file(connection.engine.url)
    assert path is not None
    connection.commit()
    connection.invalidate()
    filled = {}
    with _loader(path) as cursor:
        for load in loads:
            filled[load.table.name] = load.table
            with clear_errors(f"Cannot load the rows of table {load.table.name}"):
                _load_rows(cursor, load.table, load.batches)
    yield filled


@contextmanager
def stage_in_file(connection: sa.Connection, loads: Iterable[Load]) -> Iterator[dict[str, sa.Table]]:
    """Stages in a SQLite file beside the database, which is attached for the merge; see `fill_new_file` why."""
    path = database_file(connection.engine.url)
    assert path is not None
    with folder_beside(path) as folder:
        file = folder / "staging.db"
        staged = {}
        with _loader(file) as cursor:
            for load in loads:
                staging = staged[load.table.name] = staging_table(load.table, temporary=False, constrained=load.new)
                with clear_errors(f"Cannot stage the rows of table {load.table.name}"):
                    create_table, index_key = _sqlite_statements(staging)
                    _run(cursor, create_table)
                    _load_rows(cursor, staging, load.batches)
                    if not staging.primary_key.columns:
                        _run(cursor, index_key)
        if staged:
            connection.exec_driver_sql("ATTACH ? AS staging", (str(file),))
            connection.exec_driver_sql(f"PRAGMA staging.cache_size = -{CACHE_KIBIBYTES}")
        yield staged


@contextmanager
def stage_by_copy(connection: sa.Connection, loads: Iterable[Load]) -> Iterator[dict[str, sa.Table]]:
    """Stages in temporary tables by COPY of CSV text, in which null is nothing and empty text is `""`.

    The rows of a new table go into it at once, for there is nothing to compare them with.
    """
    driver: Any = connection.connection.driver_connection
    quote = connection.dialect.identifier_preparer.quote
    staged = {}
    for load in loads:
        staging = load.table if load.new else staging_table(load.table, temporary=True)
        staged[load.table.name] = staging
        with clear_errors(f"Cannot stage the rows of table {load.table.name}"):
            if not load.new:
                staging.create(connection)
            with driver.cursor() as cursor:
                try:
                    _copy(cursor, f"COPY {quote(staging.name)} FROM STDIN (FORMAT csv, ENCODING 'UTF8')", load.batches)
                except psycopg.errors.UniqueViolation:
                    raise _repeated_keys(load.table) from None
                # Nobody else analyses a temporary table, and only the key decides how the merge joins.
                if not load.new:
                    cursor.execute(f"ANALYZE {quote(staging.name)} ({', '.join(map(quote, staging.info['key']))})")
    yield staged


@lru_cache(maxsize=512)
def _sqlite_statements(staging: sa.Table) -> tuple[str, str]:
    """The statements that create a staging table, and the index of its key."""
    dialect = sqlite.dialect()
    key = sa.Index(f"key_of_{staging.name}", *(staging.c[name] for name in staging.info["key"]))
    return str(CreateTable(staging).compile(dialect=dialect)), str(CreateIndex(key).compile(dialect=dialect))


@contextmanager
def _loader(file: Path) -> Iterator[sqlite_loader.Cursor]:
    with sqlite_loader.connect(str(file), autocommit=True) as loader, loader.cursor() as cursor:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KIBIBYTES}"):
            _run(cursor, f"PRAGMA {pragma}")
        yield cursor


def _load_rows(cursor: sqlite_loader.Cursor, table: sa.Table, batches: Iterator[pl.DataFrame]) -> None:
    # Text laid out the old way is bound a sixth faster than as views.
    for rows in _ahead(as_text(batch).to_arrow(compat_level=pl.CompatLevel.oldest()) for batch in batches):
        try:
            cursor.adbc_ingest(table.name, rows, mode="append")
        except adbc_driver_manager.Error as error:
            if table.primary_key.columns and "UNIQUE constraint" in str(error):
                raise _repeated_keys(table) from None
            raise


def _copy(cursor: psycopg.Cursor[Any], statement: str, batches: Iterator[pl.DataFrame]) -> None:
    with cursor.copy(statement.encode()) as copy:
        for text in _ahead(_as_csv(batch) for batch in batches):
            copy.write(text.getbuffer())


def _as_csv(batch: pl.DataFrame) -> io.BytesIO:
    text = io.BytesIO()
    as_text(batch).write_csv(text, include_header=False)
    return text


def _ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches; the next is made while the database loads one, as neither holds Python's lock for long."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = maker.submit(next, batches, None)
            yield batch


def _repeated_keys(table: sa.Table) -> ServingError:
    return ServingError(
        f"{table.name.removeprefix('staging_')}: keys ({', '.join(table.info['key'])}) stand in more than one row; the "
        "step that makes the table must give each once."
    )


def _run(cursor: sqlite_loader.Cursor, statement: str) -> None:
    cursor.execute(statement)
    cursor.fetchall()
