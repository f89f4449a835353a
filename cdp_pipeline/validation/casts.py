"""Text rows -> typed rows, with masks of the cells that could not be cast and of those that were replaced.

The entity declares the types; `cells.py` parses each kind. Blank cells (null, empty, white space) become null. Only
cells of columns with a declared replacement are replaced: a value outside a list becomes `undefined` or null, a number
out of range becomes null. The contract rejects the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import IDENTIFIERS, Kind
from cdp_pipeline.entities.model import Column
from cdp_pipeline.validation import cells
from cdp_pipeline.validation.bounds import acceptable, hours_of
from cdp_pipeline.values.json_text import json_of, object_of
from cdp_pipeline.values.key_text import clean_keys


def replaces(column: Column) -> bool:
    """Whether an unfit cell of the column is replaced, instead of its row rejected."""
    return column.unknown in ("null", "undefined") if column.allowed else column.out_of_range == "null"


def replace_unfit(
    frame: pl.DataFrame, entity: Entity, loaded_at: datetime, default_timezone_gmt: int
) -> tuple[pl.DataFrame, Mapping[str, pl.Series]]:
    """Replace unfit cells; also return, for each column with replaced cells, their mask.

    Args:
        frame: Rows with the entity's types.
        entity: The entity of the rows.
        loaded_at: The load time; later timestamps are not plausible, except for one day of clock difference.
        default_timezone_gmt: The sender's hours from GMT for rows without `timezoneGmt`.
    """
    hours = hours_of(entity, default_timezone_gmt)
    fits = {
        column.name: condition
        for column in entity.columns
        if replaces(column) and (condition := acceptable(column, loaded_at, hours)) is not None
    }
    unfit = frame.select((~condition).fill_null(value=False).alias(name) for name, condition in fits.items())
    masks = {mask.name: mask for mask in unfit if mask.any()}
    replaced = (
        pl.when(~masks[name])
        .then(pl.col(name))
        .otherwise(pl.lit("undefined" if entity.by_name[name].unknown == "undefined" else None))
        .alias(name)
        for name in masks
    )
    return frame.with_columns(replaced), masks


_YES_NO = {"true": "Yes", "false": "No"}

_FULL_PARSERS: Mapping[Kind, cells.Cast] = {
    kinds.BIRTH_DATE: cells.days,
    kinds.BIRTH_YEAR: cells.whole_numbers,
    kinds.HOUR_OFFSET: cells.whole_numbers,
    kinds.WHOLE_NUMBER: cells.whole_numbers,
    kinds.NUMBER: cells.numbers,
    kinds.FLAG: cells.flags,
    kinds.TEXT_LIST: cells.lists,
    kinds.PERSON_NAME_LIST: cells.lists,
    kinds.STRUCTURE: cells.structures,
}
"""The full parser of each kind, except text and timestamps; timestamps also need the hours of their row."""

_TIMESTAMPS = (kinds.EVENT_TIMESTAMP, kinds.BIRTH_TIMESTAMP, kinds.PERIOD_TIMESTAMP)


@dataclass(frozen=True)
class TypedRows:
    """The rows of a batch with typed columns, in the order of the batch.

    Attributes:
        frame: The entity's columns and no others.
        miscast: For each column with such cells, the rows whose cell is not blank and holds no value of its kind. A
            cell of a text column sent as a list or object is miscast too; its JSON stays in the frame, because it
            counts as present.
        as_sent: `ids_as_sent`, a JSON object of the identifiers that cleaning changed, by field; null for rows without.
    """

    frame: pl.DataFrame
    miscast: Mapping[str, pl.Series]
    as_sent: pl.Series


def cast_rows(rows: pl.DataFrame, entity: Entity, default_timezone_gmt: int) -> TypedRows:
    """Cast text rows to the types of the entity.

    One pass over all columns parses the common spelling of each kind. Cells that it cannot parse go through the full
    parser of their kind, column by column.

    Args:
        rows: Text rows of ingest; `structured` names the scalar cells sent as a list or object.
        entity: The entity of the rows.
        default_timezone_gmt: The sender's hours from GMT for rows without `timezoneGmt`.
    """
    text, as_sent = _with_clean_keys(_without_blanks(rows.select(column.name for column in entity.columns)), entity)
    structured = _structured(rows)
    typed = text.select(_usual(column) for column in entity.columns)
    incomplete = [
        column for column in entity.columns if typed[column.name].null_count() > text[column.name].null_count()
    ]
    miscast: dict[str, pl.Series] = {}
    # The hours are cast first, because local times depend on them.
    for column in sorted(incomplete, key=lambda column: column.kind != kinds.HOUR_OFFSET):
        sent, values = text[column.name], typed[column.name]
        places = (sent.is_not_null() & values.is_null()).arg_true()
        found = _unusual(sent.gather(places), column, _hours(typed, places, default_timezone_gmt))
        typed = typed.with_columns(_filled(values, places, found).alias(column.name))
        if found.has_nulls():
            miscast[column.name] = _mask(places.filter(found.is_null()), text.height)
    for name, mask in structured.items():
        miscast[name] = miscast[name] | mask if name in miscast else mask
    lists = pl.col(column.name for column in entity.columns if isinstance(column.kind.dtype, pl.List))
    return TypedRows(typed.with_columns(pl.when(lists.list.len() > 0).then(lists)), miscast, as_sent)


def _without_blanks(text: pl.DataFrame) -> pl.DataFrame:
    """Set empty and white cells to null.

    Trimming every cell would cost more than all casts together. White space begins below `!` or between U+0080 and
    U+3000, so only columns with such a cell are trimmed.
    """
    cell = pl.all()
    suspect = text.select(((cell < "!") | ((cell >= "\u0080") & (cell <= "\u3000\U0010ffff"))).any()).row(0)
    names = [name for name, is_suspect in zip(text.columns, suspect, strict=True) if is_suspect]
    kept = pl.col(names)
    return text.with_columns(pl.when(kept.str.strip_chars() != "").then(kept)) if names else text


def _with_clean_keys(text: pl.DataFrame, entity: Entity) -> tuple[pl.DataFrame, pl.Series]:
    """Normalise the identifiers; also return the changed ones as sent."""
    columns = [column for column in entity.columns if column.kind in IDENTIFIERS]
    names = [column.name for column in columns]
    cleaned = clean_keys(text, names)
    if cleaned is text:
        return text, pl.Series("ids_as_sent", [None], dtype=pl.String).new_from_index(0, text.height)
    sent = {c.source: pl.when(cleaned[c.name] != pl.col(c.name)).then(json_of(pl.col(c.name))) for c in columns}
    as_sent = text.select(object_of(sent).alias("ids_as_sent")).to_series()
    # A key that is empty after cleaning is missing.
    cleaned = cleaned.with_columns(pl.when(pl.col(names) != "").then(pl.col(names)))
    return cleaned, as_sent


def _structured(rows: pl.DataFrame) -> dict[str, pl.Series]:
    """For each column with cells sent as a list or object, the rows with such a cell."""
    sent = rows["structured"]
    if sent.null_count() == sent.len():
        return {}
    names = sent.explode().drop_nulls().unique()
    return {name: sent.list.contains(name).fill_null(value=False) for name in names}


def _usual(column: Column) -> pl.Expr:
    """Cast cells in the common spelling of the column's kind; null for all others.

    Text is its own value. For a list of choices only the canonical spelling is cast.
    """
    cell = pl.col(column.name)
    if column.kind in _TIMESTAMPS or column.kind.dtype == pl.Int64:
        return cell.cast(pl.Int64, strict=False)
    if column.kind == kinds.NUMBER:
        return cells.usual_numbers(cell)
    if column.kind == kinds.BIRTH_DATE:
        return cell.str.to_date("%Y-%m-%d", strict=False)
    if column.kind in _FULL_PARSERS:
        return pl.lit(None, column.kind.dtype).alias(column.name)
    return pl.when(cell.is_in(column.allowed)).then(cell) if column.allowed else cell


def _unusual(text: pl.Series, column: Column, hours: pl.Series) -> pl.Series:
    """Cast the remaining cells to the column's kind; null if they hold no value of it.

    Choices get their canonical spelling; unknown choices stay as sent.
    """
    if column.kind in _TIMESTAMPS:
        return cells.timestamps(text, hours)
    if column.kind in _FULL_PARSERS:
        return _FULL_PARSERS[column.kind](text)
    meanings = {value.lower(): value for value in column.allowed}
    if {"Yes", "No"} <= set(column.allowed):
        meanings |= _YES_NO
    known = cells.choices(text, meanings, pl.String())
    return known.zip_with(known.is_not_null(), text)


def _hours(typed: pl.DataFrame, places: pl.Series, default_timezone_gmt: int) -> pl.Series:
    """The sender's hours from GMT in some rows."""
    if "timezone_gmt" in typed.columns:
        return typed["timezone_gmt"].gather(places).fill_null(default_timezone_gmt)
    return pl.Series([default_timezone_gmt], dtype=pl.Int64).new_from_index(0, places.len())


def _filled(values: pl.Series, places: pl.Series, found: pl.Series) -> pl.Series:
    """Put the values that were found into some rows."""
    if not isinstance(values.dtype, pl.List):
        return values.scatter(places, found)
    # Polars cannot scatter lists.
    every = pl.Series([None], dtype=pl.UInt32).new_from_index(0, values.len())
    return found.gather(every.scatter(places, pl.int_range(places.len(), dtype=pl.UInt32, eager=True)))


def _mask(places: pl.Series, height: int) -> pl.Series:
    return pl.repeat(value=False, n=height, eager=True).scatter(places, True)
