"""A question in SQL over frames, put to DuckDB: for what Polars has no expression for."""

from functools import cache

import duckdb
import polars as pl


def query(sql: str, **frames: pl.DataFrame) -> pl.DataFrame:
    """The answer over frames, which the SQL names as given here; the order of its rows is the SQL's affair.

    Each question has a connection of its own, so that several threads may ask at once. It never goes to the network.
    """
    with _database().cursor() as connection:
        for name, frame in frames.items():
            connection.register(name, frame.to_arrow())
        found: pl.DataFrame = connection.sql(sql).pl()
    return found


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One for the process: opening one takes as long as hashing a hundred thousand texts."""
    return duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
