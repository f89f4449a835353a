"""DuckDB as the parser of JSON and Parquet: one private in-memory database per file that is read.

Who calls it names the SQL; here stands only how a database is opened and how frames go in and come out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

# DuckDB works on several Arrow batches at a time.
_ROWS_AT_ONCE = 20_000


@contextmanager
def open_engine(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that keeps its temporary files in the scratch folder and never goes to the network."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(scratch),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    with duckdb.connect(":memory:", config=settings) as engine:
        yield engine


def run(engine: duckdb.DuckDBPyConnection, sql: str, **frames: pl.DataFrame) -> pl.DataFrame:
    """The result of a query over frames, which the query names as given here; order is kept."""
    for name, frame in frames.items():
        table = frame.to_arrow()
        engine.register(name, pa.Table.from_batches(table.to_batches(max_chunksize=_ROWS_AT_ONCE), table.schema))
    try:
        result = pl.from_arrow(engine.sql(sql).to_arrow_table())
    finally:
        for name in frames:
            engine.unregister(name)
    assert isinstance(result, pl.DataFrame)
    return result


def quoted(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def linked(path: Path, scratch: Path, name: str) -> Path:
    """The file under a name of ours, as DuckDB takes brackets and stars in a path for a pattern."""
    link = scratch / name
    link.symlink_to(path.absolute())
    return link
