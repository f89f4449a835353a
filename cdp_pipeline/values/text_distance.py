"""Pairs of texts -> how many slips of the keyboard lie between them (Damerau and Levenshtein), by DuckDB."""

import polars as pl

from cdp_pipeline.values.duckdb_query import query


def slips_between(a: pl.Series, b: pl.Series) -> pl.Series:
    """Letters to insert, drop, replace, or swap with their neighbour, to make `a` into `b`; null where one is null."""
    pairs = pl.DataFrame({"a": a, "b": b}).with_row_index("place")
    found = query("SELECT place, damerau_levenshtein(a, b) AS slips FROM pairs", pairs=pairs)
    return found.sort("place")["slips"]
