"""Declared tables -> SQLAlchemy tables: types, keys, foreign keys, indexes and comments.

`declare_tables` is the one place where a declared type becomes a database type. Nothing here talks to a
database: creating and merging stand in `merge.py`, the form of single values in `cells.py`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator

from cdp_pipeline.entities.table import Table, TableColumn

_NAMES = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}
"""Names of constraints; SQLAlchemy shortens those that are too long for the database."""


class UtcTimestamp(TypeDecorator[datetime]):
    """A timestamp in UTC; the time zone is added when reading from databases without one, such as SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """The timestamp in UTC, as SQLite would write the local one without a zone."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """The timestamp in UTC, whatever zone the session has."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(sa.JSON):
    """JSON that SQLite keeps in a column of type TEXT: its type JSON would turn text like `1.0` into a number."""


@compiles(Json, "sqlite")
def _json_in_sqlite(*_: object, **__: object) -> str:
    return "TEXT"


def database_tables(tables: Sequence[Table]) -> sa.MetaData:
    """The SQLAlchemy tables of declared ones as `declare_tables` makes them, made once: not to be changed."""
    return _declared_once(tuple(tables))


@lru_cache(maxsize=16)
def _declared_once(tables: tuple[Table, ...]) -> sa.MetaData:
    return declare_tables(tables)


def declare_tables(tables: Sequence[Table]) -> sa.MetaData:
    """New SQLAlchemy tables of declared ones, under the same names, for a caller that changes them.

    The declared key is the primary key; where one of its columns may be null, which no primary key allows, it is a
    unique index. Each foreign key is checked at the end of the transaction and has an index, without which every
    deleted parent would be searched in the whole child table. `info["key"]` keeps the declared key.

    Raises:
        ValueError: A table has no key, or a column has a type that no database column stands for.
    """
    metadata = sa.MetaData(naming_convention=_NAMES)
    for table in tables:
        if not table.key:
            raise ValueError(f"Table {table.name} declares no key; publishing finds the changed rows by it.")
        nullable_key = any(column.nullable for column in table.columns if column.name in table.key)
        foreign_keys = [key.columns for key in table.foreign_keys]
        indexes = [*table.indexes, *(key for key in foreign_keys if not _is_indexed(key, table))]
        sa.Table(
            table.name,
            metadata,
            *(_column(table, column, in_key=column.name in table.key and not nullable_key) for column in table.columns),
            *(
                sa.ForeignKeyConstraint(
                    key.columns, [f"{key.table}.{name}" for name in key.target], deferrable=True, initially="DEFERRED"
                )
                for key in table.foreign_keys
            ),
            *(_index(columns, table) for columns in dict.fromkeys(indexes)),
            *((sa.Index(None, *table.key, unique=True),) if nullable_key else ()),
            comment=table.description,
            info={"key": table.key},
        )
    return metadata


@lru_cache(maxsize=512)
def staging_table(table: sa.Table, *, temporary: bool, constrained: bool = False) -> sa.Table:
    """The table into which the rows of `table` travel before the merge: its columns, none of its constraints.

    With its key and its required columns when `constrained`: then SQLite copies the rows of the one into the other as
    they lie on disk, three times as fast as cell by cell. Made once per table: not to be changed.
    """
    return sa.Table(
        f"staging_{table.name}",
        sa.MetaData(),
        *(
            sa.Column(
                column.name,
                column.type,
                primary_key=constrained and column.primary_key,
                autoincrement=False,
                nullable=column.nullable if constrained else True,
            )
            for column in table.columns
        ),
        prefixes=["TEMPORARY"] if temporary else [],
        postgresql_on_commit="DROP",
        info=table.info,
    )


@lru_cache(maxsize=512)
def new_table(table: sa.Table) -> sa.Table:
    """A table of rows of `table` whose keys it does not have."""
    return _bare(f"new_{table.name}", table, [column.name for column in table.columns])


@lru_cache(maxsize=512)
def gone_table(table: sa.Table) -> sa.Table:
    """A table of keys of `table`, for rows that are to be deleted."""
    return _bare(f"gone_{table.name}", table, table.info["key"])


def _bare(name: str, table: sa.Table, names: Sequence[str]) -> sa.Table:
    columns = (sa.Column(c.name, c.type, nullable=c.nullable) for c in table.columns if c.name in names)
    return sa.Table(name, sa.MetaData(), *columns, info=table.info)


def _column(table: Table, column: TableColumn, *, in_key: bool) -> sa.Column[Any]:
    return sa.Column(
        column.name,
        _type(table, column),
        primary_key=in_key,
        autoincrement=False,
        nullable=column.nullable,
        comment=column.description,
    )


def _type(table: Table, column: TableColumn) -> sa.types.TypeEngine[Any]:
    if column.json or column.dtype.is_nested():
        return Json(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    match column.dtype:
        case pl.String():
            return sa.Text()
        case pl.Int64():
            return sa.BigInteger()
        case pl.Float64():
            return sa.Double()
        case pl.Boolean():
            return sa.Boolean()
        case pl.Date():
            return sa.Date()
        case pl.Datetime(time_zone="UTC"):
            return UtcTimestamp()
    raise ValueError(
        f"Column {column.name} of table {table.name} has type {column.dtype}, for which no database column is known; "
        "declare String, Int64, Float64, Boolean, Date, Datetime in UTC, a list or a struct."
    )


def _index(columns: tuple[str, ...], table: Table) -> sa.Index:
    """An index, in PostgreSQL of the kind that suits the columns.

    A usual index refuses texts of a few kilobytes, and with them the whole publication. So texts of the sources, whose
    length is unlimited, get the one kind that accepts any; our own keys do not need it.
    """
    ours = {*table.key, *(name for key in table.foreign_keys for name in key.columns)}
    is_free_text = len(columns) == 1 and columns[0] not in ours and table.schema[columns[0]] == pl.String
    return sa.Index(None, *columns, postgresql_using="spgist") if is_free_text else sa.Index(None, *columns)


def _is_indexed(columns: tuple[str, ...], table: Table) -> bool:
    return any(found[: len(columns)] == columns for found in (table.key, *table.indexes))
