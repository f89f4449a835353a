"""Rejected rows -> which of them are settled: repaired by a delivery that names them, or accepted later.

    repaired         a row of a file of `cdp repair` names the rejected row by its place
    accepted later   a row of the same record was accepted from a later drop date

All others are open. A repaired row that was rejected once more stands for the row that it repairs.
"""

import re

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.deliveries.reports import newest_day_reports
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import column, table_of
from cdp_pipeline.ingest.field_names import REPAIRS
from cdp_pipeline.lake import UNDATED, Lake
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline.validation.tables import REJECTED, RejectedRows

REPAIR_FILE = re.compile(r"/repair-[^/]+\.ndjson$")
"""The end of the path of a file that `cdp repair` wrote."""

REPAIRED, ACCEPTED_LATER = "repaired", "accepted later"


class JudgedRejections(RejectedRows, key=REJECTED.key):
    """One row per rejected input row, with what settled it."""

    settled: str = column("What settled it: repaired, or accepted later; null as long as it is open.")


JUDGED_REJECTIONS = table_of(JudgedRejections)


def place_text(source_file: str, source_row: int, entry_number: int) -> str:
    """The place of a row in one text, as a row that repairs it says it."""
    return f"{source_file}:{source_row}:{entry_number}"


def judge_rejections(rows: LazyFrame[RejectedRows], lake: Lake, entity: Entity) -> LazyFrame[JudgedRejections]:
    """The rejected rows of an entity with what settled each.

    Args:
        rows: Rejected rows of the entity, in use or held.
        lake: Where its accepted rows lie.
        entity: Whose rows they are.
    """
    place = pl.format("{}:{}:{}", "source_file", "source_row", "entry_number")
    named = _named(rows, lake, entity)
    later = _accepted(rows, lake, entity)
    judged = (
        rows.with_columns(place=place)
        .join(named, on="place", how="left")
        .join(later, on="record_key", how="left")
        .with_columns(
            settled=pl.when("is_named")
            .then(pl.lit(REPAIRED))
            .when(pl.col("accepted_on") > pl.col("drop_date"))
            .then(pl.lit(ACCEPTED_LATER))
        )
    )
    return JUDGED_REJECTIONS.conform(judged)


def _named(rows: LazyFrame[RejectedRows], lake: Lake, entity: Entity) -> pl.LazyFrame:
    """The places that rows of repair files name, accepted and in use or rejected once more."""
    reports = newest_day_reports(lake, entity.name)
    days = [day for day, report in reports.items() if any(REPAIR_FILE.search(f.source_file) for f in report.files)]
    staged = lake.scan_days(
        "staging",
        entity.name,
        staging_table(entity).schema,
        [day for day in days if lake.exists("staging", entity.name, day)],
    )
    of_repairs = pl.col("source_file").str.contains(REPAIR_FILE.pattern)
    named = [staged.filter(of_repairs).select("extra")]
    if days:
        named.append(rows.filter(of_repairs).select(pl.col("fields").str.json_path_match("$.extra").alias("extra")))
    return (
        pl.concat(named)
        .select(pl.col("extra").str.json_path_match(f"$.{REPAIRS}").alias("place"))
        .drop_nulls()
        .unique()
        .with_columns(is_named=pl.lit(value=True))
    )


def _accepted(rows: LazyFrame[RejectedRows], lake: Lake, entity: Entity) -> pl.LazyFrame:
    """The newest drop date on which a row of each rejected record was accepted."""
    days = [day for day in lake.days("staging", entity.name) if day != UNDATED]
    return (
        lake.scan_days("staging", entity.name, staging_table(entity).schema, days)
        .select("record_key", "drop_date")
        .join(rows.select("record_key").drop_nulls().unique(), on="record_key", how="semi")
        .group_by("record_key")
        .agg(pl.col("drop_date").max().alias("accepted_on"))
    )
