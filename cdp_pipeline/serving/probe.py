"""The database beside the frames it was made of: rows per table, and a sample of one table cell by cell."""

import polars as pl
import polars.selectors as cs
import sqlalchemy as sa
from pandera.typing.polars import DataFrame, LazyFrame

from cdp_pipeline.entities.table import M_co, Table


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
