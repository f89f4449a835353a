"""Declared tables: the form in which frames cross from one room to the next and reach the database.

A `Table` names columns, types, key and meaning once; Dagster's column documentation, the Parquet
files and the SQL tables follow from it. The tables themselves are declared beside the code that makes them.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl


@dataclass(frozen=True)
class TableColumn:
    """One column: `json` marks lists and maps that the database keeps as JSON."""

    name: str
    dtype: pl.DataType
    description: str
    personal: bool = False
    nullable: bool = True
    json: bool = False


@dataclass(frozen=True)
class ForeignKey:
    """`columns` name a row of `table` by its `target` columns."""

    columns: tuple[str, ...]
    table: str
    target: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table: `description` begins with its grain."""

    name: str
    description: str
    columns: tuple[TableColumn, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def schema(self) -> pl.Schema:
        """The Polars schema, in order; one object for all callers, so change a copy."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def empty(self) -> pl.DataFrame:
        """A frame of this table without rows."""
        return self._empty.clone()

    @cached_property
    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The frame with exactly this table's columns, in order and cast to their types.

        A column the frame lacks is null throughout when the table allows nulls in it; columns the table does not have
        are left out.

        Raises:
            ValueError: A column that may not be null is missing.
        """
        there = frame.collect_schema()
        missing = [c.name for c in self.columns if c.name not in there and not c.nullable]
        if missing:
            raise ValueError(f"Table {self.name} lacks {', '.join(missing)}; the step that makes it must give them.")
        return frame.select(
            pl.col(c.name)
            if there.get(c.name) == c.dtype
            else (pl.col(c.name) if c.name in there else pl.lit(None)).cast(c.dtype).alias(c.name)
            for c in self.columns
        )
