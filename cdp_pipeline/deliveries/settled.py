"""Rejected rows -> which of them are settled: repaired by a delivery that names them, or accepted later.

    repaired         a row of a file of `cdp repair` names the rejected row by its position and content
    accepted later   a row of the same record was accepted from a later drop date

All other rows are open. A repaired row that was rejected again replaces the row that it repairs, until a further repair
of that row is accepted. If a delivery of a day is held, the rows of that delivery are classified.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.deliveries.repair_names import (
    REPAIR_FILE,
    digest_in_name,
    digest_text,
    named_row,
    place_in_name,
)
from cdp_pipeline.deliveries.reports import newest_day_reports
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import column, table_of
from cdp_pipeline.lake import UNDATED, Lake
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline.validation.tables import REJECTED, RejectedRows

REPAIRED, ACCEPTED_LATER = "repaired", "accepted later"


class ClassifiedRejections(RejectedRows, key=REJECTED.key):
    """One row per rejected input row, with what settled it."""

    settled: str = column("What settled it: repaired, or accepted later; null as long as it is open.")


CLASSIFIED_REJECTIONS = table_of(ClassifiedRejections)


def classify_rejections(rows: LazyFrame[RejectedRows], lake: Lake, entity: Entity) -> LazyFrame[ClassifiedRejections]:
    """Add the settlement to the rejected rows of an entity.

    Args:
        rows: Rejected rows of the entity, in use or held.
        lake: The lake with the accepted rows.
        entity: The entity of the rows.
    """
    own = named_row(pl.col("fields").str.json_path_match("$.extra"))
    is_repair = pl.col("own").is_not_null()
    later = _accepted(rows, lake, entity)
    classified = (
        rows.with_columns(own=own)
        .with_columns(
            place=pl.when(is_repair)
            .then(place_in_name(pl.col("own")))
            .otherwise(pl.format("{}:{}:{}", "source_file", "source_row", "entry_number"))
        )
        .join(_named(rows, lake, entity), on="place", how="left")
        .join(later, on="record_key", how="left")
        .with_columns(
            # Most rows are not named in a repair file and need no digest.
            digest=pl.when(is_repair)
            .then(digest_in_name(pl.col("own")))
            .otherwise(
                pl.when(pl.col("named").is_not_null())
                .then(pl.col("raw").fill_null(""))
                .map_elements(digest_text, return_dtype=pl.String)
            )
        )
        .with_columns(
            settled=pl.when(
                pl.when(is_repair).then("named_by_accepted").otherwise("named").list.contains(pl.col("digest"))
            )
            .then(pl.lit(REPAIRED))
            .when(pl.col("accepted_on") > pl.col("drop_date"))
            .then(pl.lit(ACCEPTED_LATER))
        )
    )
    return CLASSIFIED_REJECTIONS.conform(classified)


def _named(rows: LazyFrame[RejectedRows], lake: Lake, entity: Entity) -> pl.LazyFrame:
    """By position, the digests of the rows that repair files name: in all lines, and in accepted ones."""
    reports = newest_day_reports(lake, entity.name)
    days = [day for day, report in reports.items() if any(REPAIR_FILE.search(f.source_file) for f in report.files)]
    held = set(lake.held.report_days(entity.name))
    named = [
        of.scan_days("staging", entity.name, staging_table(entity).schema, found).select(
            name=named_row(pl.col("extra")), is_accepted=True
        )
        for of, is_there in ((lake, False), (lake.held, True))
        if (found := [day for day in days if (day in held) == is_there and of.exists("staging", entity.name, day)])
    ]
    if days:
        rejected = named_row(pl.col("fields").str.json_path_match("$.extra"))
        named.append(rows.select(name=rejected, is_accepted=False))
    digest = digest_in_name(pl.col("name"))
    return (
        pl.concat([pl.LazyFrame(schema={"name": pl.String(), "is_accepted": pl.Boolean()}), *named])
        .drop_nulls("name")
        .group_by(place_in_name(pl.col("name")).alias("place"))
        .agg(named=digest, named_by_accepted=digest.filter("is_accepted"))
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
