"""The contract of an entity as a Pandera schema, and the rules that a frame of typed rows breaks.

The schema is derived from the entity's model: its types, its required columns and its named rules, and from the
kinds of its columns what a plausible value is. Every check is named after the rule it stands for in `rejected`.
This is the one place that runs Pandera.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaError, SchemaErrors
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.validation.bounds import acceptable
from cdp_pipeline.validation.repairs import replaces
from cdp_pipeline.values.email import normalize_emails
from cdp_pipeline.values.key_text import clean_keys, lost_digits
from cdp_pipeline.values.phone import normalize_phones
from cdp_pipeline.values.placeholders import is_placeholder

_CONDITION = "condition:"
_IDS = (kinds.IDENTIFIER, kinds.PERSON_IDENTIFIER)


class BrokenContractError(Exception):
    """Our own declaration does not fit the rows it is meant for; no row can be judged by it."""


@dataclass(frozen=True)
class BrokenRule:
    """A rule that some rows of a frame break.

    Attributes:
        name: As `rejected.rules` shows it.
        column: The column whose cells break it; null for a rule across columns.
        mask: A Boolean per row, true where it is broken.
    """

    name: str
    column: str | None
    mask: pl.Series


@lru_cache(maxsize=64)
def schema_of(entity: Entity, loaded_at: datetime, default_region: str) -> pa.DataFrameSchema:
    """The contract of an entity for rows loaded at a moment.

    Args:
        entity: Whose contract it is.
        loaded_at: The moment of loading, which no moment may be far beyond.
        default_region: The region of phones without a country code, ISO alpha-2.
    """
    model = entity.model.to_schema()
    columns = {}
    for column in entity.columns:
        declared = model.columns[column.name]
        checks = [_named(check, f"value:{column.source}") for check in declared.checks]
        fits = acceptable(column, loaded_at)
        if fits is not None and not replaces(column):
            checks.append(_check(f"value:{column.source}", fits))
        if column.kind in _IDS and column.name in (*entity.natural_key, entity.source_id):
            checks.append(_check(f"value:{column.source}", _names_a_record(column.name)))
        if column.unusable == "reject":
            checks.append(_check(f"format:{column.source}", _usable(column, default_region)))
        columns[column.name] = pa.Column(declared.dtype, checks, nullable=not column.required)
    conditions = [_named(check, f"{_CONDITION}{check.name}") for check in model.checks]
    return pa.DataFrameSchema(columns, checks=conditions)


def broken_rules(frame: pl.DataFrame, entity: Entity, schema: pa.DataFrameSchema) -> list[BrokenRule]:
    """The rules that at least one row breaks, each with its mask; empty when every row keeps the contract.

    Raises:
        BrokenContractError: A column is missing or of another type, or a check raised.
    """
    # Pandera's own environment variables could switch the checks of the data off.
    with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        try:
            schema.validate(frame, lazy=True)
        except SchemaErrors as broken:
            return [_broken_rule(error, entity, frame.height) for error in broken.schema_errors]
    return []


def _check(rule: str, holds: pl.Expr) -> pa.Check:
    # One failure case is the least Pandera collects; collecting them all costs far more than checking.
    def keeps(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(holds)

    return pa.Check(keeps, name=rule, n_failure_cases=1)


def _named(check: pa.Check, rule: str) -> pa.Check:
    """A check of the model under its rule's name; the model's own check object is shared and stays as it is."""
    named = copy(check)
    named.name = rule
    named.n_failure_cases = 1
    return named


def _names_a_record(name: str) -> pl.Expr:
    """Whether an id is one: no placeholder, and none of its digits lost; true for null."""

    def holds(cells: pl.Series) -> pl.Series:
        key = pl.col(name)
        is_none = is_placeholder("record_id", key) | (key == "") | lost_digits(key)
        return clean_keys(cells.to_frame(name), [name]).select(~is_none.fill_null(value=False)).to_series()

    return pl.col(name).map_batches(holds, return_dtype=pl.Boolean)


def _usable(column: Column, default_region: str) -> pl.Expr:
    """Whether a phone or e-mail can be normalised; true for null."""
    normalize: Callable[[pl.Series], pl.Series] = (
        normalize_emails if column.kind == kinds.EMAIL else lambda cells: normalize_phones(cells, None, default_region)
    )
    usable = pl.col(column.name).map_batches(lambda cells: normalize(cells).is_not_null(), return_dtype=pl.Boolean)
    return pl.col(column.name).is_null() | usable


def _broken_rule(error: SchemaError, entity: Entity, height: int) -> BrokenRule:
    output = error.check_output
    column = error.schema.name if isinstance(error.schema, pa.Column) else None
    if not isinstance(output, pl.DataFrame) or output.height != height:
        # Pandera's message is left out, as it may quote cells.
        raise BrokenContractError(
            f"The contract of {entity.object_type} cannot be checked: found {error.reason_code} at "
            f"{column or 'the whole row'}, expected a Boolean per row; correct the entity's model or its checks."
        )
    name = f"required:{entity.by_name[column].source}" if column and error.check == "not_nullable" else error.check.name
    return BrokenRule(name, column, ~output.to_series())
