"""Text rows -> typed rows, and which cells were there but hold no value of their column's kind.

The types are the entity's; how each kind is written stands in `cells.py`. Blank cells (null, empty, white
space) become null here. Whether a value is plausible is the contract's question, not this module's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import IDENTIFIERS, Kind
from cdp_pipeline.entities.model import Column
from cdp_pipeline.validation import cells
from cdp_pipeline.values.json_text import json_of, object_of
from cdp_pipeline.values.key_text import clean_keys

_YES_NO = {"true": "Yes", "false": "No"}

_SLOW: Mapping[Kind, cells.Cast] = {
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
"""How every spelling of the kinds that are not text is read; moments beside them ask for the hours of their row."""

_MOMENTS = (kinds.EVENT_MOMENT, kinds.BIRTH_MOMENT, kinds.PERIOD_MOMENT)


@dataclass(frozen=True)
class TypedRows:
    """The rows of a batch with typed columns, in the batch's order.

    Attributes:
        frame: The entity's columns and no others.
        miscast: For each column with such cells: where a cell was there and holds no value of its kind. A text
            cell sent as a list or object is one; its JSON stays in the frame, as it counts as present.
        as_sent: `ids_as_sent`, a JSON object of the identifiers that cleaning changed, by field; null in rows without.
    """

    frame: pl.DataFrame
    miscast: Mapping[str, pl.Series]
    as_sent: pl.Series


def cast_rows(rows: pl.DataFrame, entity: Entity, default_timezone_gmt: int) -> TypedRows:
    """The rows with the types of the entity.

    All columns are cast by one expression each, in one pass, which reads the usual spelling of a value; only the cells
    that it leaves are looked at again, column by column.

    Args:
        rows: Text rows as ingest gives them, with `structured` naming the scalar cells sent as a list or object.
        entity: Whose columns they are.
        default_timezone_gmt: The sender's hours from GMT where a row does not say them.
    """
    text, as_sent = _with_clean_keys(_without_blanks(rows.select(column.name for column in entity.columns)), entity)
    structured = _structured(rows)
    typed = text.select(_usual(column) for column in entity.columns)
    left = [column for column in entity.columns if typed[column.name].null_count() > text[column.name].null_count()]
    miscast: dict[str, pl.Series] = {}
    # The hours come first, as local times are read by them.
    for column in sorted(left, key=lambda column: column.kind != kinds.HOUR_OFFSET):
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
    """The frame with null in place of empty and white cells.

    Trimming every cell would cost more than all casts together. White space begins below `!` or between U+0080
    and U+3000, so only columns with such a beginning are looked at closely.
    """
    cell = pl.all()
    suspect = text.select(((cell < "!") | ((cell >= "\u0080") & (cell <= "\u3000\U0010ffff"))).any()).row(0)
    names = [name for name, is_suspect in zip(text.columns, suspect, strict=True) if is_suspect]
    kept = pl.col(names)
    return text.with_columns(pl.when(kept.str.strip_chars() != "").then(kept)) if names else text


def _with_clean_keys(text: pl.DataFrame, entity: Entity) -> tuple[pl.DataFrame, pl.Series]:
    """The frame with identifiers in the form in which they are compared, and those that this changed as sent."""
    columns = [column for column in entity.columns if column.kind in IDENTIFIERS]
    names = [column.name for column in columns]
    cleaned = clean_keys(text, names)
    if cleaned is text:
        return text, pl.Series("ids_as_sent", [None], dtype=pl.String).new_from_index(0, text.height)
    sent = {c.source: pl.when(cleaned[c.name] != pl.col(c.name)).then(json_of(pl.col(c.name))) for c in columns}
    as_sent = text.select(object_of(sent).alias("ids_as_sent")).to_series()
    # A key of which nothing is left is missing.
    cleaned = cleaned.with_columns(pl.when(pl.col(names) != "").then(pl.col(names)))
    return cleaned, as_sent


def _structured(rows: pl.DataFrame) -> dict[str, pl.Series]:
    """For each column with cells sent as a list or object: which rows have one."""
    sent = rows["structured"]
    if sent.null_count() == sent.len():
        return {}
    names = sent.explode().drop_nulls().unique()
    return {name: sent.list.contains(name).fill_null(value=False) for name in names}


def _usual(column: Column) -> pl.Expr:
    """The cells that are spelled as usual as values of the column's kind; null for all others.

    Text is its own value; of a list of choices only the canonical spelling is taken here.
    """
    cell = pl.col(column.name)
    if column.kind in _MOMENTS or column.kind.dtype == pl.Int64:
        return cell.cast(pl.Int64, strict=False)
    if column.kind == kinds.NUMBER:
        return cells.usual_numbers(cell)
    if column.kind == kinds.BIRTH_DATE:
        return cell.str.to_date("%Y-%m-%d", strict=False)
    if column.kind in _SLOW:
        return pl.lit(None, column.kind.dtype).alias(column.name)
    return pl.when(cell.is_in(column.allowed)).then(cell) if column.allowed else cell


def _unusual(text: pl.Series, column: Column, hours: pl.Series) -> pl.Series:
    """The cells that are left as the column's kind; null where they hold no value of it.

    Choices come out in canonical spelling, unknown ones as sent.
    """
    if column.kind in _MOMENTS:
        return cells.moments(text, hours)
    if column.kind in _SLOW:
        return _SLOW[column.kind](text)
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
    """The values with what was found at some places."""
    if not isinstance(values.dtype, pl.List):
        return values.scatter(places, found)
    # Polars scatters no lists.
    every = pl.Series([None], dtype=pl.UInt32).new_from_index(0, values.len())
    return found.gather(every.scatter(places, pl.int_range(places.len(), dtype=pl.UInt32, eager=True)))


def _mask(places: pl.Series, height: int) -> pl.Series:
    return pl.repeat(value=False, n=height, eager=True).scatter(places, True)
