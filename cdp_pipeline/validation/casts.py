"""Text rows -> typed rows, and which cells were there but hold no value of their column's kind.

The types are the entity's; how each kind is written stands in `cells.py`. Blank cells (null, empty, white
space) become null here. Whether a value is plausible is the contract's question, not this module's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import Kind
from cdp_pipeline.entities.model import Column
from cdp_pipeline.validation import cells

_YES_NO = {"true": "Yes", "false": "No"}

_CASTS: Mapping[Kind, cells.Cast] = {
    kinds.EVENT_MOMENT: cells.moments,
    kinds.BIRTH_MOMENT: cells.moments,
    kinds.PERIOD_MOMENT: cells.moments,
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
"""How the kinds that are not text are read; every other kind must be text."""


@dataclass(frozen=True)
class TypedRows:
    """The rows of a batch with typed columns, in the batch's order.

    Attributes:
        frame: The entity's columns and no others.
        miscast: For each column with such cells: where a cell was there and holds no value of its kind. A text
            cell sent as a list or object is one; its JSON stays in the frame, as it counts as present.
    """

    frame: pl.DataFrame
    miscast: Mapping[str, pl.Series]


def cast_rows(rows: pl.DataFrame, entity: Entity) -> TypedRows:
    """The rows with the types of the entity.

    Args:
        rows: Text rows as ingest gives them, with `structured` naming the scalar cells sent as a list or object.
        entity: Whose columns they are.
    """
    text = _without_blanks(rows.select(column.name for column in entity.columns))
    structured = _structured(rows)
    typed, miscast = [], {}
    for column in entity.columns:
        cast = _cast(text[column.name], column)
        wrong = text[column.name].is_not_null() & cast.is_null()
        if column.name in structured:
            wrong = wrong | structured[column.name]
        if wrong.any():
            miscast[column.name] = wrong
        if isinstance(column.kind.dtype, pl.List):
            cast = cast.set(cast.list.len() == 0, None)
        typed.append(cast)
    return TypedRows(pl.DataFrame(typed), miscast)


def _without_blanks(text: pl.DataFrame) -> pl.DataFrame:
    """The frame with null in place of empty and white cells.

    Trimming every cell would cost more than all casts together. White space begins below `!` or between U+0080
    and U+3000, so only columns with such a beginning are looked at closely.
    """
    cell = pl.all()
    suspect = text.select(((cell < "!") | ((cell >= "\u0080") & (cell <= "\u3000\U0010ffff"))).any())
    names = [name for name in text.columns if suspect[name].item()]
    kept = pl.col(names)
    return text.with_columns(pl.when(kept.str.strip_chars() != "").then(kept)) if names else text


def _structured(rows: pl.DataFrame) -> dict[str, pl.Series]:
    """For each column with cells sent as a list or object: which rows have one."""
    sent = rows["structured"]
    if sent.null_count() == sent.len():
        return {}
    names = sent.explode().drop_nulls().unique()
    return {name: sent.list.contains(name).fill_null(value=False) for name in names}


def _cast(text: pl.Series, column: Column) -> pl.Series:
    """The cells as the column's kind; choices in canonical spelling, unknown ones as sent."""
    if text.null_count() == text.len():
        return text.clear(text.len()).cast(column.kind.dtype)
    if column.kind in _CASTS:
        return _CASTS[column.kind](text)
    if not column.allowed or text.is_in(column.allowed).all():
        return text
    meanings = {value.lower(): value for value in column.allowed}
    if {"Yes", "No"} <= set(column.allowed):
        meanings |= _YES_NO
    known = cells.choices(text, meanings, pl.String())
    return known.zip_with(known.is_not_null(), text)
