"""The contract of an entity as a Pandera schema, and the rules that a frame of typed rows breaks.

The schema is derived from the entity's model (types, required columns, named rules) and from the kinds of its columns
(plausible values). Each check has the name of its rule in `rejected`.

Pandera collects the frame once per check, which costs more than all checks of a small file. Therefore the checks are
evaluated together, in one pass over the frame; a test compares the masks with those of Pandera's own `validate`.
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
from cdp_pipeline.validation.casts import replaces
from cdp_pipeline.values.email import normalize_emails
from cdp_pipeline.values.key_text import lost_digits
from cdp_pipeline.values.phone import normalize_phones
from cdp_pipeline.values.placeholders import PlaceholderList, is_placeholder

_CONDITION = "condition:"


class BrokenContractError(Exception):
    """The declared contract does not fit the rows, so no row can be validated."""


@dataclass(frozen=True)
class BrokenRule:
    """A rule that some rows of a frame break.

    Attributes:
        name: The name in `rejected.rules`.
        column: The column whose cells break it; None for a rule across columns.
        mask: A Boolean per row, true if the row breaks the rule.
    """

    name: str
    column: str | None
    mask: pl.Series


@dataclass(frozen=True)
class _Rule:
    """A check of a schema: its name, its column (None for a rule across columns), and the condition of a valid row."""

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
    """The contract of an entity for rows with the given load time.

    Args:
        entity: The entity.
        loaded_at: The load time; later timestamps are not plausible, except for one day of clock difference.
        default_region: The region of phones without a country code, ISO alpha-2.
        default_timezone_gmt: The sender's hours from GMT for rows without `timezoneGmt`.
        no_ids: Placeholders for record ids.
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
    """The rules that at least one row breaks, each with its mask; empty if all rows are valid.

    Args:
        frame: Rows with the types of the entity.
        entity: The entity of the rows.
        contract: The result of `contract_of` for the entity.

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
    """Replaces the frame of a check, to get the expression that the check selects."""

    def select(self, holds: pl.Expr) -> pl.Expr:
        return holds


def _rules_of(schema: pa.DataFrameSchema) -> Iterator[_Rule]:
    """The expressions of the checks of a schema, in its order; null counts as valid, as in Pandera."""
    checks = [(name, check) for name, column in schema.columns.items() for check in column.checks]
    checks += [(None, check) for check in schema.checks]
    frame = pl.LazyFrame()
    for name, check in checks:
        check_fn = check.get_backend(frame)(check).check_fn
        yield _Rule(str(check.name), name, check_fn(PolarsData(cast(pl.LazyFrame, _Recorder()), name or "*")))


def _broken_contract(entity: Entity, where: str, found: str) -> BrokenContractError:
    # The message of the library is left out, because it may quote cells.
    return BrokenContractError(
        f"The contract of {entity.object_type} cannot be checked: found {found} at {where}, expected the declared type "
        "and a Boolean per row; correct the entity's model or its checks."
    )


def _check(rule: str, holds: pl.Expr) -> pa.Check:
    # Pandera collects at least one failure case; collecting all of them costs far more than checking.
    def keeps(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(holds)

    return pa.Check(keeps, name=rule, n_failure_cases=1)


def _named(check: pa.Check, rule: str) -> pa.Check:
    """A copy of a check under its rule's name; the model shares the original check object."""
    named = copy(check)
    named.name = rule
    named.n_failure_cases = 1
    return named


def _names_a_record(name: str, no_ids: PlaceholderList) -> pl.Expr:
    """Whether a cleaned id is no placeholder and has all its digits; null for null."""
    return ~(is_placeholder(pl.col(name), no_ids) | lost_digits(pl.col(name)))


def _usable(column: Column, default_region: str) -> pl.Expr:
    """Whether a phone or e-mail can be normalised; true for null."""
    normalize: Callable[[pl.Series], pl.Series] = (
        normalize_emails if column.kind == kinds.EMAIL else lambda cells: normalize_phones(cells, None, default_region)
    )
    usable = pl.col(column.name).map_batches(lambda cells: normalize(cells).is_not_null(), return_dtype=pl.Boolean)
    return pl.col(column.name).is_null() | usable
