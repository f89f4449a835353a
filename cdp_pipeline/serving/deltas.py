"""a table as it was published + as it is now -> the rows that changed and the keys that are gone.

Rows are compared by hashes, in memory, so that only what differs travels to the database.
"""

from dataclasses import dataclass

import polars as pl

_AT = "_at"


@dataclass(frozen=True)
class Delta:
    """What a table gained and lost.

    Attributes:
        changed: Its new and changed rows.
        gone: The keys of rows that it has no more.
        rows: How many rows it has now.
    """

    changed: pl.LazyFrame
    gone: pl.LazyFrame
    rows: int


def find_delta(before: pl.LazyFrame, after: pl.LazyFrame, key: tuple[str, ...]) -> Delta:
    """The rows of `after` that `before` does not have just so, and the keys that only `before` has.

    Null is a value like others. Keys are compared by 128 bits, so that among ten million none is taken for another; a
    row with its key's earlier state by 64.

    Args:
        before: The table as it was; each key once.
        after: The table as it is, with the same columns.
        key: The columns of the key.
    """
    was, is_now = before.collect(), after.collect()
    marks_then, marks_now = _marks(was, key), _marks(is_now, key)
    changed = marks_now.join(marks_then, on=["key_a", "key_b", "row"], how="anti")[_AT]
    gone = marks_then.join(marks_now, on=["key_a", "key_b"], how="anti")[_AT]
    return Delta(is_now[changed.sort()].lazy(), was.select(key)[gone.sort()].lazy(), is_now.height)


def no_delta(table: pl.LazyFrame, key: tuple[str, ...], rows: int) -> Delta:
    """The delta of a table that is the same as before."""
    return Delta(table.clear(), table.clear().select(key), rows)


def _marks(rows: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    keys = rows.select(key)
    return pl.DataFrame(
        {
            "key_a": keys.hash_rows(seed=0),
            "key_b": keys.hash_rows(seed=1),
            "row": rows.hash_rows(seed=0),
            _AT: pl.int_range(rows.height, dtype=pl.UInt32, eager=True),
        }
    )
