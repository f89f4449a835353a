"""Staged versions of records -> their order by evidence, for tables that tell how a record changed.

The order is that of the latest version in `current`: see `entities/evidence.py`.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.evidence import EVIDENCE, order_versions
from cdp_pipeline.entities.kinds import TIMESTAMP, Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.staging.tables import StagedRows

VERSION = EVIDENCE[1:]
"""The staged columns that order the versions of a record."""


class ChangedWords(TableModel, key=("record_key",)):
    """One row per record that changed its word, with when it began to say what it says now."""

    record_key: str = column("The record.", nullable=False)
    since: Timestamp = column("When it began to say what it says now.", nullable=False)


CHANGED_WORDS = table_of(ChangedWords)


def in_order(versions: pl.LazyFrame) -> pl.LazyFrame:
    """The versions with `effective_at`, those of a record together, oldest first; the order of records means nothing.

    `effective_at` is the business time, else the newest one known of the record when it arrived, else null.

    Args:
        versions: The columns of EVIDENCE, beside any others.
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


def said_since(versions: LazyFrame[StagedRows], columns: tuple[str, ...]) -> LazyFrame[ChangedWords]:
    """One row per record that changed its word.

    A null says nothing and changes nothing. `since` is the business time of the version that brought the newest change
    where that moved on with it, else the beginning of the day (UTC) on which the version was dropped, if that is later:
    a sender that flips a flag and leaves the time alone has flipped it by then. Records that always said the same are
    left out.

    Args:
        versions: Live versions: record_key, the columns of VERSION, and `columns`.
        columns: What is said.
    """
    received_at = pl.col("drop_date").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    known = [pl.col(name).forward_fill().over("record_key").alias(name) for name in columns]
    is_new = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in columns)
    saying = versions.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in columns))
    # Who said the same in all versions needs no order, and in lists that are sent whole every day that is nearly all.
    words = saying.group_by("record_key").agg(words=pl.struct(columns).hash().n_unique()).filter(pl.col("words") > 1)
    # Known first, as a join would keep all versions in memory until it knows whose are wanted.
    several = words.select("record_key").collect()["record_key"]
    said = in_order(saying.filter(pl.col("record_key").is_in(several.implode())))
    before = [pl.col(name).shift(1).over("record_key").alias(f"{name}_before") for name in columns]
    moved_on = pl.col("business_at") > pl.col("effective_before")
    return CHANGED_WORDS.named(
        said.with_columns(known)
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
