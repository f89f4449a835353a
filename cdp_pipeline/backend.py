"""Where set-based steps run: portable SQL over Parquet files, on one machine or, by another backend, on many.

A step that needs everybody at once is one `Query`: a text in DuckDB's dialect, inside the subset that SQLGlot carries
to other engines unchanged; `cdp_pipeline_tests/test_backend.py` refuses the rest and says why. A `Workspace` is a
folder of intermediate tables, which a query reads and writes by name. What one bucket of rows needs is a function over
frames and belongs to its package.
"""

import os
import re
import weakref
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

import duckdb
import polars as pl

_GIGABYTES_A_THREAD: Final = 1
"""What DuckDB may hold; beyond it, it writes to disk. Each thread keeps parts that it cannot write."""


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
    """An engine that runs portable SQL over tables, each a folder of Parquet files."""

    def run(self, sql: str, tables: dict[str, Path], into: Path) -> None:
        """Write the rows of a SELECT into a folder, which is empty."""

    def scalar(self, sql: str, tables: dict[str, Path]) -> int:
        """The one number that a SELECT gives."""


class DuckDB:
    """The engine of one machine: memory has a limit, and what goes beyond it is written to disk."""

    def run(self, sql: str, tables: dict[str, Path], into: Path) -> None:
        """Write the rows of a SELECT into one file of the folder."""
        into_file = _quoted(str(into / "rows.parquet"))
        with database().cursor() as connection:
            connection.execute(f"COPY ({_over(tables, sql)}) TO '{into_file}' (FORMAT parquet)")

    def scalar(self, sql: str, tables: dict[str, Path]) -> int:
        """The one number that a SELECT gives."""
        with database().cursor() as connection:
            return int(connection.execute(_over(tables, sql)).fetchall()[0][0])


@dataclass(frozen=True)
class Workspace:
    """A folder of intermediate tables and the engine that queries them.

    Attributes:
        root: The folder; its maker removes it.
        backend: The engine.
    """

    root: Path
    backend: Backend = DuckDB()  # noqa: RUF009  # It has no state.

    def run(self, query: Query, **renamed: str) -> None:
        """Make the table of a query, in place of one of that name.

        Args:
            query: The step.
            renamed: For a table that the text names, the table that stands for it here.
        """
        tables = {name: self.path(renamed.get(name, name)) for name in query.reads}
        self.backend.run(query.sql, tables, self._emptied(query.makes))

    def scalar(self, sql: str, *reads: str) -> int:
        """The one number that a SELECT over these tables gives."""
        return self.backend.scalar(sql, {name: self.path(name) for name in reads})

    def write(self, table: str, frame: pl.LazyFrame | pl.DataFrame) -> None:
        """Make a table of a frame; a lazy one is streamed."""
        self.write_each(table, [frame])

    def write_each(self, table: str, frames: Iterable[pl.LazyFrame | pl.DataFrame]) -> None:
        """Make a table of frames of one schema, at least one, that are written one after the other."""
        for number, frame in enumerate(frames):
            self.write_part(table, number, frame)

    def write_parts(self, table: str, schema: pl.Schema, parts: Iterable[pl.DataFrame]) -> None:
        """Make a table of frames of one schema, of which one at a time is in memory; it may be none."""
        self.write_each(table, chain([schema.to_frame()], parts))

    def write_part(self, table: str, number: int, frame: pl.LazyFrame | pl.DataFrame) -> None:
        """Write one part of a table; part 0 takes the place of all that was there."""
        folder = self._emptied(table) if number == 0 else self.path(table)
        frame.lazy().sink_parquet(folder / f"{number:05}.parquet", compression="uncompressed", statistics=False)

    def rename(self, table: str, name: str) -> None:
        """Give a table another name, in place of the table that has it."""
        self.path(table).replace(self._emptied(name))

    def scan(self, table: str) -> pl.LazyFrame:
        """The rows of a table, in no order that means anything."""
        return pl.scan_parquet(sorted(self.path(table).glob("*.parquet")), glob=False)

    def path(self, table: str) -> Path:
        """The folder of a table."""
        return self.root / table

    def _emptied(self, table: str) -> Path:
        """The folder of a table, empty."""
        folder = self.path(table)
        with suppress(FileExistsError):
            folder.mkdir(parents=True)
        for file in folder.iterdir():
            file.unlink()
        return folder


def _over(tables: dict[str, Path], sql: str) -> str:
    """A SELECT that knows these tables by their names."""
    known = (
        f"{name} AS NOT MATERIALIZED (SELECT * FROM read_parquet('{pattern_of(folder)}'))"
        for name, folder in tables.items()
    )
    return f"WITH {', '.join(known)} SELECT * FROM ({sql}) result"


def pattern_of(folder: Path) -> str:
    """What DuckDB reads a table by, as it stands between quotes in SQL."""
    # In front of the last star, stars and brackets are characters of the folder's name.
    return _quoted(re.sub(r"[*?[]", r"[\g<0>]", str(folder))) + "/*.parquet"


def _quoted(path: str) -> str:
    return path.replace("'", "''")


@cache
def database() -> duckdb.DuckDBPyConnection:
    """The one database of the process, in memory; it never goes to the network."""
    # What does not fit is written to a folder that only the owner can read, and removed with the process.
    folder = TemporaryDirectory(prefix="cdp-sql-")
    made = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": folder.name,
            "preserve_insertion_order": False,
        }
    )
    weakref.finalize(made, folder.cleanup)
    made.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    [(threads,)] = made.execute("SELECT CURRENT_SETTING('threads')").fetchall()
    half = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**31
    made.execute(f"SET memory_limit = '{max(1, min(half, _GIGABYTES_A_THREAD * threads))}GB'")
    return made
