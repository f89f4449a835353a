"""customer-product-review: a customer's rating and review of a product."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds, rules
from cdp_pipeline.entities.entity import Entity, Finding, Identifier, PersonColumns, Reference, Thresholds
from cdp_pipeline.entities.kinds import TextList
from cdp_pipeline.entities.model import column
from cdp_pipeline.entities.rules import negative_prices
from cdp_pipeline.entities.shared_columns import ProductOpinion


class CustomerProductReview(ProductOpinion):
    """One row per review of a customer on a product.

    Sent by web and shop systems. The source does not document the scale of the rating: 1 to 5 is expected and 0 to 10
    is kept. Any other rating becomes null, and the review is kept.
    """

    reviewed_at: int = column("reviewedAt", kinds.EVENT_TIMESTAMP, "When it was written.", required=True)
    review_id: str = column("reviewId", kinds.IDENTIFIER, "The review's id in its system.", required=True)
    rating: int = column(
        "rating",
        kinds.WHOLE_NUMBER,
        "How good the customer finds the product; usually 1 to 5.",
        lowest=0,
        highest=10,
        out_of_range="null",
    )
    title: str = column("title", kinds.PERSONAL_TEXT, "Title of the review.")
    image_links: TextList = column(
        "imageLinks", kinds.TEXT_LIST, "Links to pictures the customer added.", personal=True
    )

    @pa.dataframe_check(name="CUSTOMER_PHONE_OR_EMAIL", n_failure_cases=1)
    def has_customer_phone_or_email(cls, data: PolarsData) -> pl.LazyFrame:
        """One of customerPhone and customerEmail is needed."""
        return data.lazyframe.select(rules.any_present("customer_phone", "customer_email"))


CUSTOMER_PRODUCT_REVIEW = Entity(
    object_type="customer-product-review",
    model=CustomerProductReview,
    natural_key=("review_id",),
    source_id="review_id",
    business_time=("reviewed_at",),
    role="contact",
    person=PersonColumns(full_name="customer_name", phone="customer_phone", email="customer_email"),
    identifiers=(
        Identifier("customer_id", "customer_id", "strong"),
        Identifier("phone", "customer_phone_e164", "medium"),
        Identifier("email", "customer_email_normalized", "medium"),
    ),
    # Many reviews have shop ids that never become customers, and some days have no review.
    thresholds=Thresholds(spared_rows=3, comes_daily=False, fresh_days=14, unknown_references=0.2),
    references=(Reference("customer_id", ("customer-identity",), "customer_id"),),
    occurred_at="reviewed_at",
    findings=(
        Finding("unusual:rating", "The rating is above the usual scale of 1 to 5.", pl.col("rating") > 5),
        *negative_prices(product_price="productPrice", product_price_4_sale="productPrice4Sale"),
    ),
    supports_ignored_update_cfs=True,
)
