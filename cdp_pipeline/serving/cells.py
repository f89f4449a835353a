"""Values of a frame in the form that both databases hold alike, and a sample of a table compared cell by cell.

Lists become JSON text, NUL becomes U+FFFD (PostgreSQL cannot store it), NaN becomes null (SQLite cannot store it).
`loading.py` moves the rows.
"""

from collections.abc import Iterator

import polars as pl
import polars.selectors as cs
import sqlalchemy as sa
from pandera.typing.polars import DataFrame, LazyFrame

from cdp_pipeline.entities.table import M_co, Table, TableColumn

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


def count_tables(connection: sa.Connection, tables: sa.MetaData) -> dict[str, int]:
    """The rows of each table, by name."""
    return {
        table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in tables.sorted_tables
    }


def differing_columns(
    connection: sa.Connection, tables: sa.MetaData, table: Table[M_co], expected: DataFrame[M_co]
) -> list[str]:
    """The columns in which the database differs from some rows of a table; its key where a row is missing.

    Columns of JSON are left out, as databases spell it their own way.

    Args:
        connection: A connection to the database.
        tables: The tables of the database.
        table: The table, with a key of one column.
        expected: Some of its rows as they must be.
    """
    declared = tables.tables[table.name]
    (key,) = table.key
    columns = [column.name for column in table.columns if not column.json]
    wanted = _as_stored(expected.select(columns)).sort(key)
    query = sa.select(*(declared.c[name] for name in columns)).where(declared.c[key].in_(wanted[key].to_list()))
    schema = pl.Schema({name: table.schema[name] for name in columns})
    found = pl.DataFrame([tuple(row) for row in connection.execute(query)], schema=schema, orient="row").sort(key)
    if not found[key].equals(wanted[key]):
        return [key]
    return [name for name in columns if not found[name].equals(wanted[name], null_equal=True)]


def _as_stored(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows without values that databases cannot hold, see `cells.py`."""
    return rows.with_columns(
        cs.string().str.replace_all("\0", "\ufffd", literal=True),
        cs.float().fill_nan(None),
    )


def sample_rows(frame: LazyFrame[M_co], table: Table[M_co], rows: int) -> DataFrame[M_co]:
    """The first and the last rows of a table by its key of one column, so many together."""
    (key,) = table.key
    # The keys first: sorting whole rows of a million profiles costs more than all the rest of this check.
    keys = frame.select(key)
    ends = pl.concat([keys.bottom_k(rows // 2, by=key), keys.top_k(rows - rows // 2, by=key)]).unique().collect()
    return table.named(frame.filter(pl.col(key).is_in(ends[key].to_list())).collect())
