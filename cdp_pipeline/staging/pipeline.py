"""Staging of one day: accepted rows -> rows of the entity's staged table, and findings.

Runs the steps of this package in order; each step is in its own module.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import cast

import polars as pl
from pandera.typing.polars import DataFrame

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.table import AnyRows
from cdp_pipeline.staging.findings import count_findings
from cdp_pipeline.staging.keys import add_namespace, payload_hashes, record_keys
from cdp_pipeline.staging.person_columns import add_births, add_contacts, add_names
from cdp_pipeline.staging.tables import StagedRows, has_birth, has_name, staging_table
from cdp_pipeline.validation import AcceptedRows, RejectedRows
from cdp_pipeline.values.placeholders import PlaceholderList, read_placeholders


@dataclass(frozen=True)
class StagingContext:
    """Settings and drop date of a staging run.

    Attributes:
        default_region: The country of phones without country code, for rows without a country.
        default_timezone_gmt: The sender's hours from GMT, for rows without any.
        company_aliases: The company id to use for each of these company ids.
        drop_date: The drop date of the files.
        placeholders: The placeholder lists by kind.
    """

    default_region: str
    default_timezone_gmt: int
    company_aliases: Mapping[str, str]
    drop_date: date
    placeholders: Mapping[str, PlaceholderList] = field(default_factory=read_placeholders)


@dataclass(frozen=True)
class Staged:
    """The staged rows, in the order of the accepted ones, and the number of rows by finding."""

    rows: DataFrame[StagedRows]
    findings: Counter[str]


def stage_rows(accepted: DataFrame[AcceptedRows], entity: Entity, context: StagingContext) -> Staged:
    """One staged row per accepted row of a day, in the form of `staging_table(entity)`.

    Args:
        accepted: Rows as validation returns them: typed, timestamps in epoch milliseconds.
        entity: The entity of the rows.
        context: Defaults, aliases, placeholders and drop date.
    """
    rows: pl.DataFrame = add_namespace(accepted, entity, context.company_aliases)
    rows = rows.with_columns(payload_hashes(rows, entity))
    rows = add_contacts(rows, entity, context.default_region)
    if has_name(entity.person):
        rows = add_names(rows, entity.person, context.placeholders["person_name"])
    if has_birth(entity.person):
        rows = add_births(rows, entity, context.default_timezone_gmt, context.drop_date, context.placeholders)
    findings = count_findings(rows, entity, context.placeholders)
    rows = rows.with_columns(pl.col(c.name).cast(TIMESTAMP) for c in entity.columns if c.kind.staged_dtype == TIMESTAMP)
    rows = rows.with_columns(
        record_keys(rows, entity),
        pl.col(entity.source_id).alias("source_id"),
        pl.coalesce(*entity.business_time, pl.lit(None, TIMESTAMP)).alias("business_at"),
        pl.lit(entity.object_type).alias("object_type"),
        pl.lit(context.drop_date, pl.Date).alias("drop_date"),
    )
    table = staging_table(entity)
    return Staged(table.named(table.conform(rows.lazy()).collect()), findings)


def keys_of(rows: DataFrame[AcceptedRows], entity: Entity, context: StagingContext) -> pl.Series:
    """The `record_key` that `stage_rows` gives each of the rows, without its other columns."""
    keyed: pl.DataFrame = add_namespace(rows, entity, context.company_aliases)
    if not set(entity.natural_key) <= entity.by_name.keys():
        keyed = add_contacts(keyed, entity, context.default_region)
    return record_keys(keyed, entity)


def describe_cells(rejected: DataFrame[RejectedRows], entity: Entity, context: StagingContext) -> AnyRows:
    """The identifying columns that `stage_rows` would give rejected rows, as far as their cells can be normalised.

    Args:
        rejected: Rejected rows with `fields`, their cells as JSON or null, and `record_key`.
        entity: The entity of the rows.
        context: Defaults, aliases, placeholders and drop date.

    Returns:
        Per row, in the same order: the record key, namespace, ids as text, contacts and name.
    """
    texts = [*(c.name for c in entity.columns if c.kind.dtype == pl.String), "envelope_source", "system_name"]
    cells = rejected.select(
        "record_key",
        *(pl.col("fields").str.json_path_match(f"$.{name}").alias(name) for name in dict.fromkeys(texts)),
    )
    rows = add_contacts(add_namespace(cells, entity, context.company_aliases), entity, context.default_region)
    if has_name(entity.person):
        rows = add_names(rows, entity.person, context.placeholders["person_name"])
    return cast("AnyRows", rows.lazy())
