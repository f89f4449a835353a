"""Dimensions: products, stores and campaigns, which the sources mention but do not send as records.

    records that mention a product, store or campaign -> its distinct descriptions -> one row per product, ...

A product, store or campaign is identified by its id within a namespace, the internal company and source system: two
systems may give the same number to two products. `products.py`, `stores.py` and `campaigns.py` name the id columns.
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


def dimension_key(kind: str, *ids: str) -> pl.Expr:
    """Key of a product, store or campaign: its kind and a digest of namespace and ids; null if an id is null.

    The length is limited for ids of any length, and the key is the same on every run and machine. A missing company or
    system is a value of its own. Reads `internal_company_id`, `system_name` and the columns `ids`.
    """
    parts = [pl.lit(kind), *(pl.col(name).fill_null(_BLANK) for name in NAMESPACE), *(pl.col(name) for name in ids)]
    named = pl.concat_str(parts, separator=_BETWEEN)
    return pl.lit(f"{kind}:") + named.map_batches(md5_hex, return_dtype=TEXT)


def mentions(records: pl.LazyFrame, ids: Sequence[str], *columns: pl.Expr) -> pl.LazyFrame:
    """Live records with all `ids`, linked or not: namespace, ids, `columns`, first_seen_at, last_seen_at."""
    return (
        records.filter(~pl.col("is_deleted"), *(pl.col(name).is_not_null() for name in ids))
        .with_columns(pl.col("company_id").alias("internal_company_id"))
        .select(*NAMESPACE, *ids, *columns, "first_seen_at", "last_seen_at")
    )


def latest_values(mentioned: Sequence[pl.LazyFrame], ids: Sequence[str], attributes: Sequence[str]) -> pl.LazyFrame:
    """One row per namespace and ids: the newest non-null value of each attribute, and when and how often mentioned.

    The newest value is that of the description seen last. Ties go to the first description in the order of the values,
    column by column. Columns: the namespace, `ids`, `attributes`, first_seen_at, last_seen_at, record_count.

    Args:
        mentioned: Frames of `mentions`; an attribute that a frame lacks is null there.
        ids: The columns of the id.
        attributes: The descriptive columns.
    """
    key = [*NAMESPACE, *ids]
    # Few descriptions per key, however many records: sorting them is cheaper than sorting all records.
    descriptions = (
        pl.concat(mentioned, how="diagonal")
        .group_by(*key, *attributes)
        .agg(
            pl.len().cast(pl.Int64()).alias("record_count"),
            pl.col("first_seen_at").min(),
            pl.col("last_seen_at").max(),
        )
    )
    newest_first = descriptions.sort(
        "last_seen_at", *attributes, descending=[True, *(False for _ in attributes)], nulls_last=True
    )
    return newest_first.group_by(key).agg(
        *(pl.col(name).drop_nulls().first() for name in attributes),
        pl.col("record_count").sum(),
        pl.col("first_seen_at").min(),
        pl.col("last_seen_at").max(),
    )
