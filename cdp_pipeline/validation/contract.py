"""The contract of an entity as a Pandera schema, and the rules that a frame of typed rows breaks.

The schema is derived from the entity's model: its types, its required columns and its named rules, and from the
kinds of its columns what a plausible value is. Every check is named after the rule it stands for in `rejected`.

Pandera collects the frame once per check, which costs more than all checks of a small file. So the checks of the schema
are evaluated together, in one pass over the frame; a test holds the masks against those of Pandera's own `validate`.
"""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.validation.bounds import acceptable, hours_of
from cdp_pipeline.validation.repairs import replaces
from cdp_pipeline.values.email import normalize_emails
from cdp_pipeline.values.key_text import lost_digits
from cdp_pipeline.values.phone import normalize_phones
from cdp_pipeline.values.placeholders import PlaceholderList, is_placeholder

_CONDITION = "condition:"


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


@dataclass(frozen=True)
class _Rule:
    """A check of a schema: its name, its column (None for a rule across columns), and what holds for a good row."""

    name: str
    column: str | None
    holds: pl.Expr


@dataclass(frozen=True, eq=False)
class Contract:
    """The contract of an entity: the Pandera schema, and its checks as expressions in the schema's order."""

    schema: pa.DataFrameSchema
    rules: tuple[_Rule, ...]


@lru_cache(maxsize=64)
def contract_of(
    entity: Entity, loaded_at: datetime, default_region: str, default_timezone_gmt: int, no_ids: PlaceholderList
) -> Contract:
    """The contract of an entity for rows loaded at a moment.

    Args:
        entity: Whose contract it is.
        loaded_at: The moment of loading, which no moment may be far beyond.
        default_region: The region of phones without a country code, ISO alpha-2.
        default_timezone_gmt: The sender's hours from GMT where a row does not say them.
        no_ids: What is no id of any record.
    """
    hours = hours_of(entity, default_timezone_gmt)
    model = entity.model.to_schema()
    columns = {}
    for column in entity.columns:
        declared = model.columns[column.name]
        checks = [_named(check, f"value:{column.source}") for check in declared.checks]
        fits = acceptable(column, loaded_at, hours)
        if fits is not None and not replaces(column):
            checks.append(_check(f"value:{column.source}", fits))
        if column.kind in kinds.IDENTIFIERS and column.name in (*entity.natural_key, entity.source_id):
            checks.append(_check(f"value:{column.source}", _names_a_record(column.name, no_ids)))
        if column.unusable == "reject":
            checks.append(_check(f"format:{column.source}", _usable(column, default_region)))
        columns[column.name] = pa.Column(declared.dtype, checks, nullable=not column.required)
    conditions = [_named(check, f"{_CONDITION}{check.name}") for check in model.checks]
    schema = pa.DataFrameSchema(columns, checks=conditions)
    return Contract(schema, tuple(_rules_of(schema)))


def broken_rules(frame: pl.DataFrame, entity: Entity, contract: Contract) -> list[BrokenRule]:
    """The rules that at least one row breaks, each with its mask; empty when every row keeps the contract.

    Args:
        frame: Rows with the types of the entity.
        entity: Whose rows they are.
        contract: What `contract_of` gives for the entity.

    Raises:
        BrokenContractError: A column is missing or of another type, or a check cannot be evaluated.
    """
    columns = contract.schema.columns
    for name, column in columns.items():
        if frame.schema.get(name) != column.dtype.type:
            raise _broken_contract(entity, name, f"{frame.schema.get(name, 'no column')}")
    missing = [name for name, column in columns.items() if not column.nullable and frame[name].has_nulls()]
    broken = [BrokenRule(f"required:{entity.by_name[name].source}", name, frame[name].is_null()) for name in missing]
    rules = contract.rules
    try:
        masks = frame.select((~rule.holds).fill_null(value=False).alias(str(n)) for n, rule in enumerate(rules))
    except pl.exceptions.PolarsError as error:
        raise _broken_contract(entity, "the whole row", type(error).__name__) from error
    return broken + [BrokenRule(rules[n].name, rules[n].column, mask) for n, mask in enumerate(masks) if mask.any()]


class _Recorder:
    """Stands in for the frame of a check, which is a function from a frame to the selection of one expression."""

    def select(self, holds: pl.Expr) -> pl.Expr:
        return holds


def _rules_of(schema: pa.DataFrameSchema) -> Iterator[_Rule]:
    """The expressions behind the checks of a schema, in its order; a null counts as kept, as in Pandera."""
    checks = [(name, check) for name, column in schema.columns.items() for check in column.checks]
    checks += [(None, check) for check in schema.checks]
    frame = pl.LazyFrame()
    for name, check in checks:
        check_fn = check.get_backend(frame)(check).check_fn
        yield _Rule(str(check.name), name, check_fn(PolarsData(cast(pl.LazyFrame, _Recorder()), name or "*")))


def _broken_contract(entity: Entity, where: str, found: str) -> BrokenContractError:
    # What a library says is left out, as it may quote cells.
    return BrokenContractError(
        f"The contract of {entity.object_type} cannot be checked: found {found} at {where}, expected the declared type "
        "and a Boolean per row; correct the entity's model or its checks."
    )


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


def _names_a_record(name: str, no_ids: PlaceholderList) -> pl.Expr:
    """Whether an id, cleaned, is one: no placeholder, and none of its digits lost; null for null."""
    return ~(is_placeholder(pl.col(name), no_ids) | lost_digits(pl.col(name)))


def _usable(column: Column, default_region: str) -> pl.Expr:
    """Whether a phone or e-mail can be normalised; true for null."""
    normalize: Callable[[pl.Series], pl.Series] = (
        normalize_emails if column.kind == kinds.EMAIL else lambda cells: normalize_phones(cells, None, default_region)
    )
    usable = pl.col(column.name).map_batches(lambda cells: normalize(cells).is_not_null(), return_dtype=pl.Boolean)
    return pl.col(column.name).is_null() | usable
