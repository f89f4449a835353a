"""profile_products: what each person did with each product.

    profile_activities -> profile_products

`meanings.py` maps actions to meanings. A product is identified by its stock number within company and system, as two
systems may give the same number to two products.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.table import ForeignKey, TableModel, column, table_of
from cdp_pipeline.profiles.activities.activities import ProfileActivities
from cdp_pipeline.profiles.activities.meanings import action_meaning
from cdp_pipeline.profiles.dimensions.dimensions import dimension_key
from cdp_pipeline.profiles.shared_columns import INTERNAL_COMPANY_ID, OF_PROFILE, PERSON_ID, SYSTEM_NAME

_COUNTED = {
    "viewed_count": "view",
    "searched_count": "search",
    "wishlisted_count": "wishlist",
    "carted_count": "cart",
    "bought_count": "purchase",
}


class ProfileProducts(
    TableModel,
    key=("person_id", "product_key"),
    foreign_keys=(*OF_PROFILE, ForeignKey(("product_key",), "products", ("product_key",))),
    indexes=(("product_sku",),),
):
    """One row per person and product that the person acted on, commented or reviewed."""

    person_id: str = PERSON_ID
    product_key: str = column("Digest of company, system and stock number, as in products.", nullable=False)
    internal_company_id: str = INTERNAL_COMPANY_ID
    system_name: str = SYSTEM_NAME
    product_sku: str = column("The product's stock number.", nullable=False)
    product_name: str = column("The product's name in the person's latest record that states one.")
    product_category: str = column("Its category in the person's latest record that states one.")
    product_category_id: str = column("Its category's id, likewise.")
    viewed_count: int = column("Times the person viewed it.", nullable=False)
    searched_count: int = column("Times the person searched for it.", nullable=False)
    wishlisted_count: int = column("Times the person put it on the wish list.", nullable=False)
    carted_count: int = column("Times the person put it into the basket.", nullable=False)
    bought_count: int = column("Times the person bought it, however the order ended.", nullable=False)
    other_count: int = column("Other actions, such as taking it off the wish list.", nullable=False)
    comment_count: int = column("Comments on it.", nullable=False)
    review_count: int = column("Reviews of it.", nullable=False)
    is_wishlisted: bool = column(
        "Whether it is on the wish list: added, and not removed at that time or later.", nullable=False
    )
    last_rating: int = column("Rating of the person's latest review that has one.")
    first_at: Timestamp = column("When the first of all this happened.")
    last_at: Timestamp = column("When the last of all this happened.")
    last_viewed_at: Timestamp = column("When the person viewed it last.")
    last_bought_at: Timestamp = column("When the person bought it last.")


PROFILE_PRODUCTS = table_of(ProfileProducts)

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


def build_profile_products(activities: LazyFrame[ProfileActivities]) -> LazyFrame[ProfileProducts]:
    """One row per person and product with a product activity, comment or review that names a stock number.

    Counts are of all time. Names and categories are those of the latest record that has one; ties go to the largest
    record key. A record without a timestamp counts, and ranks as the oldest.
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
    counted = _COUNTED | _OPINIONS
    products = (
        acts.sort("occurred_at", "record_key", descending=True, nulls_last=True)
        .group_by("person_id", *_PRODUCT)
        .agg(
            *(pl.col(attribute).first(ignore_nulls=True).alias(name) for attribute, name in _LATEST.items()),
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
