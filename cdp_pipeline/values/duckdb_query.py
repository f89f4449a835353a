"""SQL over frames by DuckDB, for operations that Polars has no expression for."""

from functools import cache

import duckdb
import polars as pl


def query(sql: str, **frames: pl.DataFrame) -> pl.DataFrame:
    """The result of SQL over frames, which it names as given here; the SQL decides the order of rows.

    Each call has a connection of its own, so several threads may run queries at once. It never uses the network.
    """
    with _database().cursor() as connection:
        for name, frame in frames.items():
            connection.register(name, frame.to_arrow())
        found: pl.DataFrame = connection.sql(sql).pl()
    return found


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One database for the process: opening one takes as long as hashing a hundred thousand texts."""
    return duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
