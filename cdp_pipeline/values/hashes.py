"""Hashes that are the same on every run and machine: MD5 of a text, the bucket of a key.

A person id is a digest, so equal ranges hold about equally many people; other units get a digest, see `SLOT`. A file
that is written bucket by bucket records the range of each part, so a reader of one bucket skips the other parts.
"""

import hashlib
from itertools import pairwise

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


ROWS_AT_ONCE = 2_000_000
"""Records, or rows of a table, of one bucket; with what is built from them about a gigabyte of memory."""

SLOT = "SUBSTRING(MD5({}), 1, 2) AS slot"
"""In SQL, the column `slot` of a text that identifies a unit: two hexadecimal digits."""

_MOST = 256


def buckets_of(rows: int, column: str = "person_id", prefix: str = "P") -> list[pl.Expr | None]:
    """A condition on a column per bucket, in the order of values; each value meets one. None for a single bucket.

    Args:
        rows: The number of rows.
        column: The column with the digest.
        prefix: The text before its hexadecimal digits.
    """
    count = min(_MOST, -(-rows // ROWS_AT_ONCE))
    if count <= 1:
        return [None]
    edges = [f"{prefix}{number * _MOST // count:02x}" for number in range(1, count)]
    digest = pl.col(column)
    between = [(digest >= low) & (digest < high) for low, high in pairwise(edges)]
    return [digest < edges[0], *between, digest >= edges[-1]]


def all_differ(texts: pl.Series) -> bool:
    """Whether no text occurs twice; in rare cases `False` although all differ, if two texts have one hash.

    Equal texts have equal hashes, so as many hashes as texts prove that all differ. Null is a text like others.
    """
    hashes = texts.hash(seed=0)
    return hashes.n_unique() == hashes.len()
