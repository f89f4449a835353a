"""rows -> buckets: ranges of a digest that are worked on one after the other, so that memory follows the bucket.

A person id is a digest, so that its ranges hold about as many people each; other units are given one, see `SLOT`. A
file written bucket by bucket tells the range of each of its parts, by which a reader of one bucket leaves the others
out.
"""

from itertools import pairwise

import polars as pl

ROWS_AT_ONCE = 2_000_000
"""Records, or rows of a table, of one bucket: with what is made of them some gigabyte of memory."""

SLOT = "SUBSTRING(MD5({}), 1, 2) AS slot"
"""In SQL, the column `slot` of a text that names a unit: two hexadecimal digits."""

_MOST = 256


def buckets_of(rows: int, column: str = "person_id", prefix: str = "P") -> list[pl.Expr | None]:
    """A condition on a column per bucket, each value in exactly one, in the order of values; None for all in one.

    Args:
        rows: How many rows there are.
        column: The column with the digest.
        prefix: What stands in front of its hexadecimal digits.
    """
    count = min(_MOST, -(-rows // ROWS_AT_ONCE))
    if count <= 1:
        return [None]
    edges = [f"{prefix}{number * _MOST // count:02x}" for number in range(1, count)]
    digest = pl.col(column)
    between = [(digest >= low) & (digest < high) for low, high in pairwise(edges)]
    return [digest < edges[0], *between, digest >= edges[-1]]
