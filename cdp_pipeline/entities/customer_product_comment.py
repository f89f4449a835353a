"""customer-product-comment: a comment of a customer on a product."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds, rules
from cdp_pipeline.entities.entity import Entity, Identifier, PersonColumns, Reference, Thresholds
from cdp_pipeline.entities.model import column
from cdp_pipeline.entities.rules import negative_prices
from cdp_pipeline.entities.shared_columns import ProductOpinion


class CustomerProductComment(ProductOpinion):
    """One row per comment of a customer on a product.

    Sent by web and shop systems. A comment may be a reply to another one of the same system.
    """

    commented_at: int = column("commentedAt", kinds.EVENT_TIMESTAMP, "When it was written.", required=True)
    comment_id: str = column("commentId", kinds.IDENTIFIER, "The comment's id in its system.", required=True)
    parent_comment_id: str = column("parentCommentId", kinds.IDENTIFIER, "The comment to which this one replies.")
    title: str = column("title", kinds.PERSONAL_TEXT, "Title of the comment.")

    @pa.dataframe_check(name="CUSTOMER_PHONE_OR_EMAIL", n_failure_cases=1)
    def has_customer_phone_or_email(cls, data: PolarsData) -> pl.LazyFrame:
        """One of customerPhone and customerEmail is needed."""
        return data.lazyframe.select(rules.any_present("customer_phone", "customer_email"))


CUSTOMER_PRODUCT_COMMENT = Entity(
    object_type="customer-product-comment",
    model=CustomerProductComment,
    natural_key=("comment_id",),
    source_id="comment_id",
    business_time=("commented_at",),
    role="contact",
    person=PersonColumns(full_name="customer_name", phone="customer_phone", email="customer_email"),
    identifiers=(
        Identifier("customer_id", "customer_id", "strong"),
        Identifier("phone", "customer_phone_e164", "medium"),
        Identifier("email", "customer_email_normalized", "medium"),
    ),
    # Many comments have shop ids that never become customers, and some days have no comment.
    thresholds=Thresholds(spared_rows=3, comes_daily=False, fresh_days=14, unknown_references=0.2),
    references=(
        Reference("customer_id", ("customer-identity",), "customer_id"),
        Reference("parent_comment_id", ("customer-product-comment",), "comment_id"),
    ),
    findings=negative_prices(product_price="productPrice", product_price_4_sale="productPrice4Sale"),
    occurred_at="commented_at",
    supports_ignored_update_cfs=True,
)
