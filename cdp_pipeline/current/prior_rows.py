"""Current rows in place of the versions they were folded from, so that older days need not be read again.

A current row has the newest value of each attribute. If every new version of a record is newer than all known ones,
folding the row with the new versions gives the same result as folding all versions.
"""

from datetime import date

import polars as pl
from pandera.typing.polars import DataFrame

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.staging import staging_table

COUNTED = ("first_at", "first_drop_date", "version_count")
"""The columns with the number and the beginning of a row's versions, in addition to the staged columns."""


class KnownRecords(TableModel, key=("record_key",)):
    """One row per known record."""

    record_key: str = column("The record.", nullable=False)
    business_at: Timestamp = column("The newest business time known of it.")
    last_drop_date: date = column("The last drop date that contained it.", nullable=False)


KNOWN_RECORDS = table_of(KnownRecords)


class NewVersions(TableModel):
    """One row per staged version that is not folded yet."""

    record_key: str = column("Its record.", nullable=False)
    business_at: Timestamp = column("The business time of the version.")
    drop_date: date = column("Drop date of the version.", nullable=False)


NEW_VERSIONS = table_of(NewVersions)


def continued_records(prior: DataFrame[KnownRecords], news: DataFrame[NewVersions]) -> pl.Series:
    """Keys of known records whose new versions are all newer than the known ones, in the order of evidence.

    Newer means a later drop date and no earlier business time; a version without a business time is dated by its
    arrival. A record without a new version is left out.

    Args:
        prior: The known records.
        news: The new versions of any records.
    """
    arrivals = (
        news.lazy().group_by("record_key").agg(came_on=pl.col("drop_date").min(), came_of=pl.col("business_at").min())
    )
    is_newer = (pl.col("came_on") > pl.col("last_drop_date")) & (pl.col("came_of") >= pl.col("business_at")).fill_null(
        value=True
    )
    return prior.lazy().join(arrivals, on="record_key").filter(is_newer).select("record_key").collect()["record_key"]


def with_counted(versions: pl.LazyFrame) -> pl.LazyFrame:
    """Staged versions with the columns of `COUNTED`: each counts as one version, which is also the first."""
    return versions.with_columns(first_at="business_at", first_drop_date="drop_date", version_count=pl.lit(1, pl.Int64))


def as_versions(prior: pl.DataFrame, entity: Entity) -> pl.LazyFrame:
    """Rows of the current table in the form of staged versions with `COUNTED`, one per record.

    They have no custom fields, which have their own table.
    """
    stands_for = prior.lazy().with_columns(
        drop_date="last_drop_date",
        source_file=pl.lit(""),
        source_row=pl.lit(0),
        entry_number=pl.lit(0),
        payload_hash=pl.lit(0),
        # Without a business time, first_seen_at is a drop date and not the time of a version.
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
