"""text -> MD5, as hexadecimal text: the same on every run, machine and version of the libraries."""

from functools import cache

import duckdb
import polars as pl


def md5_hex(texts: pl.Series) -> pl.Series:
    """The MD5 of each text's UTF-8 bytes in hexadecimal; null stays null.

    Polars' own hash may change between its versions, so keys that are stored are never made with it. MD5 serves as a
    name here, not as protection.
    """
    with _database().cursor() as connection:
        connection.register("texts", pl.DataFrame({"text": texts}).to_arrow())
        hashed: pl.DataFrame = connection.sql("SELECT md5(text) AS hash FROM texts").pl()
    return hashed["hash"].rename(texts.name)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    # Opening one takes as long as hashing a hundred thousand texts.
    return duckdb.connect()
