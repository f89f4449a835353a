"""The one way to DuckDB: how a database is opened, and SQL over frames for what Polars has no expression for.

Data that does not fit into memory is written to disk. No extension is installed or loaded by itself, so that nothing
goes to the network.
"""

import os
import weakref
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import duckdb
import polars as pl
import pyarrow as pa

MALFORMED = (duckdb.InvalidInputException, UnicodeDecodeError)
"""Exceptions for malformed JSON; their message quotes the input and may cut it within a character."""

# DuckDB works on several Arrow batches at a time.
_ROWS_AT_ONCE = 20_000

_GIGABYTES_A_THREAD = 1
"""Memory of set-based steps, which is half of the machine's at most: each thread keeps parts that it cannot write."""


class Engine:
    """A connection for one read, opened at first use; a context manager.

    Attributes:
        scratch: A folder of the caller; what does not fit into memory is written beside it.
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
            self._opened = _reading(str(self.scratch.parent)).cursor()
        return self._opened

    def run(self, sql: str, **frames: pl.DataFrame) -> pl.DataFrame:
        """Run a query over frames, which it can use by their argument names; the order of rows is kept."""
        return _run(self.connection, sql, frames)


def query(sql: str, **frames: pl.DataFrame) -> pl.DataFrame:
    """The result of SQL over frames, which it names as given here.

    Each call has a connection of its own, so several threads may run queries at once.
    """
    with _computing().cursor() as connection:
        return _run(connection, sql, frames)


def _run(connection: duckdb.DuckDBPyConnection, sql: str, frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    for name, frame in frames.items():
        table = frame.to_arrow()
        batches = table.to_batches(max_chunksize=_ROWS_AT_ONCE)
        connection.register(name, pa.Table.from_batches(batches, table.schema))
    try:
        result = pl.from_arrow(connection.sql(sql).to_arrow_table())
    finally:
        for name in frames:
            connection.unregister(name)
    assert isinstance(result, pl.DataFrame)
    return result


def _opened(temporary: str | None = None, **settings: str | bool) -> duckdb.DuckDBPyConnection:
    """A database in memory; a cursor of it is a connection.

    Args:
        temporary: The folder for what does not fit into memory; None for one that only the owner can read, and that is
            removed with the database.
        settings: Further settings.
    """
    own = None if temporary else TemporaryDirectory(prefix="cdp-sql-")
    made = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": temporary or (own.name if own else ""),
            **settings,
        }
    )
    if own:
        weakref.finalize(made, own.cleanup)
    return made


# One database for the process and kind: opening one takes as long as hashing a hundred thousand texts.
_computing = cache(_opened)
_reading = lru_cache(maxsize=1)(_opened)


@cache
def database() -> duckdb.DuckDBPyConnection:
    """The database of set-based steps, whose memory has a limit; the order of their rows means nothing."""
    made = _opened(preserve_insertion_order=False)
    [(threads,)] = made.execute("SELECT CURRENT_SETTING('threads')").fetchall()
    half = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**31
    gigabytes = max(1, min(half, _GIGABYTES_A_THREAD * threads))
    made.execute(f"SET TimeZone = 'UTC'; SET enable_progress_bar = false; SET memory_limit = '{gigabytes}GB'")
    return made


def quoted(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def linked(path: Path, scratch: Path, name: str) -> Path:
    """Link the file under a fixed name, because DuckDB reads brackets and stars in a path as a pattern."""
    link = scratch / name
    link.symlink_to(path.absolute())
    return link
