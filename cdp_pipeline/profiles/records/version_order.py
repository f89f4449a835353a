"""Order of a record's staged versions by evidence, for tables that show how a record changed.

It is the order by which `current` chooses the latest version: see `entities/evidence.py`.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.evidence import EVIDENCE, order_versions
from cdp_pipeline.entities.kinds import TIMESTAMP, Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.staging import StagedRows

VERSION = EVIDENCE[1:]
"""The staged columns that order the versions of a record."""


class LastChanges(TableModel, key=("record_key",)):
    """One row per record whose statement changed, and when the current statement began."""

    record_key: str = column("The record.", nullable=False)
    since: Timestamp = column("When the current statement began.", nullable=False)


LAST_CHANGES = table_of(LastChanges)


def sort_versions(versions: pl.LazyFrame) -> pl.LazyFrame:
    """Sort versions by record, oldest first, and add `effective_at`; the order of records is arbitrary.

    `effective_at` is the business time, else the newest one known of the record when the version arrived, else null.

    Args:
        versions: The columns of EVIDENCE, and any others.
    """

    def ordered(rows: pl.DataFrame) -> pl.DataFrame:
        order = order_versions(rows)
        return rows.rechunk()[order["at"]].hstack(order.select("effective_at"))

    schema = versions.collect_schema()
    return versions.map_batches(
        ordered,
        schema={**schema, "effective_at": TIMESTAMP},
        predicate_pushdown=False,
        projection_pushdown=False,
        slice_pushdown=False,
    )


def find_last_changes(versions: LazyFrame[StagedRows], columns: tuple[str, ...]) -> LazyFrame[LastChanges]:
    """One row per record whose `columns` changed between versions.

    A null states nothing and is no change. `since` is the business time of the version with the newest change, if it is
    later than that of the version before. Otherwise it is the later of `effective_at` and the start of the drop date
    (UTC): a sender that changes a flag but not the time had changed it by then. Records whose values never changed are
    left out.

    Args:
        versions: Live versions: record_key, the columns of VERSION, and `columns`.
        columns: The compared columns.
    """
    received_at = pl.col("drop_date").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    known = [pl.col(name).forward_fill().over("record_key").alias(name) for name in columns]
    is_new = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in columns)
    stated = versions.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in columns))
    # Records with equal values in all versions need no sort; in lists that are sent whole every day these are most.
    varying = (
        stated.group_by("record_key").agg(varying=pl.struct(columns).hash().n_unique()).filter(pl.col("varying") > 1)
    )
    # Collected first, as a join would keep all versions in memory until it has these keys.
    several = varying.select("record_key").collect()["record_key"]
    ordered_versions = sort_versions(stated.filter(pl.col("record_key").is_in(several.implode())))
    before = [pl.col(name).shift(1).over("record_key").alias(f"{name}_before") for name in columns]
    moved_on = pl.col("business_at") > pl.col("effective_before")
    return LAST_CHANGES.named(
        ordered_versions.with_columns(known)
        .with_columns(
            *before,
            pl.col("effective_at").shift(1).over("record_key").alias("effective_before"),
            (pl.int_range(pl.len()).over("record_key") > 0).alias("is_later"),
        )
        .filter(pl.col("is_later") & is_new)
        .with_columns(
            since=pl.when(moved_on).then("business_at").otherwise(pl.max_horizontal("effective_at", received_at))
        )
        .group_by("record_key", maintain_order=True)
        .agg(pl.col("since").last())
    )
