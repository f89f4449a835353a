"""text -> MD5, as hexadecimal text: the same on every run, machine and version of the libraries."""

import hashlib

import polars as pl

from cdp_pipeline.values.duckdb_query import query

_FEW = 500
"""Fewer texts are hashed one by one in less time than a query of DuckDB takes."""


def md5_hex(texts: pl.Series) -> pl.Series:
    """The MD5 of each text's UTF-8 bytes in hexadecimal; null stays null.

    Polars' own hash may change between its versions, so keys that are stored never use it. MD5 serves as an identifier,
    not as protection.
    """
    if texts.len() < _FEW:
        hashes = [
            None if text is None else hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() for text in texts
        ]
        return pl.Series(texts.name, hashes, dtype=pl.String)
    hashed = query("SELECT md5(text) AS hash FROM texts", texts=pl.DataFrame({"text": texts}))
    return hashed["hash"].rename(texts.name)
