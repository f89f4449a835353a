"""a table as it was published + as it is now -> the rows that changed and the keys that are gone.

Rows are compared by hashes, so that only what differs is in memory and travels to the database.
"""

from dataclasses import dataclass
from typing import Any, Generic, cast

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.table import AnyRows, M_co
from cdp_pipeline.values import hashes as buckets

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

    Null equals null. Rows are compared by 128 bits, so that among ten million no two are confused.

    Args:
        before: The table as it was; each key once.
        after: The table as it is, with the same columns.
        key: The columns of the key.
    """
    marks_then, marks_now = _marks(before, key), _marks(after, key)
    differing = _picked(after, _only_in(marks_now, marks_then))
    lost = _picked(before.select(key), _only_in(marks_then, marks_now))
    # A key whose row is no more as it was is either gone or that of a changed row.
    gone = lost.join(differing, on=key, how="anti", nulls_equal=True)
    changed, new = (differing.join(lost, on=key, how=how, nulls_equal=True) for how in ("semi", "anti"))
    # In the order of the key the database finds and writes rows of one page after each other.
    changed, new, gone = (rows.sort(key) for rows in (changed, new, gone))
    is_empty = differing.is_empty() and gone.is_empty()
    return _delta(changed.lazy(), new.lazy(), gone.lazy(), marks_now.height, is_empty=is_empty)


def no_delta(table: LazyFrame[M_co], key: tuple[str, ...], rows: int) -> Delta[M_co]:
    """The delta of a table that is the same as before."""
    return _delta(table.clear(), table.clear(), table.clear().select(key), rows, is_empty=True)


# Any: the caller says of which table these are rows.
def _delta(changed: pl.LazyFrame, new: pl.LazyFrame, gone: pl.LazyFrame, rows: int, *, is_empty: bool) -> Delta[Any]:
    return Delta(cast("AnyRows", changed), cast("AnyRows", new), cast("AnyRows", gone), rows, is_empty)


def _marks(rows: pl.LazyFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """The hashes of each row's key and of the row, and its place."""
    hashed = rows.select(key=pl.struct(key).hash(seed=1), row=pl.struct(pl.all()).hash(seed=0))
    return hashed.with_row_index(_AT).collect(engine="streaming")


def _only_in(one: pl.DataFrame, other: pl.DataFrame) -> pl.Series:
    """The places of the rows of one table that the other does not have."""
    # In parts by the key, as the join of ten million rows holds more memory than the hashes themselves.
    count = max(1, one.height // buckets.ROWS_AT_ONCE)
    parts = ([rows.filter(pl.col("key") % count == part) for rows in (one, other)] for part in range(count))
    return pl.concat([mine.join(others, on=["key", "row"], how="anti")[_AT] for mine, others in parts])


def _picked(rows: pl.LazyFrame, places: pl.Series) -> pl.DataFrame:
    picked = rows.with_row_index(_AT).filter(pl.col(_AT).is_in(places.implode()))
    return picked.drop(_AT).collect(engine="streaming")
