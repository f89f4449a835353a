"""rows -> buckets: ranges of a digest that are processed one after the other, so that memory follows the bucket.

A person id is a digest, so equal ranges hold about equally many people; other units get a digest, see `SLOT`. A file
that is written bucket by bucket records the range of each part, so a reader of one bucket skips the other parts.
"""

from itertools import pairwise

import polars as pl

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
