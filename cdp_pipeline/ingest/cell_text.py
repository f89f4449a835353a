"""Typed columns -> the text that the same values have in JSON.

For formats whose cells have types of their own. Moments become epoch milliseconds where the column holds moments, one
without a time zone being UTC; whole floats become integers, as libraries that know no missing integer write them so;
NaN is a missing cell.
"""

import polars as pl

from cdp_pipeline.entities.model import Column
from cdp_pipeline.ingest.json_text import json_of

# Above this a float holds no integer exactly.
_WHOLE_FLOATS = 2.0**53


def text_of(name: str, dtype: pl.DataType, column: Column | None) -> pl.Expr:
    """The cells of a column as text; lists, structs and maps as JSON.

    Args:
        name: The column in the frame.
        dtype: Its type there.
        column: The entity's column it means; null for an unknown one.
    """
    value = pl.col(name)
    if dtype.is_nested():
        return json_of(value)
    if isinstance(dtype, pl.Date | pl.Datetime):
        return _moment_text(value, dtype, column)
    if dtype.is_float():
        whole = (value == value.floor()) & (value.abs() < _WHOLE_FLOATS)
        text = pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(value.cast(pl.String))
        return pl.when(value.is_not_nan()).then(text)
    return value.cast(pl.String)


def without_nuls(text: pl.Expr) -> pl.Expr:
    """The text with U+FFFD for the character that no database text can hold, also where JSON escapes it."""
    return text.str.replace_many(["\x00", "\\u0000"], ["\ufffd", "\\ufffd"])


def decoded(sent: pl.Series) -> pl.Series:
    """Bytes as text, as writers that do not mark their texts leave them; what is no UTF-8 as hexadecimal digits."""
    try:
        return sent.cast(pl.String)
    except pl.exceptions.ComputeError:
        # Polars refuses the whole column for one cell, so Python tells them apart.
        return pl.Series(sent.name, [_text_or_digits(cell) for cell in sent], dtype=pl.String)


def _text_or_digits(sent: bytes | None) -> str | None:
    if sent is None:
        return None
    text = sent.decode("utf-8", "replace")
    return text if text.encode() == sent else sent.hex()


def _moment_text(value: pl.Expr, dtype: pl.DataType, column: Column | None) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        moment = value.dt.convert_time_zone("UTC") if dtype.time_zone else value.dt.replace_time_zone("UTC")
    else:
        moment = value.cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    if column is not None and column.kind.dtype == pl.Int64:
        return moment.dt.timestamp("ms").cast(pl.String)
    day = moment.dt.strftime("%Y-%m-%d")
    is_day = isinstance(dtype, pl.Date) | (moment == moment.dt.truncate("1d"))
    return pl.when(is_day).then(day).otherwise(moment.dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
