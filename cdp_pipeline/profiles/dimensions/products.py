"""products: one row per product that activities, comments, reviews and subscriptions mention.

    current records of the four product entities -> products

The sources have no product entity (entities.md, section 3); a product has the values of its newest mentions.
"""

from collections.abc import Mapping

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.dimensions.dimensions import (
    MENTIONING_COMPANY,
    MENTIONING_SYSTEM,
    dimension_key,
    latest_values,
    mentions,
)
from cdp_pipeline.profiles.shared_columns import FIRST_SEEN_AT, LAST_SEEN_AT, entity_column

_IDS = ("product_sku",)
_TEXTS = (
    "product_name", "product_category", "product_category_id", "product_id", "product_image_link", "product_link",
)  # fmt: skip


class Products(TableModel, key=("product_key",), indexes=(("product_sku",), ("product_category_id",))):
    """One row per product: internal company, system and stock number.

    Each attribute has the newest value that any record gives, linked to a person or not.
    """

    product_key: str = column("Digest of company, system and stock number.", nullable=False)
    internal_company_id: str = MENTIONING_COMPANY
    system_name: str = MENTIONING_SYSTEM
    product_sku: str = column("The product's stock number.", nullable=False)
    product_name: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_name")
    product_category: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_category")
    product_category_id: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_category_id")
    product_id: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_id")
    product_image_link: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_image_link")
    product_link: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_link")
    price: float = column("Price; negative prices are ignored.")
    price_4_sale: float = column("Price after discount; negative prices are ignored.")
    currency: str = column("Currency of the prices: the default one, as no source states any.")
    record_count: int = column("Live records that mention it.", nullable=False)
    first_seen_at: Timestamp = FIRST_SEEN_AT
    last_seen_at: Timestamp = LAST_SEEN_AT


PRODUCTS = table_of(Products)

# Each entity's columns for the two prices; subscribers have none.
PRODUCT_SOURCES: tuple[tuple[Entity, Mapping[str, str]], ...] = (
    (CUSTOMER_PRODUCT_ACTIVITY, {"price": "price"}),
    (CUSTOMER_PRODUCT_COMMENT, {"price": "product_price", "price_4_sale": "product_price_4_sale"}),
    (CUSTOMER_PRODUCT_REVIEW, {"price": "product_price", "price_4_sale": "product_price_4_sale"}),
    (CUSTOMER_PRODUCT_SUBSCRIBER, {}),
)


def product_key() -> pl.Expr:
    """The key in `products` of the product of a record with internal_company_id, system_name and product_sku."""
    return dimension_key("product", *_IDS)


def build_products(current: Records, currency: str) -> LazyFrame[Products]:
    """One row per internal company, system and stock number that a live record of the four entities mentions.

    Args:
        current: The current records by entity name.
        currency: The currency of every price (reading Q-32: the tenant's, never converted).
    """
    mentioned = [
        mentions(
            current[entity.name],
            _IDS,
            *(pl.col(name) for name in _TEXTS if name in entity.by_name),
            *(pl.when(pl.col(column) >= 0).then(pl.col(column)).alias(name) for name, column in prices.items()),
        )
        for entity, prices in PRODUCT_SOURCES
    ]
    has_price = pl.any_horizontal(pl.col("price", "price_4_sale").is_not_null())
    return PRODUCTS.conform(
        latest_values(mentioned, _IDS, (*_TEXTS, "price", "price_4_sale")).with_columns(
            product_key().alias("product_key"), pl.when(has_price).then(pl.lit(currency)).alias("currency")
        )
    )
