"""Where set-based steps run: portable SQL over Parquet files, on one machine or, by another backend, on many.

A step that needs all rows at once is one `Query`: a text in DuckDB's dialect, inside the subset that SQLGlot carries to
other engines unchanged; `cdp_pipeline_tests/backend/test_local.py` refuses the rest with the reason. A `Workspace` is a
folder of intermediate tables, which a query reads and writes by name. What one bucket of rows needs is a function over
frames and belongs to its package; a backend runs it for each bucket.
"""

import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, Protocol, TypeVar

import polars as pl

from cdp_pipeline.values.duckdb_query import database, quoted

LOCAL: Final = "duckdb"
"""The name of the backend of one machine."""

BucketT = TypeVar("BucketT")
ResultT = TypeVar("ResultT")


class BackendError(RuntimeError):
    """A backend cannot be used; the message is one line with the fault and the remedy."""


@dataclass(frozen=True)
class Query:
    """One set-based step.

    Attributes:
        makes: The table that it makes.
        reads: The tables that its text names.
        sql: A SELECT in portable SQL. The order of its rows means nothing.
    """

    makes: str
    reads: tuple[str, ...]
    sql: str


class Backend(Protocol):
    """An engine that runs portable SQL over tables, each a folder of Parquet files, and functions over buckets."""

    @property
    def name(self) -> str:
        """What a person calls it: the setting, without secrets."""

    def check(self, shared: Path) -> None:
        """Find out before a run whether it can be used for tables in a folder.

        Raises:
            BackendError: It cannot; one line with the reason.
        """

    def run(self, sql: str, tables: dict[str, Path], into: Path) -> None:
        """Write the rows of a SELECT into a folder, which is empty."""

    def scalar(self, sql: str, tables: dict[str, Path]) -> int:
        """The one number that a SELECT gives."""

    def map_buckets(self, build: Callable[[BucketT], ResultT], buckets: Sequence[BucketT]) -> list[ResultT]:
        """What a function gives for each bucket, in their order.

        Args:
            build: Reads the rows of a bucket and writes what it makes of them, each file whole and under a name that
                the bucket gives it: where a worker is lost, it is called again for the same bucket. It gives a few
                numbers. Function, buckets and results can be pickled.
            buckets: What it is called with.
        """


@dataclass(frozen=True)
class DuckDB:
    """The engine of one machine: memory has a limit, and what goes beyond it is written to disk."""

    name: str = LOCAL

    def check(self, shared: Path) -> None:
        """Nothing can be missing: it is installed with the package."""

    def run(self, sql: str, tables: dict[str, Path], into: Path) -> None:
        """Write the rows of a SELECT into one file of the folder."""
        into_file = quoted(str(into / "rows.parquet"))
        with database().cursor() as connection:
            connection.execute(f"COPY ({_over(tables, sql)}) TO {into_file} (FORMAT parquet)")

    def scalar(self, sql: str, tables: dict[str, Path]) -> int:
        """The one number that a SELECT gives."""
        with database().cursor() as connection:
            return int(connection.execute(_over(tables, sql)).fetchall()[0][0])

    def map_buckets(self, build: Callable[[BucketT], ResultT], buckets: Sequence[BucketT]) -> list[ResultT]:
        """One bucket after the other, so that memory follows the bucket."""
        return [build(bucket) for bucket in buckets]


ONE_MACHINE: Final = DuckDB()
"""The backend where none is named."""


def backend_of(address: str) -> Backend:
    """The backend that a setting names; nothing is connected to before it is used.

    Args:
        address: `duckdb`, or `sc://host:port` of a cluster.
    """
    if address == LOCAL:
        return ONE_MACHINE
    # Whoever has no cluster need not wait for the module.
    from cdp_pipeline.backend.spark_connect import SparkConnect

    return SparkConnect(address)


@dataclass(frozen=True)
class Workspace:
    """A folder of intermediate tables and the engine that queries them.

    Attributes:
        root: The folder; its maker removes it.
        backend: The engine.
    """

    root: Path
    backend: Backend = ONE_MACHINE

    def run(self, query: Query, **renamed: str) -> None:
        """Make the table of a query, in place of one of that name.

        Args:
            query: The step.
            renamed: For a table that the text names, the table that stands for it here.
        """
        tables = {name: self.path(renamed.get(name, name)) for name in query.reads}
        self.backend.run(query.sql, tables, self.emptied(query.makes))

    def scalar(self, sql: str, *reads: str) -> int:
        """The one number that a SELECT over these tables gives."""
        return self.backend.scalar(sql, {name: self.path(name) for name in reads})

    def write(self, table: str, frame: pl.LazyFrame | pl.DataFrame) -> None:
        """Make a table of a frame; a lazy one is streamed."""
        self.write_each(table, [frame])

    def write_each(self, table: str, frames: Iterable[pl.LazyFrame | pl.DataFrame]) -> None:
        """Make a table of frames of one schema, at least one, that are written one after the other."""
        self.emptied(table)
        for number, frame in enumerate(frames):
            self.write_part(table, number, frame)

    def write_parts(self, table: str, schema: pl.Schema, parts: Iterable[pl.DataFrame]) -> None:
        """Make a table of frames of one schema, with one at a time in memory; there may be none."""
        self.write_each(table, chain([schema.to_frame()], parts))

    def write_part(self, table: str, number: int, frame: pl.LazyFrame | pl.DataFrame) -> None:
        """Write one part of a table, in place of the part of that number, whole or not at all."""
        file = self.path(table) / f"{number:05}.parquet"
        write_whole(file, frame.lazy())

    def rename(self, table: str, name: str) -> None:
        """Give a table another name, in place of the table that has it."""
        self.path(table).replace(self.emptied(name))

    def scan(self, table: str) -> pl.LazyFrame:
        """The rows of a table, in no order that means anything."""
        return pl.scan_parquet(sorted(self.path(table).glob("*.parquet")), glob=False)

    def path(self, table: str) -> Path:
        """The folder of a table."""
        return self.root / table

    def emptied(self, table: str) -> Path:
        """The folder of a table, empty."""
        folder = self.path(table)
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        return folder


def write_whole(file: Path, rows: pl.LazyFrame) -> None:
    """Write a Parquet file of passing rows, streamed; it is there only when it is whole, and may be written twice."""
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        rows.sink_parquet(part, compression="uncompressed", statistics=False)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _over(tables: dict[str, Path], sql: str) -> str:
    """A SELECT that knows these tables by their names."""
    known = (
        f"{name} AS NOT MATERIALIZED (SELECT * FROM read_parquet({pattern_of(folder)}))"
        for name, folder in tables.items()
    )
    return f"WITH {', '.join(known)} SELECT * FROM ({sql}) result"


def pattern_of(folder: Path) -> str:
    """What DuckDB reads a table by, as an SQL literal."""
    # In front of the last star, stars and brackets are characters of the folder's name.
    return quoted(re.sub(r"[*?[]", r"[\g<0>]", str(folder)) + "/*.parquet")
