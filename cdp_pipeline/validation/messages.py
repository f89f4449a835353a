"""Names of the rules that a row breaks, and for each what was found, what was expected, and what to do.

Broken rules and the text of the rows -> one message per row. Personal values are masked; `raw` holds the entry as sent
for users who may repair it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column, blank
from cdp_pipeline.validation.bounds import LEAST_MILLISECONDS, expected
from cdp_pipeline.validation.contract import BrokenRule

LONGEST_QUOTE = 60
"""Characters of a cell that a message quotes; enough to recognise it."""

_TIMESTAMPS = (kinds.EVENT_TIMESTAMP, kinds.PERIOD_TIMESTAMP, kinds.BIRTH_TIMESTAMP)
_DAY_ORDER = (
    "; nothing in its column shows which part is the day and which the month, or there is no such day: write it as "
    "yyyy-MM-dd, or declare its format in the dates of a mapping"
)
_THOUSANDS = (
    "; nothing in its column shows whether its mark separates thousands: write it without such marks, or declare "
    "the decimal_marks of a mapping"
)
_SECONDS = "; this is probably in seconds: multiply it by 1000"


def messages(
    rules: Sequence[BrokenRule], text: pl.DataFrame, entity: Entity, conditions: Mapping[str, str], loaded_at: datetime
) -> pl.Series:
    """One message per row, with every rule that it breaks, in the order of the entity's columns.

    How to correct a row depends on where it is stored, so the code that shows the message adds this.

    Args:
        rules: The rules that at least one of the rows breaks.
        text: The rows as text.
        entity: The entity of the rows.
        conditions: The description of each rule across columns, by its name.
        loaded_at: The load time.
    """
    order = {column.name: place for place, column in enumerate(entity.columns)}
    ordered = sorted(rules, key=lambda rule: (order.get(rule.column or "", len(order)), rule.name))
    masks = [rule.mask.alias(f"broken {place}") for place, rule in enumerate(ordered)]
    sentences = [
        pl.when(pl.col(mask.name)).then(_sentence(rule, entity, conditions, loaded_at))
        for mask, rule in zip(masks, ordered, strict=True)
    ]
    broken = pl.sum_horizontal(pl.col(mask.name).cast(pl.Int32) for mask in masks)
    across = [mask.name for mask, rule in zip(masks, ordered, strict=True) if rule.column is None]
    instruction = (
        pl.when(broken > 1)
        .then(pl.lit("; correct them"))
        .when(pl.any_horizontal(across) if across else pl.lit(value=False))
        .then(pl.lit("; fill what is missing"))
        .otherwise(pl.lit("; correct it"))
    )
    return (
        text.with_columns(masks)
        .select(pl.concat_str(pl.concat_str(sentences, separator="; ", ignore_nulls=True), instruction))
        .to_series()
        .alias("message")
    )


def _sentence(rule: BrokenRule, entity: Entity, conditions: Mapping[str, str], loaded_at: datetime) -> pl.Expr:
    """What was found and what was expected, for the rows that break the rule."""
    kind, _, subject = rule.name.partition(":")
    if rule.column is None:
        return pl.format("{}: {}{}", pl.lit(subject), *_across(conditions[rule.name].rstrip("."), entity))
    column = entity.by_name[rule.column]
    expectation = expected(column, loaded_at) if kind == "value" or column.allowed else column.kind.expects
    if kind == "required":
        return pl.lit(f"{subject}: found nothing, expected {expectation}")
    return pl.format(
        "{}: found {}, expected {}{}", pl.lit(subject), _found(column), pl.lit(expectation), _hint(kind, column)
    )


def _across(needs: str, entity: Entity) -> tuple[pl.Expr, pl.Expr]:
    """Which of the fields that a rule across columns names are empty in the row, and what the rule needs."""
    named = [column for column in entity.columns if re.search(rf"\b{re.escape(column.source)}\b", needs)]
    if not named:
        return pl.lit(""), pl.lit(needs)
    empty = (pl.when(blank(column.name)).then(pl.lit(column.source)) for column in named)
    names = pl.concat_list(empty).list.drop_nulls()
    count = names.list.len()
    all_but_last = names.list.head(count - 1).list.join(", ")
    found = (
        pl.when(count == 0)
        .then(pl.lit(""))
        .when(count == 1)
        .then(names.list.last() + " is empty; ")
        .otherwise(all_but_last + " and " + names.list.last() + " are empty; ")
    )
    return found, pl.lit(needs[:1].lower() + needs[1:])


def _found(column: Column) -> pl.Expr:
    """The cell in quotes, shortened, and marked as masked unless it is too short to be personal.

    Columns without personal data are masked too: if the columns of a file have shifted, any column may hold names and
    phones.
    """
    cell = pl.col(column.name).str.strip_chars()
    is_word = cell.str.contains(r"^[a-z/_-]{1,4}$")
    is_number = cell.str.contains(r"^[-+0-9.,eE]{1,6}$")
    is_too_short = is_word & pl.lit(column.kind.dtype != pl.String) if column.personal else is_word | is_number
    shown = pl.when(is_too_short).then(cell).otherwise(masked(cell))
    short = pl.when(shown.str.len_chars() > LONGEST_QUOTE).then(shown.str.head(LONGEST_QUOTE) + "…").otherwise(shown)
    is_structure = cell.str.contains(r"(?s)^[\[{].*[\]}]$")
    # Without the mark, # would look like a spreadsheet column that is too narrow.
    marked = pl.when(shown == cell).then(pl.lit("")).otherwise(pl.lit(" (masked)"))
    return pl.when(is_structure).then(pl.lit("a JSON list or object")).otherwise(pl.format('"{}"{}', short, marked))


def masked(cell: pl.Expr) -> pl.Expr:
    """The form of a cell without its content: digits as #, words as their first letter.

    The masks for whole phones and e-mails are not sufficient, because a malformed value may hold anything.
    """
    return cell.str.replace_all(r"\d", "#").str.replace_all(r"(\p{L}\p{M}*)[\p{L}\p{M}]+", "${1}***")


def _hint(kind: str, column: Column) -> pl.Expr:
    """The sender's most likely mistake, if the cell shows it; otherwise empty."""
    cell = pl.col(column.name)
    if kind == "type" and column.kind in (*_TIMESTAMPS, kinds.BIRTH_DATE):
        return _where(cell.str.contains(r"^\s*[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}\b"), _DAY_ORDER)
    if kind == "type" and column.kind in (kinds.WHOLE_NUMBER, kinds.NUMBER):
        return _where(cell.str.contains(r"^\s*[+-]?[0-9]{1,3}(?:[.,\s'][0-9]{3})+\s*$"), _THOUSANDS)
    if kind == "value" and column.kind in LEAST_MILLISECONDS:
        is_small = cell.cast(pl.Float64, strict=False).abs() < LEAST_MILLISECONDS[column.kind]
        return _where(is_small, _SECONDS)
    return pl.lit("")


