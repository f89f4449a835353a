"""Pairs of texts -> their Damerau-Levenshtein distance, by DuckDB."""

import polars as pl

from cdp_pipeline.values.duckdb_query import query


def damerau_levenshtein(a: pl.Series, b: pl.Series) -> pl.Series:
    """Insertions, deletions, replacements and swaps of neighbours that make `a` into `b`; null where one is null."""
    pairs = pl.DataFrame({"a": a, "b": b}).with_row_index("place")
    found = query("SELECT place, damerau_levenshtein(a, b) AS distance FROM pairs", pairs=pairs)
    return found.sort("place")["distance"]
