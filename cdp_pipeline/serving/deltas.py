"""a table as it was published + as it is now -> the rows that changed and the keys that are gone.

Rows are compared by hashes, in memory, so that only what differs travels to the database.
"""

from dataclasses import dataclass
from typing import Any, Generic, cast

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.table import AnyRows, M_co

_AT = "_at"


@dataclass(frozen=True)
class Delta(Generic[M_co]):
    """What a table gained and lost.

    Attributes:
        changed: Its rows whose keys it had with other cells.
        new: Its rows whose keys it did not have.
        gone: The keys of rows that it has no more.
        rows: How many rows it has now.
        is_empty: Whether it is known that nothing changed; the table is then not compared at all.
    """

    changed: LazyFrame[M_co]
    new: LazyFrame[M_co]
    gone: AnyRows
    rows: int
    is_empty: bool = False


def find_delta(before: LazyFrame[M_co], after: LazyFrame[M_co], key: tuple[str, ...]) -> Delta[M_co]:
    """The rows of `after` that `before` does not have just so, and the keys that only `before` has.

    Null is a value like others. Rows are compared by 128 bits, so that among ten million none is taken for another.

    Args:
        before: The table as it was; each key once.
        after: The table as it is, with the same columns.
        key: The columns of the key.
    """
    was, is_now = before.collect(), after.collect()
    marks_then, marks_now = _marks(was, key), _marks(is_now, key)
    differing = is_now[_only_in(marks_now, marks_then)]
    lost = was.select(key)[_only_in(marks_then, marks_now)]
    # A key whose row is no more as it was is either gone or that of a changed row.
    gone = lost.join(differing, on=key, how="anti", nulls_equal=True)
    changed, new = (differing.join(lost, on=key, how=how, nulls_equal=True) for how in ("semi", "anti"))
    # In the order of the key the database finds and writes rows of one page after each other.
    changed, new, gone = (rows.sort(key) for rows in (changed, new, gone))
    is_empty = differing.is_empty() and gone.is_empty()
    return _delta(changed.lazy(), new.lazy(), gone.lazy(), is_now.height, is_empty=is_empty)


def no_delta(table: LazyFrame[M_co], key: tuple[str, ...], rows: int) -> Delta[M_co]:
    """The delta of a table that is the same as before."""
    return _delta(table.clear(), table.clear(), table.clear().select(key), rows, is_empty=True)


# Any: the caller says of which table these are rows.
def _delta(changed: pl.LazyFrame, new: pl.LazyFrame, gone: pl.LazyFrame, rows: int, *, is_empty: bool) -> Delta[Any]:
    return Delta(cast("AnyRows", changed), cast("AnyRows", new), cast("AnyRows", gone), rows, is_empty)


def _marks(rows: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    at = pl.int_range(rows.height, dtype=pl.UInt32, eager=True)
    return pl.DataFrame({"key": rows.select(key).hash_rows(seed=1), "row": rows.hash_rows(seed=0), _AT: at})


def _only_in(one: pl.DataFrame, other: pl.DataFrame) -> pl.Series:
    return one.join(other, on=["key", "row"], how="anti")[_AT].sort()
