"""Dimensions: what products, stores and campaigns have in common, which no source sends as records of their own.

    records that mention a thing -> its distinct descriptions -> one row per thing

A thing is named by an id within its internal company and source system, together its namespace: two systems may give
two products one number. Which columns make up the id of which thing stands in `products.py`, `stores.py` and
`campaigns.py`.
"""

from collections.abc import Sequence

import polars as pl

from cdp_pipeline.entities.table import column
from cdp_pipeline.profiles.columns import TEXT
from cdp_pipeline.values.text_hash import md5_hex

NAMESPACE = ("internal_company_id", "system_name")

MENTIONING_COMPANY = column("Internal company whose records mention it, aliases resolved.")
MENTIONING_SYSTEM = column("Source system whose records mention it.")

_BLANK = "-"
_BETWEEN = "\x1f"


def dimension_key(thing: str, *ids: str) -> pl.Expr:
    """The key of the thing that a record mentions: its kind and a digest of namespace and id; null without an id.

    A text of limited length for an id of any length, the same on every run and machine; a missing company or system is
    a value of its own. Reads `internal_company_id`, `system_name` and the columns `ids`.
    """
    parts = [pl.lit(thing), *(pl.col(name).fill_null(_BLANK) for name in NAMESPACE), *(pl.col(name) for name in ids)]
    named = pl.concat_str(parts, separator=_BETWEEN)
    return pl.lit(f"{thing}:") + named.map_batches(md5_hex, return_dtype=TEXT)


def mentions(records: pl.LazyFrame, ids: Sequence[str], *columns: pl.Expr) -> pl.LazyFrame:
    """The live records that mention a thing, linked to a person or not: its namespace, id, `columns`, and when seen.

    Deleted records are left out, and those without an id.
    """
    return (
        records.filter(~pl.col("is_deleted"), *(pl.col(name).is_not_null() for name in ids))
        .with_columns(pl.col("company_id").alias("internal_company_id"))
        .select(*NAMESPACE, *ids, *columns, "first_seen_at", "last_seen_at")
    )


def latest_values(mentioned: Sequence[pl.LazyFrame], ids: Sequence[str], attributes: Sequence[str]) -> pl.LazyFrame:
    """One row per thing: the newest value of each attribute that is not null, and when and how often it is mentioned.

    Newest is what was said last; of two descriptions said at the same moment the first in the order of their values,
    column by column, holds. Columns: the namespace, `ids`, `attributes`, first_seen_at, last_seen_at, record_count.

    Args:
        mentioned: Frames of `mentions`; an attribute that one lacks is null there.
        ids: The columns of its id.
        attributes: The columns that describe it.
    """
    thing = [*NAMESPACE, *ids]
    # A few descriptions per thing, however often it is mentioned: ordering those spares a sort of all records.
    descriptions = (
        pl.concat(mentioned, how="diagonal")
        .group_by(*thing, *attributes)
        .agg(
            pl.len().cast(pl.Int64()).alias("record_count"),
            pl.col("first_seen_at").min(),
            pl.col("last_seen_at").max(),
        )
    )
    newest_first = descriptions.sort(
        "last_seen_at", *attributes, descending=[True, *(False for _ in attributes)], nulls_last=True
    )
    return newest_first.group_by(thing).agg(
        *(pl.col(name).drop_nulls().first() for name in attributes),
        pl.col("record_count").sum(),
        pl.col("first_seen_at").min(),
        pl.col("last_seen_at").max(),
    )
