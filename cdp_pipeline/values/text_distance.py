"""Pairs of texts -> how many slips of the keyboard lie between them (Damerau and Levenshtein), by DuckDB."""

from functools import cache

import duckdb
import polars as pl


def slips_between(a: pl.Series, b: pl.Series) -> pl.Series:
    """Letters to insert, drop, replace, or swap with their neighbour, to make `a` into `b`; null where one is null."""
    pairs = pl.DataFrame({"a": a, "b": b}).with_row_index("place")
    with _database().cursor() as connection:
        connection.register("pairs", pairs.to_arrow())
        found: pl.DataFrame = connection.sql("SELECT place, damerau_levenshtein(a, b) AS slips FROM pairs").pl()
    return found.sort("place")["slips"]


@cache
def _database() -> duckdb.DuckDBPyConnection:
    # Opening one takes as long as comparing some ten thousand pairs.
    return duckdb.connect()
