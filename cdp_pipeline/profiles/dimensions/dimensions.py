"""Dimensions: what the sources mention but do not send as records; stores are one, with a row per store.

    records that mention a product, store or campaign -> its distinct descriptions -> one row per product, ...

A product, store or campaign is identified by its id within a namespace, the internal company and source system: two
systems may give the same number to two products. `products.py` and `campaigns.py` name their id columns; a store has
the values of its newest mentions, as the sources have no store entity (entities.md, section 3).
"""

from collections.abc import Sequence

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.shared_columns import FIRST_SEEN_AT, LAST_SEEN_AT, TEXT, entity_column
from cdp_pipeline.values.hashes import md5_hex

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


_IDS = ("store_id",)
_ATTRIBUTES = ("store_name", "store_city", "store_district")


class Stores(TableModel, key=("store_key",), indexes=(("store_id",),)):
    """One row per store: internal company, system and store id.

    Each attribute has the newest value that any record gives, linked to a person or not.
    """

    store_key: str = column("Digest of company, system and store id.", nullable=False)
    internal_company_id: str = MENTIONING_COMPANY
    system_name: str = MENTIONING_SYSTEM
    store_id: str = column("The store's id at its source.", nullable=False)
    store_name: str = entity_column(CUSTOMER_PRODUCT_SUBSCRIBER, "store_name")
    store_city: str = entity_column(CUSTOMER_PRODUCT_SUBSCRIBER, "store_city")
    store_district: str = entity_column(CUSTOMER_PRODUCT_SUBSCRIBER, "store_district")
    record_count: int = column("Live records that mention it.", nullable=False)
    first_seen_at: Timestamp = FIRST_SEEN_AT
    last_seen_at: Timestamp = LAST_SEEN_AT


STORES = table_of(Stores)


def store_key() -> pl.Expr:
    """The key in `stores` of the store of a record with internal_company_id, system_name and store_id."""
    return dimension_key("store", *_IDS)


def build_stores(current: Records) -> LazyFrame[Stores]:
    """One row per internal company, system and store id that a live record of the two entities mentions.

    Identities give no store name; a store that only they mention has none.
    """
    mentioned = [
        mentions(current[entity.name], _IDS, *(pl.col(name) for name in _ATTRIBUTES if name in entity.by_name))
        for entity in (CUSTOMER_IDENTITY, CUSTOMER_PRODUCT_SUBSCRIBER)
    ]
    return STORES.conform(latest_values(mentioned, _IDS, _ATTRIBUTES).with_columns(store_key().alias("store_key")))
