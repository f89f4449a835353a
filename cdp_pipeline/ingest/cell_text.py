"""Typed columns -> the text of the same values in JSON; and the rejection of rows with overlong cells.

- Dates and timestamps without a time zone become calendar text without an offset; no time zone is assumed here.
- Timestamps with a time zone become epoch milliseconds for timestamp columns, else RFC 3339 in UTC.
- Whole floats become integers, because libraries without a missing integer write integers as floats. NaN becomes null.
- A float with exactly three decimals gets a further 0, because the text `12.125` may mean twelve thousand.

A normaliser that is fast on a phone number may take minutes for a cell of megabytes, and no index accepts such a key.
"""

import re
from dataclasses import replace

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.ingest.batch import Batch, batch_of, rejected_entries
from cdp_pipeline.ingest.bounds import Bounds
from cdp_pipeline.values.json_text import json_of

# Days since 1970 of the years 1 to 9999, less one day at either end for time zones.
_FIRST_DAY, _LAST_DAY = -719_161, 2_932_895
_PER_DAY = {"ms": 86_400 * 10**3, "us": 86_400 * 10**6, "ns": 86_400 * 10**9}

# Above this a float holds no integer exactly.
_WHOLE_FLOATS = 2.0**53
THREE_DECIMALS = r"^[+-]?\d{1,3}\.\d{3}$"


def text_of(name: str, dtype: pl.DataType, column: Column | None) -> pl.Expr:
    """The cells of a column as text; lists, structs and maps as JSON.

    Args:
        name: The column in the frame.
        dtype: Its type in the frame.
        column: The entity's column; None for an unknown one.
    """
    value = pl.col(name)
    if dtype.is_nested():
        return json_of(value)
    if isinstance(dtype, pl.Date | pl.Datetime):
        # Polars panics at years that no calendar has; such a cell becomes its physical number.
        sent = value.to_physical()
        per_day = _PER_DAY[dtype.time_unit] if isinstance(dtype, pl.Datetime) else 1
        within = sent.clip(max(_FIRST_DAY * per_day, -(2**63)), min(_LAST_DAY * per_day, 2**63 - 1))
        text = _timestamp_text(within.cast(dtype), dtype, column)
        return pl.when(sent == within).then(text).otherwise(sent.cast(pl.String))
    if dtype.is_float():
        whole = (value == value.floor()) & (value.abs() < _WHOLE_FLOATS)
        text = (
            pl.when(whole)
            .then(value.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(value.cast(pl.String).str.replace(THREE_DECIMALS, "${0}0"))
        )
        return pl.when(value.is_not_nan()).then(text)
    return value.cast(pl.String)


def without_nuls(text: pl.Expr) -> pl.Expr:
    """The text with U+FFFD in place of NUL, escaped NUL in JSON included; databases cannot store NUL in text."""
    return text.str.replace_many(["\x00", "\\u0000"], ["\ufffd", "\\ufffd"])


def decoded(sent: pl.Series) -> pl.Series:
    """Decode bytes as UTF-8; bytes that are not UTF-8 become hexadecimal digits."""
    try:
        return sent.cast(pl.String)
    except pl.exceptions.ComputeError:
        # Polars fails on the whole column for one cell, so Python decodes the cells one by one.
        return pl.Series(sent.name, [_text_or_digits(cell) for cell in sent], dtype=pl.String)


def _text_or_digits(sent: bytes | None) -> str | None:
    if sent is None:
        return None
    text = sent.decode("utf-8", "replace")
    return text if text.encode() == sent else sent.hex()


def number_with_three_decimals(text: str) -> str:
    """The text of a number; `12.1250` for 12.125, because the text `12.125` may mean twelve thousand."""
    return f"{text}0" if re.fullmatch(THREE_DECIMALS, text) else text


def _timestamp_text(value: pl.Expr, dtype: pl.DataType, column: Column | None) -> pl.Expr:
    if isinstance(dtype, pl.Date):
        return value.dt.strftime("%Y-%m-%d")
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        instant = value.dt.convert_time_zone("UTC")
        if column is not None and column.kind.dtype == pl.Int64:
            return instant.dt.timestamp("ms").cast(pl.String)
        return instant.dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
    return (
        pl.when(value == value.dt.truncate("1d"))
        .then(value.dt.strftime("%Y-%m-%d"))
        .when(value == value.dt.truncate("1s"))
        .then(value.dt.strftime("%Y-%m-%dT%H:%M:%S"))
        .otherwise(value.dt.strftime("%Y-%m-%dT%H:%M:%S%.3f"))
    )


def without_long_cells(batch: Batch, entity: Entity, bounds: Bounds) -> Batch:
    """Move rows with an overlong cell to the rejected ones; the message names the first such cell."""
    most = bounds.max_cell_characters
    names = [column.name for column in entity.columns]
    # The number of bytes needs no counting, and is never below the number of characters.
    longest = batch.rows.select(pl.col(names).str.len_bytes().max()).row(0)
    suspects = [name for name, length in zip(names, longest, strict=True) if length is not None and length > most]
    if not suspects:
        return batch
    message = pl.coalesce(
        pl.when(pl.col(name).str.len_chars() > most).then(
            pl.format(
                "The cell of {} has {} characters; expected at most {}. Shorten it, or raise CDP_MAX_CELL_CHARACTERS.",
                pl.lit(entity.by_name[name].source),
                pl.col(name).str.len_chars(),
                pl.lit(most),
            )
        )
        for name in suspects
    )
    checked = batch.rows.with_columns(message=message)
    bad = rejected_entries(checked.filter(pl.col("message").is_not_null()), pl.col("message"))
    rows = batch.rows.filter(checked["message"].is_null())
    return replace(batch, rows=rows, rejected=batch_of(entity, rejected=[batch.rejected, bad]).rejected)
