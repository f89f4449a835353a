"""Record keys: rows -> the key of the record that each is a version of, the same on every run and machine."""

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.values.text_hash import md5_hex

_BLANK = "-"
_MISSING = "\x1e"
_BETWEEN = "\x1f"


def record_keys(rows: pl.DataFrame, entity: Entity) -> pl.Series:
    """The record key of each row: the object type and a digest of namespace and natural key.

    Texts are trimmed and compared as spelled, timestamps by their milliseconds. A missing part is a value of its own.

    Args:
        rows: Rows with `company_id`, `system_name` and the columns of the natural key.
        entity: The entity of the rows.
    """
    parts = [
        pl.lit(entity.object_type),
        pl.col("company_id").fill_null(_BLANK),
        pl.col("system_name").fill_null(_BLANK),
        *(_as_text(name, rows.schema[name]).fill_null(_MISSING) for name in entity.natural_key),
    ]
    named = rows.select(pl.concat_str(parts, separator=_BETWEEN)).to_series()
    return (f"{entity.object_type}:" + md5_hex(named)).alias("record_key")


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return pl.col(name).dt.epoch("ms").cast(pl.String)
    return pl.col(name).cast(pl.String).str.strip_chars()
