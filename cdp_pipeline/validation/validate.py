"""Batches of text rows -> typed accepted rows, rejected rows with their reasons, and findings.

Every row that comes in goes out once, accepted or rejected. What is judged, and by what words, stands in the modules
beside this one; normalised columns, keys and lineage are staging's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import DataFrame

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch
from cdp_pipeline.validation.casts import TypedRows, cast_rows
from cdp_pipeline.validation.contract import BrokenRule, broken_rules, contract_of
from cdp_pipeline.validation.messages import messages
from cdp_pipeline.validation.reasons import rule_names
from cdp_pipeline.validation.repairs import replace_unfit
from cdp_pipeline.validation.tables import (
    REJECTED_WITH_FIELDS,
    AcceptedRows,
    RejectedWithFields,
    accepted_table,
)
from cdp_pipeline.values.json_text import json_of, object_of
from cdp_pipeline.values.placeholders import PlaceholderList, read_placeholders

UNDOCUMENTED_CUSTOM_FIELDS = "custom_fields:undocumented"
"""The finding for custom fields on an entity whose source documents none."""


@dataclass(frozen=True)
class Limits:
    """What validation is told from outside.

    Attributes:
        loaded_at: The moment of loading (UTC), which no moment may be far beyond.
        default_region: The region of phones without a country code, ISO alpha-2.
        default_timezone_gmt: The sender's hours from GMT where a row does not say them.
        no_ids: What is no id of any record.
    """

    loaded_at: datetime
    default_region: str
    default_timezone_gmt: int
    no_ids: PlaceholderList = field(default_factory=lambda: read_placeholders()["record_id"])


@dataclass(frozen=True)
class Validated:
    """A batch after validation: `accepted` and `rejected` hold each of its entries once.

    Attributes:
        accepted: Rows of `accepted_table(entity)` in the batch's order.
        rejected: Those the reader refused among them, by place in the file.
        keyed: Rejected rows whose record can be told, typed as accepted ones and with null for each bad cell.
        findings: Accepted rows by what was odd about them, and what the reader counted.
    """

    accepted: DataFrame[AcceptedRows]
    rejected: DataFrame[RejectedWithFields]
    keyed: DataFrame[AcceptedRows]
    findings: Counter[str]


def validate_batch(batch: Batch, entity: Entity, limits: Limits) -> Validated:
    """The accepted rows of a batch, and the others with every rule they break.

    On a tombstone only the natural key, company, system and record status are judged; other bad cells become null.

    Args:
        batch: Text rows as ingest gives them.
        entity: Whose rows they are.
        limits: The moment of loading and the default region.
    """
    hours = limits.default_timezone_gmt
    typed = cast_rows(batch.rows, entity, hours)
    frame, replaced = replace_unfit(typed.frame, entity, limits.loaded_at, hours)
    contract = contract_of(entity, limits.loaded_at, limits.default_region, hours, limits.no_ids)
    broken = _with_miscasts(broken_rules(frame, entity, contract), typed, entity)
    deleted = _is_tombstone(frame)
    if deleted.any():
        frame = _without_bad_cells(frame, deleted, broken, replaced, entity)
        broken = _judged_as_tombstones(broken, deleted, entity)
        replaced = {name: mask & ~deleted for name, mask in replaced.items()}
    good = _keeps_all(broken, frame.height)
    accepted = _accepted(frame, batch.rows, typed.as_sent, deleted, entity)
    return Validated(
        accepted=accepted_table(entity).named(accepted if good.all() else accepted.filter(good)),
        rejected=_rejected(batch, ~good, broken, entity, _descriptions(contract.schema), limits.loaded_at),
        keyed=_keyed(frame, batch.rows, typed.as_sent, deleted, ~good, broken, entity),
        findings=batch.findings + _findings(frame, batch.rows, deleted, good, replaced, entity),
    )


def _with_miscasts(broken: Sequence[BrokenRule], typed: TypedRows, entity: Entity) -> list[BrokenRule]:
    """The rules with a `type` rule for each miscast column, which goes before all others on the same cell."""
    types = [BrokenRule(f"type:{entity.by_name[name].source}", name, mask) for name, mask in typed.miscast.items()]
    miscast = {rule.column: rule.mask for rule in types}
    others = [
        replace(rule, mask=rule.mask & ~miscast[rule.column]) if rule.column in miscast else rule for rule in broken
    ]
    return types + [rule for rule in others if rule.mask.any()]


def _is_tombstone(frame: pl.DataFrame) -> pl.Series:
    """Whether each row says that its record was deleted; false throughout where the entity cannot say so."""
    if "record_status" not in frame.columns:
        return pl.Series("is_deleted", [False]).new_from_index(0, frame.height)
    return (frame["record_status"] == "Deleted").fill_null(value=False).alias("is_deleted")


def _judged_on_tombstones(entity: Entity) -> set[str]:
    """The columns that must be right on a tombstone: what the natural key is made of, and where the row belongs."""
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
    """The rows with null for each bad or replaced cell of a tombstone, outside the columns judged there."""
    cells = [(rule.column, rule.mask) for rule in broken if rule.column is not None]
    cells += replaced.items()
    judged = _judged_on_tombstones(entity)
    for column, mask in cells:
        if column not in judged:
            frame = frame.with_columns(pl.when(~(mask & deleted)).then(pl.col(column)))
    return frame


def _judged_as_tombstones(broken: Sequence[BrokenRule], deleted: pl.Series, entity: Entity) -> list[BrokenRule]:
    """The rules as far as they hold for tombstones too."""
    judged = _judged_on_tombstones(entity)
    left = [rule if rule.column in judged else replace(rule, mask=rule.mask & ~deleted) for rule in broken]
    return [rule for rule in left if rule.mask.any()]


def _keeps_all(broken: Sequence[BrokenRule], height: int) -> pl.Series:
    """Whether each row keeps all rules."""
    good = pl.Series([True]).new_from_index(0, height)
    for rule in broken:
        good = good & ~rule.mask
    return good


def _accepted(
    frame: pl.DataFrame, rows: pl.DataFrame, as_sent: pl.Series, deleted: pl.Series, entity: Entity
) -> pl.DataFrame:
    """All rows as `accepted_table` has them."""
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
    """The rows that break a rule together with those that the reader refused."""
    names = REJECTED_WITH_FIELDS.schema.names()
    parts = [batch.rejected.with_columns(fields=pl.lit(None, pl.String)).select(names)]
    if bad.any():
        # Polars 2.1 panics in some choices between texts of a column in several pieces.
        rows = batch.rows.filter(bad).rechunk()
        rules = [replace(rule, mask=rule.mask.filter(bad)) for rule in broken]
        told = [rule_names(rules), messages(rules, rows, entity, conditions, loaded_at)]
        parts.append(
            rows.select("source_file", "source_row", "entry_number", "raw", _fields(rows))
            .with_columns(told)
            .select(names)
        )
    rejected = pl.concat(parts).cast(REJECTED_WITH_FIELDS.schema)
    return REJECTED_WITH_FIELDS.named(rejected.sort("source_file", "source_row", "entry_number"))


def _fields(rows: pl.DataFrame) -> pl.Expr:
    """The cells of text rows by column, without those that are missing."""
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
    """The rejected rows that keep all rules on what their key is made of."""
    table = accepted_table(entity)
    if not bad.any():
        return table.empty()
    in_key = [rule for rule in broken if rule.column in _judged_on_tombstones(entity)]
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
    """Accepted rows by finding: replaced cells, the entity's own findings (not on tombstones), custom fields."""
    odd = [(f"value:{entity.by_name[name].source}", mask) for name, mask in replaced.items()]
    declared = frame.select(finding.found.fill_null(value=False).alias(finding.rule) for finding in entity.findings)
    odd += [(mask.name, mask & ~deleted) for mask in declared]
    if not entity.has_custom_fields:
        odd.append((UNDOCUMENTED_CUSTOM_FIELDS, rows["custom_fields"].is_not_null()))
    return Counter({rule: count for rule, mask in odd if (count := int((mask & good).sum()))})


def _descriptions(schema: pa.DataFrameSchema) -> dict[str, str]:
    """What each rule across columns says, by its name."""
    return {check.name: check.description or "the rule holds" for check in schema.checks}
