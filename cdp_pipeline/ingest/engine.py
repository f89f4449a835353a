"""DuckDB as the parser of JSON, Parquet and delimited text: one in-memory database, and a connection per file read.

Who calls it names the SQL; here stands only how a database is opened and how frames go in and come out.
"""

from functools import lru_cache
from pathlib import Path
from typing import Self

import duckdb
import polars as pl
import pyarrow as pa

MALFORMED = (duckdb.InvalidInputException, UnicodeDecodeError)
"""What malformed JSON raises; the message quotes the input and may cut it within a character."""

# DuckDB works on several Arrow batches at a time.
_ROWS_AT_ONCE = 20_000


class Engine:
    """A connection of one file's own, opened when it is first asked; to be used as a context.

    What does not fit into memory goes to the folder of scratch folders. It never goes to the network.
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
        """The open connection; frames that it knows by name are known to no other."""
        if self._opened is None:
            self._opened = _database(str(self.scratch.parent)).cursor()
        return self._opened

    def run(self, sql: str, **frames: pl.DataFrame) -> pl.DataFrame:
        """The result of a query over frames, which it names as given here; the order of rows is kept."""
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
    """The database of files whose scratch folders lie side by side: opening one takes longer than a small file."""
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
    """The file under a name of ours, as DuckDB takes brackets and stars in a path for a pattern."""
    link = scratch / name
    link.symlink_to(path.absolute())
    return link
