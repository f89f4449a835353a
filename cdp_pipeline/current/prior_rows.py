"""Current rows that stand for the versions they were folded from, so that older days need not be read again.

A current row says of each attribute what its newest version says. Where every new version of a record is newer than
all that was known, folding the row together with the new versions gives what folding all versions would give.
"""

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.staging.tables import staging_table

COUNTED = ("first_at", "first_drop_date", "version_count")
"""What a row says of the number and the beginning of its versions, beside the staged columns."""


def continued_records(prior: pl.DataFrame, news: pl.DataFrame) -> pl.Series:
    """The keys of known records of which every new version is newer than all that was known, by the order of evidence.

    Newer means a later drop date and no earlier business time; a version without a business time takes effect when it
    comes. A record without a new version is left out.

    Args:
        prior: Rows of the current table: record_key, business_at, last_drop_date.
        news: The new versions of any records: record_key, business_at, drop_date.
    """
    came = (
        news.lazy().group_by("record_key").agg(came_on=pl.col("drop_date").min(), came_of=pl.col("business_at").min())
    )
    is_newer = (pl.col("came_on") > pl.col("last_drop_date")) & (pl.col("came_of") >= pl.col("business_at")).fill_null(
        value=True
    )
    return prior.lazy().join(came, on="record_key").filter(is_newer).select("record_key").collect()["record_key"]


def with_counted(versions: pl.LazyFrame) -> pl.LazyFrame:
    """Staged versions with the columns of `COUNTED`: each version is one, and the first of itself."""
    return versions.with_columns(first_at="business_at", first_drop_date="drop_date", version_count=pl.lit(1, pl.Int64))


def as_versions(prior: pl.DataFrame, entity: Entity) -> pl.LazyFrame:
    """Rows of the current table as staged versions with `COUNTED`, one per record, older than all that come after them.

    They have no custom fields: these have a table of their own.
    """
    stands_for = prior.lazy().with_columns(
        drop_date="last_drop_date",
        source_file=pl.lit(""),
        source_row=pl.lit(0),
        entry_number=pl.lit(0),
        payload_hash=pl.lit(0),
        # Without a business time it was first seen on a day, which is no time of a version.
        first_at=pl.when(pl.col("business_at").is_not_null()).then("first_seen_at"),
    )
    there = {*prior.columns, *_OF_A_VERSION}
    return stands_for.select(
        *(
            (pl.col(name) if name in there else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in staging_table(entity).schema.items()
        ),
        *COUNTED,
    )


_OF_A_VERSION = ("drop_date", "source_file", "source_row", "entry_number", "payload_hash")
