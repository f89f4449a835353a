"""Batches of text rows -> typed accepted rows, rejected rows with their reasons, and findings.

Each row is either accepted or rejected. The other modules of the package define the rules and messages; staging adds
normalised columns, keys and the drop date.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import DataFrame

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.ingest import Batch, text_schema
from cdp_pipeline.validation.bounds import expected
from cdp_pipeline.validation.casts import TypedRows, cast_rows, replace_unfit
from cdp_pipeline.validation.contract import BrokenRule, broken_rules, contract_of
from cdp_pipeline.validation.messages import masked, messages, rule_names
from cdp_pipeline.validation.tables import REJECTED_WITH_FIELDS, AcceptedRows, RejectedWithFields, accepted_table
from cdp_pipeline.values.json_text import json_of, object_of
from cdp_pipeline.values.placeholders import PlaceholderList, read_placeholders

UNDOCUMENTED_CUSTOM_FIELDS = "custom_fields:undocumented"
"""The finding for custom fields on an entity whose source documents none."""


@dataclass(frozen=True)
class Limits:
    """Parameters of validation that the data does not hold.

    Attributes:
        loaded_at: The load time (UTC); later timestamps are not plausible, except for one day of clock difference.
        default_region: The region of phones without a country code, ISO alpha-2.
        default_timezone_gmt: The sender's hours from GMT for rows without `timezoneGmt`.
        no_ids: Placeholders for record ids.
    """

    loaded_at: datetime
    default_region: str
    default_timezone_gmt: int
    no_ids: PlaceholderList = field(default_factory=lambda: read_placeholders()["record_id"])


@dataclass(frozen=True)
class Validated:
    """A batch after validation: each of its entries is in `accepted` or in `rejected`.

    Attributes:
        accepted: Rows of `accepted_table(entity)`, in the order of the batch.
        rejected: Rows that break a rule and entries that ingest rejected, by file and row.
        keyed: Rejected rows with a valid record key, typed as accepted ones, with null for each invalid cell.
        findings: Number of accepted rows by anomaly, and the findings of ingest.
    """

    accepted: DataFrame[AcceptedRows]
    rejected: DataFrame[RejectedWithFields]
    keyed: DataFrame[AcceptedRows]
    findings: Counter[str]


def validate_batch(batch: Batch, entity: Entity, limits: Limits) -> Validated:
    """Split a batch into accepted rows and rejected rows with every rule that they break.

    For a tombstone only the natural key, company, system and record status are validated; other invalid cells become
    null.

    Args:
        batch: Text rows of ingest.
        entity: The entity of the rows.
        limits: The load time and the defaults.
    """
    hours = limits.default_timezone_gmt
    typed = cast_rows(batch.rows, entity, hours)
    frame, replaced = replace_unfit(typed.frame, entity, limits.loaded_at, hours)
    contract = contract_of(entity, limits.loaded_at, limits.default_region, hours, limits.no_ids)
    broken = _with_miscasts(broken_rules(frame, entity, contract), typed, entity)
    deleted = _is_tombstone(frame)
    if deleted.any():
        frame = _without_bad_cells(frame, deleted, broken, replaced, entity)
        broken = _for_tombstones(broken, deleted, entity)
        replaced = {name: mask & ~deleted for name, mask in replaced.items()}
    good = _keeps_all(broken, frame.height)
    accepted = _accepted(frame, batch.rows, typed.as_sent, deleted, entity)
    return Validated(
        accepted=accepted_table(entity).named(accepted if good.all() else accepted.filter(good)),
        rejected=_rejected(batch, ~good, broken, entity, _descriptions(contract.schema), limits.loaded_at),
        keyed=_keyed(frame, batch.rows, typed.as_sent, deleted, ~good, broken, entity),
        findings=batch.findings + _findings(frame, batch.rows, deleted, good, replaced, entity),
    )


def validate_cell(text: str, column: Column, entity: Entity, limits: Limits) -> tuple[DataFrame[AcceptedRows], str]:
    """A row with this cell alone, typed as accepted rows are, and what is wrong with the cell; empty if nothing is.

    The rules are those of a delivered cell of the column; a cell that would be replaced is wrong too. What the row
    lacks breaks no rule here.

    Args:
        text: The cell.
        column: Its column.
        entity: The entity of the column.
        limits: The load time and the defaults.
    """
    place = {"source_file": "", "source_row": 1, "entry_number": 1}
    rows = pl.DataFrame([{**place, column.name: text}], schema=text_schema(entity))
    hours = limits.default_timezone_gmt
    typed = cast_rows(rows, entity, hours)
    frame, replaced = replace_unfit(typed.frame, entity, limits.loaded_at, hours)
    contract = contract_of(entity, limits.loaded_at, limits.default_region, hours, limits.no_ids)
    broken = _with_miscasts(broken_rules(frame, entity, contract), typed, entity)
    is_wrong = column.name in replaced or any(rule.column == column.name for rule in broken)
    table = accepted_table(entity)
    accepted = table.named(_accepted(frame, rows, typed.as_sent, _is_tombstone(frame), entity))
    found = rows.select(masked(pl.col(column.name))).item()
    return accepted, f'found "{found}" (masked), expected {expected(column, limits.loaded_at)}' if is_wrong else ""


def _with_miscasts(broken: Sequence[BrokenRule], typed: TypedRows, entity: Entity) -> list[BrokenRule]:
    """Add a `type` rule for each miscast column; it replaces the other rules on the same cells."""
    types = [BrokenRule(f"type:{entity.by_name[name].source}", name, mask) for name, mask in typed.miscast.items()]
    miscast = {rule.column: rule.mask for rule in types}
    others = [
        replace(rule, mask=rule.mask & ~miscast[rule.column]) if rule.column in miscast else rule for rule in broken
    ]
    return types + [rule for rule in others if rule.mask.any()]


def _is_tombstone(frame: pl.DataFrame) -> pl.Series:
    """Whether each row marks its record as deleted; false for entities without a record status."""
    if "record_status" not in frame.columns:
        return pl.Series("is_deleted", [False]).new_from_index(0, frame.height)
    return (frame["record_status"] == "Deleted").fill_null(value=False).alias("is_deleted")


def _columns_of_tombstones(entity: Entity) -> set[str]:
    """The columns validated on a tombstone: those of the natural key, company, system and record status."""
    staged = {f"{c.name}_{added.suffix}": c.name for c in entity.columns for added in c.kind.adds}
    key = {staged.get(part, part) for part in entity.natural_key}
    return key | {entity.company_column, "system_name", "record_status"}


def _without_bad_cells(
    frame: pl.DataFrame,
    deleted: pl.Series,
    broken: Sequence[BrokenRule],
    replaced: Mapping[str, pl.Series],
    entity: Entity,
) -> pl.DataFrame:
    """Set the invalid and replaced cells of the given rows to null, except in the columns validated on tombstones."""
    cells = [(rule.column, rule.mask) for rule in broken if rule.column is not None]
    cells += replaced.items()
    validated = _columns_of_tombstones(entity)
    for column, mask in cells:
        if column not in validated:
            frame = frame.with_columns(pl.when(~(mask & deleted)).then(pl.col(column)))
    return frame


def _for_tombstones(broken: Sequence[BrokenRule], deleted: pl.Series, entity: Entity) -> list[BrokenRule]:
    """Remove tombstones from the masks of the rules that do not apply to them."""
    validated = _columns_of_tombstones(entity)
    applicable = [rule if rule.column in validated else replace(rule, mask=rule.mask & ~deleted) for rule in broken]
    return [rule for rule in applicable if rule.mask.any()]


def _keeps_all(broken: Sequence[BrokenRule], height: int) -> pl.Series:
    """Whether each row breaks no rule."""
    good = pl.Series([True]).new_from_index(0, height)
    for rule in broken:
        good = good & ~rule.mask
    return good


def _accepted(
    frame: pl.DataFrame, rows: pl.DataFrame, as_sent: pl.Series, deleted: pl.Series, entity: Entity
) -> pl.DataFrame:
    """All rows with the columns of `accepted_table`."""
    table = accepted_table(entity)
    beside = [name for name in table.schema.names() if name in rows.columns and name not in frame.columns]
    return frame.hstack(rows.select(beside)).with_columns(deleted, as_sent).select(table.schema.names())


def _rejected(
    batch: Batch,
    bad: pl.Series,
    broken: Sequence[BrokenRule],
    entity: Entity,
    conditions: Mapping[str, str],
    loaded_at: datetime,
) -> DataFrame[RejectedWithFields]:
    """The rows that break a rule, together with those that ingest rejected."""
    names = REJECTED_WITH_FIELDS.schema.names()
    parts = [batch.rejected.with_columns(fields=pl.lit(None, pl.String)).select(names)]
    if bad.any():
        # Polars 2.1 panics in some choices between texts of a column in several pieces.
        rows = batch.rows.filter(bad).rechunk()
        rules = [replace(rule, mask=rule.mask.filter(bad)) for rule in broken]
        reasons = [rule_names(rules), messages(rules, rows, entity, conditions, loaded_at)]
        parts.append(
            rows.select("source_file", "source_row", "entry_number", "raw", _fields(rows))
            .with_columns(reasons)
            .select(names)
        )
    rejected = pl.concat(parts).cast(REJECTED_WITH_FIELDS.schema)
    return REJECTED_WITH_FIELDS.named(rejected.sort("source_file", "source_row", "entry_number"))


def _fields(rows: pl.DataFrame) -> pl.Expr:
    """The cells of text rows by column, as JSON, without missing cells."""
    place = ("source_file", "source_row", "entry_number", "raw")
    return object_of({name: json_of(pl.col(name)) for name in rows.columns if name not in place}).alias("fields")


def _keyed(
    frame: pl.DataFrame,
    rows: pl.DataFrame,
    as_sent: pl.Series,
    deleted: pl.Series,
    bad: pl.Series,
    broken: Sequence[BrokenRule],
    entity: Entity,
) -> DataFrame[AcceptedRows]:
    """The rejected rows whose key columns break no rule."""
    table = accepted_table(entity)
    if not bad.any():
        return table.empty()
    in_key = [rule for rule in broken if rule.column in _columns_of_tombstones(entity)]
    frame = _without_bad_cells(frame, bad, broken, {}, entity)
    return table.named(_accepted(frame, rows, as_sent, deleted, entity).filter(bad & _keeps_all(in_key, frame.height)))


def _findings(
    frame: pl.DataFrame,
    rows: pl.DataFrame,
    deleted: pl.Series,
    good: pl.Series,
    replaced: Mapping[str, pl.Series],
    entity: Entity,
) -> Counter[str]:
    """Number of accepted rows by finding: replaced cells, the entity's findings (not on tombstones), custom fields."""
    findings = [(f"value:{entity.by_name[name].source}", mask) for name, mask in replaced.items()]
    declared = frame.select(finding.found.fill_null(value=False).alias(finding.rule) for finding in entity.findings)
    findings += [(mask.name, mask & ~deleted) for mask in declared]
    if not entity.has_custom_fields:
        findings.append((UNDOCUMENTED_CUSTOM_FIELDS, rows["custom_fields"].is_not_null()))
    return Counter({rule: count for rule, mask in findings if (count := int((mask & good).sum()))})


def _descriptions(schema: pa.DataFrameSchema) -> dict[str, str]:
    """The description of each rule across columns, by its name."""
    return {check.name: check.description or "the rule holds" for check in schema.checks}
