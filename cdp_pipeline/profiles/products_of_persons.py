"""profile_products: what each person did with each product.

    profile_activities -> profile_products

What an action means for a product stands in `actions.py`. A product is its stock number in a company and system, as
equal numbers of two systems need not be one product.
"""

import polars as pl

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.kinds import MOMENT
from cdp_pipeline.entities.table import ForeignKey, Table, TableColumn
from cdp_pipeline.profiles.actions import action_meaning
from cdp_pipeline.profiles.columns import (
    FLAG,
    INTERNAL_COMPANY_ID,
    OF_PROFILE,
    PERSON_ID,
    SYSTEM_NAME,
    TEXT,
    WHOLE,
)
from cdp_pipeline.profiles.dimensions import dimension_key

_COUNTED = {
    "viewed_count": ("view", "Times the person viewed it."),
    "searched_count": ("search", "Times the person searched for it."),
    "wishlisted_count": ("wishlist", "Times the person put it on the wish list."),
    "carted_count": ("cart", "Times the person put it into the basket."),
    "bought_count": ("purchase", "Times the person bought it, however the order ended."),
}

PROFILE_PRODUCTS = Table(
    name="profile_products",
    description="One row per person and product that the person acted on, commented or reviewed.",
    columns=(
        PERSON_ID,
        TableColumn("product_key", TEXT, "Digest of company, system and stock number, as in products.", nullable=False),
        INTERNAL_COMPANY_ID,
        SYSTEM_NAME,
        TableColumn("product_sku", TEXT, "The product's stock number.", nullable=False),
        TableColumn("product_name", TEXT, "The product's name in the person's latest record that states one."),
        TableColumn("product_category", TEXT, "Its category in the person's latest record that states one."),
        TableColumn("product_category_id", TEXT, "Its category's id, likewise."),
        *(TableColumn(name, WHOLE, what, nullable=False) for name, (_, what) in _COUNTED.items()),
        TableColumn("other_count", WHOLE, "Other actions, such as taking it off the wish list.", nullable=False),
        TableColumn("comment_count", WHOLE, "Comments on it.", nullable=False),
        TableColumn("review_count", WHOLE, "Reviews of it.", nullable=False),
        TableColumn(
            "is_wishlisted",
            FLAG,
            "Whether it is on the wish list: put there, and not taken off at that moment or later.",
            nullable=False,
        ),
        TableColumn("last_rating", WHOLE, "Rating of the person's latest review that has one."),
        TableColumn("first_at", MOMENT, "When the first of all this happened."),
        TableColumn("last_at", MOMENT, "When the last of all this happened."),
        TableColumn("last_viewed_at", MOMENT, "When the person viewed it last."),
        TableColumn("last_bought_at", MOMENT, "When the person bought it last."),
    ),
    key=("person_id", "product_key"),
    foreign_keys=(*OF_PROFILE, ForeignKey(("product_key",), "products", ("product_key",))),
    indexes=(("product_sku",),),
)

_PRODUCT = ("internal_company_id", "system_name", "product_sku")
_OPINIONS = {
    "comment_count": CUSTOMER_PRODUCT_COMMENT.object_type,
    "review_count": CUSTOMER_PRODUCT_REVIEW.object_type,
}
_LATEST = {
    "product_name": "product_name",
    "product_category": "product_category",
    "product_category_id": "product_category_id",
    "rating": "last_rating",
}


def build_profile_products(activities: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person and product with a product activity, comment or review that names a stock number.

    Counts are of all time. Of several names or categories the one of the latest record holds; records of one moment go
    by their key. A record without a moment counts, and is the oldest.
    """
    acts = activities.filter(pl.col("product_sku").is_not_null()).select(
        "person_id",
        *_PRODUCT,
        *_LATEST,
        "occurred_at",
        "record_key",
        pl.when(pl.col("object_type") == CUSTOMER_PRODUCT_ACTIVITY.object_type)
        .then(pl.coalesce(action_meaning(pl.col("activity_type")), pl.lit("other")))
        .otherwise("object_type")
        .alias("meaning"),
    )
    counted = {name: meaning for name, (meaning, _) in _COUNTED.items()} | _OPINIONS
    products = (
        acts.sort("occurred_at", "record_key", descending=True, nulls_last=True)
        .group_by("person_id", *_PRODUCT)
        .agg(
            *(pl.col(said).first(ignore_nulls=True).alias(name) for said, name in _LATEST.items()),
            *((pl.col("meaning") == meaning).sum().alias(name) for name, meaning in counted.items()),
            pl.col("meaning").is_in(["other", "unwishlist"]).sum().alias("other_count"),
            pl.col("occurred_at").min().alias("first_at"),
            pl.col("occurred_at").max().alias("last_at"),
            *(
                pl.when(pl.col("meaning") == meaning).then("occurred_at").max().alias(name)
                for name, meaning in (
                    ("last_viewed_at", "view"),
                    ("last_bought_at", "purchase"),
                    ("_wished_at", "wishlist"),
                    ("_unwished_at", "unwishlist"),
                )
            ),
        )
    )
    is_off = pl.col("_unwished_at") >= pl.col("_wished_at")
    return PROFILE_PRODUCTS.conform(
        products.with_columns(
            is_wishlisted=(pl.col("wishlisted_count") > 0) & ~is_off.fill_null(value=False),
            product_key=dimension_key("product", "product_sku"),
        )
    )
