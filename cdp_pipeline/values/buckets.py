"""people -> buckets: ranges of person ids that are worked on one after the other, so that memory follows the bucket.

An id is a digest, so that its ranges hold about as many people each. A file written bucket by bucket tells the range of
each of its parts, by which a reader of one bucket leaves the others out.
"""

from itertools import pairwise

import polars as pl

ROWS_AT_ONCE = 2_000_000
"""Records, or rows of a table, of one bucket: with what is made of them some gigabyte of memory."""

_MOST = 256


def buckets_of(rows: int) -> list[pl.Expr | None]:
    """A condition on `person_id` per bucket, each id in exactly one, in the order of ids; null for all in one.

    Args:
        rows: How many rows of people there are.
    """
    count = min(_MOST, -(-rows // ROWS_AT_ONCE))
    if count <= 1:
        return [None]
    edges = [f"P{number * _MOST // count:02x}" for number in range(1, count)]
    person = pl.col("person_id")
    between = [(person >= low) & (person < high) for low, high in pairwise(edges)]
    return [person < edges[0], *between, person >= edges[-1]]
