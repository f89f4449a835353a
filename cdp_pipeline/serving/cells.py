"""Values of a frame -> values that both databases hold alike.

Here stands what is changed on the way: lists become JSON text, NUL becomes U+FFFD (PostgreSQL cannot store it),
NaN becomes null (SQLite cannot store it). How rows travel stands in `loading.py`.
"""

from collections.abc import Iterator

import polars as pl
import polars.selectors as cs

from cdp_pipeline.entities.table import Table, TableColumn

BATCH_ROWS = 50_000
"""Rows that are in memory at once: about 20 MB of a wide table, and enough to make the cost per batch vanish."""

_NUL = "\0"
_REPLACEMENT = "\ufffd"


def storable_batches(frame: pl.LazyFrame, table: Table) -> Iterator[pl.DataFrame]:
    """The rows of a frame in the table's columns, a batch at a time, in values that every database can store."""
    storable = [_storable(column) for column in table.columns]
    # In the order of the frame: rows near each other there are so in the database, and an unordered query was seen to
    # run ahead of its reader without limit.
    for batch in table.conform(frame).collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
        yield batch.select(storable)


def as_text(batch: pl.DataFrame) -> pl.DataFrame:
    """The batch for the bulk loaders: dates and timestamps as ISO text in UTC, booleans as 0 and 1.

    Timestamps are spelled as SQLAlchemy reads them back from SQLite: `2026-03-01 09:30:00.000000`.
    """
    return batch.with_columns(
        cs.datetime().dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%d %H:%M:%S%.6f"),
        cs.date().dt.strftime("%Y-%m-%d"),
        cs.boolean().cast(pl.Int64),
    )


def _storable(column: TableColumn) -> pl.Expr:
    value = pl.col(column.name)
    if column.dtype.is_nested():
        return _json_without_nul(_json_text(column.name)).alias(column.name)
    if column.json:
        return _json_without_nul(value)
    if column.dtype == pl.String:
        return value.str.replace_all(_NUL, _REPLACEMENT, literal=True)
    if column.dtype == pl.Float64:
        return value.fill_nan(None)
    return value


def _json_text(name: str) -> pl.Expr:
    """A list or struct as JSON text: wrapped in a struct, as Polars writes JSON of structs only, and cut out again."""
    wrapped = pl.struct(pl.col(name).alias("v")).struct.json_encode()
    text = wrapped.str.strip_prefix('{"v":').str.strip_suffix("}")
    return pl.when(pl.col(name).is_not_null()).then(text)


def _json_without_nul(text: pl.Expr) -> pl.Expr:
    r"""JSON text whose escaped NULs are replaced as well.

    Escaped backslashes are set aside as a raw NUL, which valid JSON cannot contain, so that `\\u0000`, a backslash
    followed by plain letters, stays what it is.
    """
    return (
        text.str.replace_all(_NUL, _REPLACEMENT, literal=True)
        .str.replace_all(r"\\", _NUL, literal=True)
        .str.replace_all(r"\u0000", _REPLACEMENT, literal=True)
        .str.replace_all(_NUL, r"\\", literal=True)
    )