def _where(condition: pl.Expr, hint: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(hint)).otherwise(pl.lit(""))


_WORD = 63
"""Masks per integer: the bits of a signed 64-bit integer without the sign."""


def rule_names(rules: Sequence[BrokenRule]) -> pl.Series:
    """The names of the rules that each row breaks, sorted and distinct; empty for a valid row.

    Many rows break the same few combinations of rules, so each combination is resolved once. Building a list per row
    from every mask would cost several times as much.
    """
    masks = pl.DataFrame([rule.mask.alias(str(place)) for place, rule in enumerate(rules)])
    words = [
        pl.sum_horizontal(
            pl.col(str(place)).cast(pl.Int64) * 2 ** (place - start)
            for place in range(start, min(start + _WORD, len(rules)))
        ).alias(f"word{start}")
        for start in range(0, len(rules), _WORD)
    ]
    patterns = masks.select(words)
    distinct = patterns.unique()
    names = [
        sorted({rule.name for place, rule in enumerate(rules) if pattern[place // _WORD] >> place % _WORD & 1})
        for pattern in distinct.iter_rows()
    ]
    named = distinct.with_columns(pl.Series("rules", names, dtype=pl.List(pl.String)))
    return patterns.join(named, on=patterns.columns, how="left", maintain_order="left")["rules"]
