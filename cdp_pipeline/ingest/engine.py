"""DuckDB as the parser of JSON and delimited text: one in-memory database, and one connection per read.

Opens the database and passes frames in and out; the SQL is in the calling modules.
"""

from functools import lru_cache
from pathlib import Path
from typing import Self

import duckdb
import polars as pl
import pyarrow as pa

MALFORMED = (duckdb.InvalidInputException, UnicodeDecodeError)
"""Exceptions for malformed JSON; their message quotes the input and may cut it within a character."""

# DuckDB works on several Arrow batches at a time.
_ROWS_AT_ONCE = 20_000


class Engine:
    """A connection for one read, opened at first use; a context manager.

    Data that does not fit into memory is spilled to the parent of the scratch folder. Extensions are not installed or
    loaded automatically, so DuckDB needs no network.
    """

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self._opened: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened is not None:
            self._opened.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open connection; frames registered on it are not visible to other connections."""
        if self._opened is None:
            self._opened = _database(str(self.scratch.parent)).cursor()
        return self._opened

    def run(self, sql: str, **frames: pl.DataFrame) -> pl.DataFrame:
        """Run a query over frames, which it can use by their argument names; the order of rows is kept."""
        for name, frame in frames.items():
            table = frame.to_arrow()
            batches = table.to_batches(max_chunksize=_ROWS_AT_ONCE)
            self.connection.register(name, pa.Table.from_batches(batches, table.schema))
        try:
            result = pl.from_arrow(self.connection.sql(sql).to_arrow_table())
        finally:
            for name in frames:
                self.connection.unregister(name)
        assert isinstance(result, pl.DataFrame)
        return result


@lru_cache(maxsize=1)
def _database(temporary: str) -> duckdb.DuckDBPyConnection:
    """The shared database for a folder of scratch folders; opening one takes longer than reading a small file."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": temporary,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    return duckdb.connect(":memory:", config=settings)


def quoted(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def linked(path: Path, scratch: Path, name: str) -> Path:
    """Link the file under a fixed name, because DuckDB reads brackets and stars in a path as a pattern."""
    link = scratch / name
    link.symlink_to(path.absolute())
    return link
