"""stores: one row per store that customer identities and subscriptions mention.

    current records of customer-identity and customer-product-subscriber -> stores

The sources have no store entity (entities.md, section 3); a store has the values of its newest mentions.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current.tables import Records
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.columns import FIRST_SEEN_AT, LAST_SEEN_AT, entity_column
from cdp_pipeline.profiles.dimensions import (
    MENTIONING_COMPANY,
    MENTIONING_SYSTEM,
    dimension_key,
    latest_values,
    mentions,
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
