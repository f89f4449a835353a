"""A batch as read -> the batch without the rows of erased persons, who are counted and kept nowhere.

Their rows are validated once more by themselves, so that what they added to the findings can be subtracted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
import polars as pl
from pandera.typing.polars import DataFrame

from cdp_pipeline.deliveries.unknown_fields import hide_values, personal_values
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest import DRIFT, REJECTED_IN_BATCH, REPAIRS, Batch, RejectedInBatch, drift_rule
from cdp_pipeline.privacy import Suppressions, suppressed_rejected, suppressed_rows
from cdp_pipeline.staging import StagedRows, StagingContext, keys_of, stage_rows, staging_table
from cdp_pipeline.validation import (
    REJECTED,
    REJECTED_WITH_FIELDS,
    Limits,
    RejectedRows,
    Validated,
    accepted_table,
    validate_batch,
)
from cdp_pipeline.values.key_text import clean_header

_PLACE: Final = list(REJECTED_IN_BATCH.key)


@dataclass(frozen=True)
class ReadRows:
    """A batch with what became of its rows.

    Attributes:
        batch: The text rows, without those of erased persons.
        validated: The same after validation.
        staged: The accepted rows as they are staged.
        rejected: The rejected rows as they are stored, but for the columns that a day shares.
        findings: Rows by finding.
        suppressed: How many rows are of erased persons.
    """

    batch: Batch
    validated: Validated
    staged: DataFrame[StagedRows]
    rejected: DataFrame[RejectedRows]
    findings: Counter[str]
    suppressed: int = 0


def read_rows(
    batch: Batch, entity: Entity, limits: Limits, context: StagingContext, suppressions: Suppressions
) -> ReadRows:
    """Validate and stage a batch; rows of erased persons are counted, and in no other attribute of the result."""
    read = _read(batch, entity, limits, context)
    if not suppressions:
        return read
    staged = read.staged.filter(suppressed_rows(read.staged, entity, suppressions))
    rejected = read.rejected.filter(suppressed_rejected(read.rejected, entity, suppressions, context))
    places = pl.concat([staged.select(_PLACE), rejected.select(_PLACE)])
    if places.is_empty():
        return read

    def others(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.join(places, on=_PLACE, how="anti", maintain_order="left")

    def theirs(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.join(places, on=_PLACE, how="semi", maintain_order="left")

    own = replace(batch, rows=theirs(batch.rows), rejected=theirs(batch.rejected), findings=Counter())
    findings = read.findings - _read(own, entity, limits, context).findings
    findings -= _unknown_fields(findings, [*staged["extra"], *_extra_of(rejected)])
    validated = replace(
        read.validated,
        accepted=accepted_table(entity).named(others(read.validated.accepted)),
        rejected=REJECTED_WITH_FIELDS.named(others(read.validated.rejected)),
        keyed=accepted_table(entity).named(others(read.validated.keyed)),
    )
    return ReadRows(
        batch=replace(batch, rows=others(batch.rows), rejected=others(batch.rejected)),
        validated=validated,
        staged=staging_table(entity).named(others(read.staged)),
        rejected=REJECTED.named(others(read.rejected)),
        # A header may be a value of theirs.
        findings=hide_values(
            findings,
            personal_values(
                staging_table(entity).named(staged.lazy()), REJECTED_WITH_FIELDS.conform(rejected.lazy()), entity
            ),
        ),
        suppressed=places.height,
    )


def _read(batch: Batch, entity: Entity, limits: Limits, context: StagingContext) -> ReadRows:
    validated = validate_batch(batch, entity, limits)
    stage = stage_rows(validated.accepted, entity, context)
    keys = validated.keyed.select(*_PLACE, keys_of(validated.keyed, entity, context))
    rejected = validated.rejected.join(keys, on=_PLACE, how="left", maintain_order="left")
    return ReadRows(batch, validated, stage.rows, REJECTED.named(rejected), validated.findings + stage.findings)


def suppressed_entries(
    batch: Batch, entity: Entity, limits: Limits, context: StagingContext, suppressions: Suppressions
) -> DataFrame[RejectedInBatch]:
    """The entries of a batch that are of erased persons, accepted, rejected or repeated, with their place and text."""
    read = _read(batch, entity, limits, context)
    places = pl.concat(
        [
            read.staged.filter(suppressed_rows(read.staged, entity, suppressions)).select(_PLACE),
            read.rejected.filter(suppressed_rejected(read.rejected, entity, suppressions, context)).select(_PLACE),
        ]
    )
    sent = pl.concat([rows.select(*_PLACE, "raw") for rows in (batch.rows, batch.rejected)])
    found = sent.join(places, on=_PLACE, how="semi", maintain_order="left")
    texts = found.with_columns(rules=pl.lit([], pl.List(pl.String)), message=pl.lit(None, pl.String))
    return REJECTED_IN_BATCH.named(texts.select(REJECTED_IN_BATCH.schema.names()))


def without_unknown_fields(findings: Counter[str], staged: pl.DataFrame, rejected: pl.DataFrame) -> Counter[str]:
    """The findings without the unknown fields of these staged and rejected rows."""
    return findings - _unknown_fields(findings, [*staged["extra"], *_extra_of(rejected)])


def _extra_of(rejected: pl.DataFrame) -> pl.Series:
    return rejected.select(pl.col("fields").str.json_path_match("$.extra")).to_series()


def _unknown_fields(findings: Counter[str], extras: Sequence[str | None]) -> Counter[str]:
    """The findings of unknown fields in rows, by the JSON objects of these fields."""
    found: Counter[str] = Counter()
    for extra in filter(None, extras):
        keys: dict[str, Any] = orjson.loads(extra)
        for key in keys.keys() - {REPAIRS}:
            # A header of a table is named as it is, a key of a JSON entry only where it is an identifier.
            header = DRIFT + clean_header(key)
            found[header if header in findings else drift_rule(key)] += 1
    return found
